import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// Tests must not see a developer's own connection or proxy, nor depend on it.
for (const name of Object.keys(process.env)) {
  if (/^CHATLAYER_|^(?:https?|no)_proxy$/i.test(name)) delete process.env[name]
}

/** What every package's tests share; `scripts/totals.mjs` sums the JSON reports. */
export default defineConfig({
  test: {
    include: ['{src,test}/**/*.test.ts'],
    // Modules are loaded once in a worker and not again for each file: up to two thirds of the time.
    isolate: false,
    // Vitest leaves a core of two to itself, but many tests wait for processes and for time to pass.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    reporters: ['default', 'json'],
    // A busy machine is no failure; these only end what hangs.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    outputFile: { json: 'test-results/vitest.json' },
  },
})

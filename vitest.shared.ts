import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// Tests must not see a developer's own connection or proxy.
for (const name of Object.keys(process.env)) {
  if (/^CHATLAYER_|^(?:https?|no)_proxy$/i.test(name)) delete process.env[name]
}

/** The shared test configuration; `scripts/totals.mjs` sums the JSON reports. */
export default defineConfig({
  test: {
    include: ['{src,test}/**/*.test.ts'],
    // A worker loads modules once and not for each file, which would take up to two thirds of the time.
    isolate: false,
    // By default, vitest uses one of two cores; but many tests wait for processes and timers.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    reporters: ['default', 'json'],
    // Long, so that a busy machine does not fail tests; they end tests that hang.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    outputFile: { json: 'test-results/vitest.json' },
  },
})

import { defineConfig } from 'vitest/config'

/** The unit tests next to the sources: quick enough to be run for each mutant. */
export default defineConfig({
  test: { include: ['src/{values,query,send}/*.test.ts'], testTimeout: 20_000 },
})

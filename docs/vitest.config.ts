import { defineConfig } from 'vitest/config'
import shared from '../vitest.shared.ts'

/** The site is built once, for all tests that look at it. */
export default defineConfig({
  ...shared,
  test: { ...shared.test, globalSetup: process.env.NO_SITE ? [] : 'test/build-site.ts' },
})

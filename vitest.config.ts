import { mergeConfig } from 'vitest/config'
import shared from './vitest.shared.ts'

/** The tests of `scripts/`; each package has its own configuration. */
const { projects: _, ...test } = shared.test ?? {}
export default mergeConfig(
  { ...shared, test },
  { test: { include: ['scripts/**/*.test.mjs'], isolate: false } },
)

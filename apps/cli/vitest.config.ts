import { mergeConfig } from 'vitest/config'
import shared from '../../vitest.shared.ts'

/** The built program is not transformed. */
export default mergeConfig(shared, { test: { server: { deps: { external: [/\/dist\//] } } } })

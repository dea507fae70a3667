import { mergeConfig } from 'vitest/config'
import shared from '../../vitest.shared.ts'

/** The built program is run as it is. */
export default mergeConfig(shared, { test: { server: { deps: { external: [/\/dist\//] } } } })

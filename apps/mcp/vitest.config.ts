import { mergeConfig } from 'vitest/config'
import shared from '../../vitest.shared.ts'

export default mergeConfig(shared, {
  test: {
    setupFiles: ['../../vitest.folder.ts'],
    // A client under test would report its use to its makers.
    env: { MCP_USE_ANONYMIZED_TELEMETRY: 'false' },
  },
})

import { defineConfig } from 'rolldown'
import manifest from './package.json' with { type: 'json' }

/** The package's one module, readable: see docs/decisions/0008-core-in-two-files.md. */
export default defineConfig({
  input: 'src/index.ts',
  platform: 'node',
  external: [/^node:/, ...Object.keys(manifest.dependencies)],
  output: { file: 'dist/index.js', sourcemap: true },
})

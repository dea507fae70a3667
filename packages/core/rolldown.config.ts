import { defineConfig } from 'rolldown'
import manifest from './package.json' with { type: 'json' }

/** The package's one module, small enough for docs/decisions/0008-core-in-two-files.md. */
export default defineConfig({
  input: 'src/index.ts',
  platform: 'node',
  external: [/^node:/, ...Object.keys(manifest.dependencies)],
  output: {
    file: 'dist/index.js',
    comments: false,
    minify: {
      compress: { target: 'node22' },
      // An error's `name` is its class's.
      mangle: { keepNames: { class: true, function: false } },
      codegen: { removeWhitespace: true },
    },
  },
})

import { dirname, join, relative, resolve } from 'node:path'
import { type ChunkingContext, defineConfig } from 'rolldown'
import {
  onlyDependenciesOutside,
  packageMaps,
  thirdPartyLicences,
  viewPages,
} from '../../scripts/bundling.ts'

const ROOT = join(import.meta.dirname, '../..')

/** The module with everything that is loaded before the command is known. */
const START = join(import.meta.dirname, 'src/main.ts')

/** Builds the program into few files, since loading a file takes most of a millisecond. */
export default defineConfig({
  input: {
    bin: 'src/bin.ts',
    // Separate programs, which must be next to the file that starts them.
    'keychain-process': 'src/profiles/keychain-process.ts',
    sandbox: '../../packages/mirror/dist/sql/sandbox.js',
  },
  platform: 'node',
  // Node 22 does not parse `using`.
  transform: { target: 'node22.19' },
  // A bundler does not see what the `main` of older packages requires.
  resolve: { mainFields: ['module', 'main'] },
  // Both read a binary next to their own files.
  external: ['@napi-rs/keyring', 'jq-wasm'],
  plugins: [packageMaps(), onlyDependenciesOutside(), thirdPartyLicences(), viewPages()],
  output: {
    dir: 'dist',
    cleanDir: true,
    entryFileNames: '[name].js',
    chunkFileNames: ({ facadeModuleId }) => commandFile(facadeModuleId) ?? '[name].js',
    codeSplitting: {
      groups: [
        // The modules that `bin.ts` loads first, which is all that `--version` needs.
        {
          name: 'first',
          test: /\/(platform-folders|private-folder|release)\.[jt]s$|cli\/package\.json$/,
        },
        // The modules that every other start loads are one file.
        { name: (id, build) => (isStart(id, build) ? 'start' : null), debugName: 'start' },
      ],
    },
    // Names and lines are kept, so that a stack can be read; the map refers to our source.
    comments: false,
    keepNames: true,
    sourcemap: true,
    sourcemapExcludeSources: true,
    sourcemapPathTransform: (source, map) =>
      relative(ROOT, resolve(dirname(map), source)).replace(/^.*node_modules\//, 'node_modules/'),
  },
})

/** `records-list.js` for the run of a command: each of these modules is called `run.ts`. */
function commandFile(id: string | null): string | undefined {
  const folders = id?.match(/\/src\/commands\/(.+)\/run\.ts$/)?.[1]
  return folders === undefined ? undefined : `${folders.replaceAll('/', '-')}.js`
}

let start: Set<string> | undefined

function isStart(id: string, build: ChunkingContext): boolean {
  start ??= importedBy(START, build)
  return start.has(id)
}

/** A module and all modules that it imports statically, directly or indirectly. */
function importedBy(module: string, build: ChunkingContext): Set<string> {
  const found = new Set([module])
  // A set that grows while it is iterated is iterated to its end.
  for (const each of found) {
    for (const needed of build.getModuleInfo(each)?.importedIds ?? []) found.add(needed)
  }
  return found
}

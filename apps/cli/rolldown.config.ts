import { join } from 'node:path'
import { type ChunkingContext, defineConfig, type PluginContext } from 'rolldown'

/** What is loaded before it is known what was asked. */
const START = join(import.meta.dirname, 'src/main.ts')

/**
 * What a start can do without, in place of the modules that would load it; see
 * docs/decisions/0015-the-command-line-in-few-files.md.
 */
const LEANER = [
  {
    // As an ES module it opens all three standard streams when it is loaded.
    module: 'node:process',
    from: /\/commander\//,
    code: 'export default globalThis.process',
  },
  // Both for subcommands that are programs of their own, of which there are none.
  { module: 'node:child_process', from: /\/commander\//, code: 'export default {}' },
  { module: 'node:fs', from: /\/commander\//, code: 'export default {}' },
  {
    // As an ES module it makes all that its members would make when they are asked for.
    module: 'node:util',
    from: /\/commander\/|\/output\/writer\.ts$/,
    code: `export const { stripVTControlCharacters, styleText } = process.getBuiltinModule('util')`,
  },
  {
    // Its index brings fetch, WebSocket and more; core takes the pool alone, and behind a proxy its
    // agent, which is loaded then.
    module: 'undici',
    from: /\/packages\/core\//,
    code: `
      export { default as Pool } from 'undici/lib/dispatcher/pool.js'
      export function ProxyAgent(options) {
        const Agent = require('undici/lib/dispatcher/proxy-agent.js')
        // The index gives each dispatcher such methods; of them the agent needs this one.
        const Dispatcher = require('undici/lib/dispatcher/dispatcher.js')
        Dispatcher.prototype.connect = require('undici/lib/api/api-connect.js')
        return new Agent(options)
      }
    `,
  },
]

/** The program in few files, since each that is loaded costs most of a millisecond. */
export default defineConfig({
  input: {
    bin: 'src/bin.ts',
    // Programs of their own, that are looked for beside the file that starts them.
    'keychain-process': 'src/profiles/keychain-process.ts',
    sandbox: '../../packages/mirror/dist/sql/sandbox.js',
  },
  platform: 'node',
  // Older packages' `main` hides from a bundler what it requires.
  resolve: { mainFields: ['module', 'main'] },
  // Both bring a binary that they look for beside their own files.
  external: ['@napi-rs/keyring', 'jq-wasm'],
  plugins: [{ name: 'leaner', resolveId, load }],
  output: {
    dir: 'dist',
    cleanDir: true,
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    // What every start loads in any case stands in one file.
    codeSplitting: {
      groups: [
        { name: (id, build) => (isStart(id, build) ? 'start' : null) },
        // What is looked at before all else, and by some commands too.
        { name: 'folders', test: /\/(platform-folders|private-folder)\.[jt]s$/ },
      ],
    },
    comments: false,
    minify: {
      compress: { target: 'node22' },
      // An error's `name` is its class's.
      mangle: { keepNames: { class: true, function: false } },
      codegen: { removeWhitespace: true },
    },
  },
})

const MARK = '\0leaner:'

function resolveId(this: PluginContext, id: string, importer = '') {
  // Its own import is found from where the one that it stands for was.
  if (importer.startsWith(MARK)) return this.resolve(id, importer.slice(MARK.length).split('|')[1])
  const index = LEANER.findIndex(({ module, from }) => module === id && from.test(importer))
  return index === -1 ? null : `${MARK}${index}|${importer}`
}

function load(id: string): string | undefined {
  return id.startsWith(MARK) ? LEANER[Number.parseInt(id.slice(MARK.length), 10)]?.code : undefined
}

let start: Set<string> | undefined

function isStart(id: string, build: ChunkingContext): boolean {
  start ??= importedBy(START, build)
  return start.has(id)
}

/** A module and all that it imports at once, directly or not. */
function importedBy(module: string, build: ChunkingContext): Set<string> {
  const found = new Set([module])
  // A set that grows while it is walked is walked to its end.
  for (const each of found) {
    for (const needed of build.getModuleInfo(each)?.importedIds ?? []) found.add(needed)
  }
  return found
}

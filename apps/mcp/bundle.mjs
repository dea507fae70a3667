/**
 * Packs the server and all it needs into `dist-bundle/chatlayer-tables.mcpb`, for clients that
 * install a server with a click: `npm run bundle` in this package.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packExtension, validateManifest } from '@anthropic-ai/mcpb'
import { build } from 'rolldown'
import { listings } from './listings/listings.ts'

const PACKAGE = fileURLToPath(new URL('.', import.meta.url))
const OUT = join(PACKAGE, 'dist-bundle')
const STAGE = join(OUT, 'stage')

rmSync(OUT, { recursive: true, force: true })
mkdirSync(join(STAGE, 'server'), { recursive: true })
const { output } = await build({
  input: {
    bin: join(PACKAGE, 'dist', 'bin.js'),
    // What runs queries is a process of its own, and is looked for beside what starts it.
    sandbox: join(PACKAGE, '..', '..', 'packages', 'mirror', 'dist', 'sql', 'sandbox.js'),
  },
  platform: 'node',
  output: { dir: join(STAGE, 'server', 'dist'), comments: false },
  logLevel: 'warn',
})
const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))

writeFileSync(join(STAGE, 'manifest.json'), listings().get('listings/manifest.json') ?? '')
copyFileSync(join(PACKAGE, 'README.md'), join(STAGE, 'README.md'))
copyFileSync(join(PACKAGE, '..', '..', 'LICENSE'), join(STAGE, 'LICENSE'))
writeFileSync(join(STAGE, 'THIRD-PARTY-LICENSES.txt'), licences(modules))
// The server reads its version from the package.json above its own folder, as in the npm package.
const { name, version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'))
const manifest = { name, version, type: 'module', private: true }
writeFileSync(join(STAGE, 'server', 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)

const isPacked =
  validateManifest(join(STAGE, 'manifest.json')) &&
  (await packExtension({ extensionPath: STAGE, outputPath: join(OUT, 'chatlayer-tables.mcpb') }))
if (!isPacked) process.exitCode = 1

/**
 * What the packages that went into the bundle want to be said with them.
 *
 * @param {readonly string[]} ids of modules
 */
function licences(ids) {
  const folders = new Set(ids.flatMap((id) => packageFolder(id) ?? []))
  const texts = [...folders].sort().map((folder) => {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const names = ['LICENSE', 'LICENSE.md', 'LICENCE', 'license']
    const file = names.map((one) => join(folder, one)).find((path) => existsSync(path))
    if (file === undefined) throw new Error(`${manifest.name} comes without its licence`)
    return `${manifest.name} ${manifest.version}\n\n${readFileSync(file, 'utf8').trim()}\n`
  })
  return texts.join(`\n${'-'.repeat(72)}\n\n`)
}

/**
 * The folder of the package that a module of node_modules is from.
 *
 * @param {string} id
 */
function packageFolder(id) {
  if (!id.includes('node_modules')) return undefined
  let folder = dirname(id)
  while (!namesPackage(folder)) folder = dirname(folder)
  return folder
}

/**
 * Some packages hold further package.json files, which only say the kind of modules.
 *
 * @param {string} folder
 */
function namesPackage(folder) {
  const file = join(folder, 'package.json')
  return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).version !== undefined
}

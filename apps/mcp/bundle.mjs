/**
 * Packs the server and all it needs into `dist-bundle/chatlayer-tables.mcpb`, for clients that
 * install a server with a click: `npm run bundle` in this package.
 */
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packExtension, validateManifest } from '@anthropic-ai/mcpb'
import { build } from 'rolldown'
import { thirdPartyLicences } from '../../scripts/bundling.ts'
import { listings } from './listings/listings.ts'

const PACKAGE = fileURLToPath(new URL('.', import.meta.url))
const OUT = join(PACKAGE, 'dist-bundle')
const STAGE = join(OUT, 'stage')

rmSync(OUT, { recursive: true, force: true })
mkdirSync(join(STAGE, 'server'), { recursive: true })
await build({
  input: {
    bin: join(PACKAGE, 'dist', 'bin.js'),
    // Threads and processes of their own are looked for beside what starts them.
    'token-worker': join(PACKAGE, 'dist', 'result', 'token-worker.js'),
    sandbox: join(PACKAGE, '..', '..', 'packages', 'mirror', 'dist', 'sql', 'sandbox.js'),
  },
  platform: 'node',
  plugins: [thirdPartyLicences()],
  // Names stay, so that a stack can be read.
  output: { dir: join(STAGE, 'server', 'dist'), comments: false, keepNames: true },
  logLevel: 'warn',
})

// Pages are read from beside the code.
cpSync(
  join(PACKAGE, '..', '..', 'packages', 'views', 'dist', 'html'),
  join(STAGE, 'server', 'dist', 'html'),
  { recursive: true },
)
writeFileSync(join(STAGE, 'manifest.json'), listings().get('listings/manifest.json') ?? '')
copyFileSync(join(PACKAGE, 'README.md'), join(STAGE, 'README.md'))
copyFileSync(join(PACKAGE, '..', '..', 'LICENSE'), join(STAGE, 'LICENSE'))
// The server reads its version from the package.json above its own folder, as in the npm package.
const { name, version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'))
const manifest = { name, version, type: 'module', private: true }
writeFileSync(join(STAGE, 'server', 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)

const isPacked =
  validateManifest(join(STAGE, 'manifest.json')) &&
  (await packExtension({ extensionPath: STAGE, outputPath: join(OUT, 'chatlayer-tables.mcpb') }))
if (!isPacked) process.exitCode = 1

/**
 * Checks the tarball of the package in the current folder: its files, publint, and for a library how its
 * types resolve.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { isBundled, readManifest } from './workspace.mjs'

const LICENCES = 'dist/THIRD-PARTY-LICENSES'
const REQUIRED = [
  ...['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'],
  ...(isBundled(readManifest(process.cwd())) ? [LICENCES] : []),
]
const ALLOWED = /^(?:LICENSE|README\.md|CHANGELOG\.md|package\.json|(?:completion|dist|man)\/.+)$/

const folder = process.cwd()
const temporary = mkdtempSync(join(tmpdir(), 'pack-check-'))
try {
  const { filename, files } = pack(temporary)
  const problems = [
    ...checkFiles(files.map(({ path }) => path)),
    ...checkLicences(),
    ...(await checkManifest(filename)),
    ...checkTypes(filename),
  ]
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) process.exitCode = 1
} finally {
  rmSync(temporary, { recursive: true })
}

/**
 * Packs with pnpm, which replaces `workspace:` and `catalog:` by versions and adds the LICENSE.
 *
 * @param {string} destination
 * @returns {{ filename: string, files: { path: string }[] }}
 */
function pack(destination) {
  return JSON.parse(run('pnpm', ['pack', '--json', '--pack-destination', destination]))
}

/** @param {string[]} paths */
function checkFiles(paths) {
  const missing = REQUIRED.filter((path) => !paths.includes(path))
  const foreign = paths.filter((path) => !ALLOWED.test(path) || /\.test\./.test(path))
  return [
    ...missing.map((path) => `the tarball is missing ${path}`),
    ...foreign.map((path) => `the tarball must not contain ${path}`),
  ]
}

/** Every package with code in a bundled program, by the program's source maps, has its licence there. */
function checkLicences() {
  if (!isBundled(readManifest(folder))) return []
  const dist = join(folder, 'dist')
  const names = readdirSync(dist)
    .filter((name) => name.endsWith('.js.map'))
    .flatMap((name) => JSON.parse(readFileSync(join(dist, name), 'utf8')).sources)
    .flatMap((source) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1] ?? [])
  const licences = readFileSync(join(folder, LICENCES), 'utf8')
  return [...new Set(names)]
    .filter((name) => !licences.includes(`\n${name} `) && !licences.startsWith(`${name} `))
    .map((name) => `${LICENCES} is missing the licence of ${name}`)
}

/** @param {string} tarball */
async function checkManifest(tarball) {
  const { buffer } = new Uint8Array(readFileSync(tarball))
  const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true })
  return messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code)
}

/**
 * Every package is ESM for Node 22.19 and later, where `require` loads ESM. So a `require` that resolves
 * to ESM is correct, and the resolution of Node 10 does not matter.
 *
 * @param {string} tarball
 */
function checkTypes(tarball) {
  if (readManifest(folder).exports === undefined) return []
  const options = [
    '--profile',
    'node16',
    '--ignore-rules',
    'cjs-resolves-to-esm',
    '--format',
    'ascii',
  ]
  const { status, stdout } = spawnSync('attw', [tarball, ...options, '--no-definitely-typed'], {
    encoding: 'utf8',
  })
  return status === 0 ? [] : [stdout]
}

/**
 * @param {string} tool
 * @param {string[]} args
 */
function run(tool, args) {
  const { status, stdout, stderr } = spawnSync(tool, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${tool} ${args.join(' ')} failed\n${stdout}${stderr}`)
  return stdout
}

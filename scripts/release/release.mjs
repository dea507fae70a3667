/**
 * Releases the packages: `npm run release`. docs/how-it-works/releasing.md describes the steps.
 *
 *     release.mjs                everything, from the changesets to the registry
 *     release.mjs --dry-run      the same in a copy, with a registry on loopback
 *     release.mjs version        only the versions, the changelogs and what is generated from them
 *     release.mjs publish        only the build and the publishing of what the registry does not have
 *
 * `--yes` confirms the publishing; `--skip-tests` is for registries on loopback.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { parseArgs } from 'node:util'
import { readChangesets } from '@changesets/read'
import { pnpm, read, run, turbo } from '../tools.mjs'
import { listPackages, ROOT, readManifest } from '../workspace.mjs'
import { addBundleChangesets } from './bundled.mjs'
import { findObstacles } from './preflight.mjs'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'dry-run': { type: 'boolean', default: false },
    'skip-tests': { type: 'boolean', default: false },
    yes: { type: 'boolean', default: false },
  },
})

/** The steps by the first argument. @type {Record<string, (() => boolean | Promise<boolean>)[]>} */
const STEPS = {
  '': [check, version, build, test, commit, confirm, publish],
  version: [version],
  publish: [check, build, confirm, publish],
}

/** A workflow that may sign in to the registry is started by a merge, which is the confirmation. */
const isTrustedPublisher = process.env.ACTIONS_ID_TOKEN_REQUEST_URL !== undefined
const isConfirmed = options.yes || isTrustedPublisher

/** The registry that pnpm publishes to. */
const REGISTRY =
  read('npx', ['-y', readManifest(ROOT).packageManager, 'config', 'get', 'registry']) ?? ''

process.exitCode = (await main()) ? 0 : 1

/** @returns {Promise<boolean>} whether it succeeded */
async function main() {
  if (options['dry-run']) {
    const { rehearse } = await import('./rehearsal.mjs')
    await rehearse(console.log)
    return true
  }
  const steps = STEPS[positionals.join(' ')]
  if (steps === undefined) {
    console.error('usage: npm run release [-- --dry-run | --yes], release:version, release:publish')
    return false
  }
  for (const step of steps) {
    console.log(`\n# ${step.name}`)
    if (await step()) continue
    console.error(`\nThe release stopped at "${step.name}".`)
    return false
  }
  return true
}

/** Checks everything that publishing needs, before anything is changed. */
function check() {
  const obstacles = findObstacles({
    project: JSON.parse(readFileSync(join(ROOT, 'project.json'), 'utf8')),
    branch: read('git', ['branch', '--show-current']) ?? '',
    changedFiles: read('git', ['status', '--porcelain']) ?? 'git status failed',
    isLoggedIn: isTrustedPublisher || read('npm', ['whoami']) !== undefined,
    registry: REGISTRY,
    skipTests: options['skip-tests'],
    isConfirmed,
    isTerminal: process.stdin.isTTY === true,
  })
  for (const obstacle of obstacles) console.error(obstacle)
  return obstacles.length === 0 && run('node', ['scripts/release/generate.mjs', '--check'])
}

/** Versions, changelogs, and all files with a version in them. */
async function version() {
  const changesets = await readChangesets(ROOT)
  if (changesets.length === 0)
    console.log('There are no changesets. The versions stay as they are.')
  else {
    const programs = await addBundleChangesets(ROOT)
    if (programs.length > 0) console.log(`Contain changed packages: ${programs.join(', ')}`)
    if (!pnpm(['exec', 'changeset', 'version'])) return false
  }
  return (
    run('node', ['scripts/release/generate.mjs']) &&
    buildPackages() &&
    run('node', ['scripts/write-docs.mjs']) &&
    run('node', ['apps/mcp/listings/write.ts'])
  )
}

function build() {
  return (
    pnpm(['install', '--frozen-lockfile', '--prefer-offline']) &&
    buildPackages() &&
    run('node', ['apps/mcp/bundle.mjs'])
  )
}

function buildPackages() {
  const filters = ['--filter=./packages/*', '--filter=./apps/*']
  return turbo(['build'], [...filters, '--output-logs=errors-only'])
}

function test() {
  if (!options['skip-tests']) return run('node', ['scripts/run.mjs', 'test'])
  console.log('skipped (--skip-tests)')
  return true
}

function commit() {
  if (read('git', ['status', '--porcelain']) === '') return true
  return (
    run('git', ['add', '--all']) &&
    run('git', ['commit', '--quiet', '-m', 'Release', '-m', versions().join('\n')])
  )
}

async function confirm() {
  console.log(`${versions().join('\n')}\nto ${REGISTRY}; what is there already is skipped`)
  if (isConfirmed) return true
  const prompt = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await prompt.question('Publish? (y/N) ')
  prompt.close()
  return /^y(?:es)?$/i.test(answer.trim())
}

function publish() {
  if (!pnpm(['exec', 'changeset', 'publish'])) return false
  console.log(
    '\nNext: git push --follow-tags, and attach apps/mcp/dist-bundle/chatlayer-tables.mcpb to the release.',
  )
  return true
}

/** @returns {string[]} `name@version` of every published package */
function versions() {
  const published = listPackages().filter(({ manifest }) => !manifest.private)
  return published.map(({ manifest: { name, version } }) => `${name}@${version}`)
}

/**
 * Runs the root's npm scripts: `node scripts/run.mjs <command>`. Plain JavaScript for any Node from 20 on,
 * without dependencies: it installs them first, and runs the rest under the Node that they contain.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { forgetReports, printTotals } from './totals.mjs'
import { ROOT, readManifest } from './workspace.mjs'

const BIN = join(ROOT, 'node_modules', '.bin')
const ENV = {
  ...process.env,
  PATH: `${BIN}${delimiter}${process.env.PATH ?? ''}`,
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
}

/** Checks of the whole workspace, in addition to those of each package. */
const ROOT_CHECKS = [
  ['tsc', '-p', 'scripts'],
  ['node', 'scripts/check-imports.mjs'],
  ['node', 'scripts/write-docs.mjs', '--check'],
  ['knip', '--no-config-hints'],
  ['vitest', 'run'],
]

/** Campaigns by their command. */
const CAMPAIGNS = new Map([
  ['campaign:kill', 'kill-import.mjs'],
  ['campaign:sync', 'kill-sync.mjs'],
  ['campaign:restore', 'kill-restore.mjs'],
  ['campaign:journal', 'kill-journal.mjs'],
  ['campaign:mcp', 'mcp-memory.mjs'],
  ['campaign:mcp-http', 'mcp-http.mjs'],
  ['campaign:watch', 'watch.mjs'],
  ['campaign:fuzz', 'fuzz.mjs'],
])

const COMMANDS = [
  'build, typecheck, pack, pack-check, test, docs, site, api, demo, bench, mutation',
  ...CAMPAIGNS.keys(),
].join(', ')

/** Writes the tarball of every package. */
const PACK = [
  ...['-r', '--filter', './packages/*', '--filter', './apps/*'],
  ...['pack', '--pack-destination', join(ROOT, 'packed')],
]

const BENCHES = [
  'emulator',
  'undici-majors',
  'overhead',
  'bulk',
  'pace',
  'memory',
  'read-whole',
  'files',
  'import-million',
  'side-by-side',
  'sync',
  'journal',
  'mirror',
  'mcp-start',
  'cli-start',
]

const [command = '', ...args] = process.argv.slice(2)
if (!main(command, args)) process.exitCode = 1

/**
 * @param {string} command
 * @param {string[]} args
 * @returns {boolean} whether it succeeded
 */
function main(command, args) {
  const campaign = CAMPAIGNS.get(command)
  if (campaign !== undefined) {
    return (
      install() && turbo(['build'], []) && run('node', [`scripts/campaigns/${campaign}`, ...args])
    )
  }
  switch (command) {
    case 'build':
    case 'typecheck':
    case 'pack-check':
      return install() && turbo([command], args)
    case 'test':
      return test(args)
    case 'docs':
      return (
        install() &&
        turbo(['build'], ['--filter=@chatlayer-tables/cli^...']) &&
        run('node', ['scripts/write-docs.mjs'])
      )
    case 'pack':
      return install() && turbo(['build'], []) && pnpm(PACK)
    case 'site':
      return (
        install() &&
        turbo(['build'], ['--filter=@chatlayer-tables/core']) &&
        run('node', ['docs/tools/build.ts', ...args])
      )
    case 'api':
      return install() && turbo(['build'], ['--filter=@chatlayer-tables/core']) && inCore(['api'])
    case 'mutation':
      return (
        install() &&
        turbo(['build'], ['--filter=@chatlayer-tables/core^...']) &&
        inCore(['mutation', ...args])
      )
    case 'demo':
      return install() && turbo(['build'], []) && run('node', ['scripts/demo.mjs', ...args])
    case 'bench':
      return install() && turbo(['build'], []) && bench(args)
    default:
      console.error(`usage: node scripts/run.mjs <command>, one of ${COMMANDS}`)
      return false
  }
}

/** @param {string[]} args for turbo, such as `--filter @chatlayer-tables/core` */
function test(args) {
  if (!install()) return false
  forgetReports()
  const tasks = ['build', 'typecheck', 'lint', 'test', 'pack-check']
  const failures = turbo(tasks, ['--continue=dependencies-successful', ...args]) ? [] : ['turbo']
  for (const [tool = '', ...rest] of ROOT_CHECKS) {
    const line = [tool, ...rest].join(' ')
    console.log(`\n> ${line}`)
    if (!run(tool, rest)) failures.push(line)
  }
  if (failures.length > 0) console.log(`\nFailed: ${failures.join(', ')}`)
  return printTotals({ partial: args.length > 0 }) && failures.length === 0
}

/** Installs the dependencies unless the lockfile is unchanged since the last install. */
function install() {
  const installed = join(ROOT, 'node_modules', '.pnpm', 'lock.yaml')
  const fresh =
    existsSync(join(BIN, 'node')) &&
    existsSync(installed) &&
    readFileSync(installed).equals(readFileSync(join(ROOT, 'pnpm-lock.yaml')))
  return fresh || pnpm(['install', '--frozen-lockfile'])
}

/**
 * @param {string[]} tasks
 * @param {string[]} args
 */
function turbo(tasks, args) {
  return pnpm(['exec', 'turbo', 'run', ...tasks, ...args])
}

/**
 * Runs the pnpm that package.json names. `npx` puts it on the PATH too, where turbo searches for it.
 *
 * @param {string[]} args
 */
function pnpm(args) {
  return run('npx', ['-y', readManifest(ROOT).packageManager, ...args])
}

/**
 * @param {string[]} args the name of a bench and its arguments; none for all of them
 * @returns {boolean}
 */
function bench([name, ...args]) {
  if (name === undefined) return BENCHES.map((each) => bench([each])).every(Boolean)
  if (!BENCHES.includes(name)) {
    console.error(`unknown bench "${name}"; expected one of ${BENCHES.join(', ')}`)
    return false
  }
  console.log(`\n> bench/${name}.ts`)
  return run('node', [`bench/${name}.ts`, ...args])
}

/** @param {string[]} script one of core's, and its arguments */
function inCore(script) {
  return pnpm(['--filter', '@chatlayer-tables/core', 'run', ...script])
}

/**
 * @param {string} tool
 * @param {string[]} args
 */
function run(tool, args) {
  const { status, error } = spawnSync(tool, args, {
    cwd: ROOT,
    env: ENV,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (error) console.error(`${tool}: ${error.message}`)
  return status === 0
}

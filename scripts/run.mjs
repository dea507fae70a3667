/**
 * Runs the root's npm scripts: `node scripts/run.mjs <command>`. Plain JavaScript for any Node from 20 on,
 * without dependencies: it installs them first, and runs the rest under the Node that they contain.
 */

import { install, pnpm, run, turbo } from './tools.mjs'
import { forgetReports, printTotals } from './totals.mjs'

/** Checks of the whole workspace, in addition to those of each package. */
const ROOT_CHECKS = [
  ['tsc', '-p', 'scripts'],
  ['node', 'scripts/check-imports.mjs'],
  ['node', 'scripts/release/generate.mjs', '--check'],
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
  ['campaign:machines', 'machines.mjs'],
  ['campaign:watch', 'watch.mjs'],
  ['campaign:fuzz', 'fuzz.mjs'],
])

const COMMANDS = [
  'build, typecheck, pack, pack-check, test, docs, site, site:pictures, api, demo, bench, mutation, release',
  ...CAMPAIGNS.keys(),
].join(', ')

/** Writes the tarball of every package. */
const PACK = [
  ...['-r', '--filter', './packages/*', '--filter', './apps/*'],
  ...['pack', '--pack-destination', 'packed'],
]

const BENCHES = [
  'emulator',
  'overhead',
  'bundle-size',
  'typecheck',
  'bulk',
  'pace',
  'pace-shared',
  'memory',
  'read-whole',
  'files',
  'import-million',
  'side-by-side',
  'sync',
  'journal',
  'jobs-postgres',
  'journal-postgres',
  'mirror',
  'sources',
  'export-to-postgres',
  'mcp-start',
  'cli-start',
  'views',
  'sizing',
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
    return install() && turbo(['build']) && run('node', [`scripts/campaigns/${campaign}`, ...args])
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
        run('node', ['scripts/release/generate.mjs']) &&
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
    case 'site:pictures':
      return (
        install() &&
        turbo(['build'], ['--filter=@chatlayer-tables/cli']) &&
        run('node', ['docs/tools/pictures.ts']) &&
        run('node', ['docs/tools/page-pictures.ts'])
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
      return install() && turbo(['build']) && run('node', ['scripts/demo.mjs', ...args])
    case 'release':
      return install() && run('node', ['scripts/release/release.mjs', ...args])
    case 'bench':
      return install() && turbo(['build']) && bench(args)
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

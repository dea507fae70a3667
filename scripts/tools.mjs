/** Runs the tools of this workspace. For Node 20 and later, without dependencies. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { ROOT, readManifest } from './workspace.mjs'

const BIN = join(ROOT, 'node_modules', '.bin')

/** The environment of every tool: the workspace's Node and tools come first. */
export const ENV = {
  ...process.env,
  PATH: `${BIN}${delimiter}${process.env.PATH ?? ''}`,
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
  // `install` does that once.
  pnpm_config_verify_deps_before_run: 'false',
}

/**
 * Installs the dependencies unless the lockfile is unchanged since the last install.
 *
 * @returns {boolean} whether they are installed
 */
export function install() {
  const installed = join(ROOT, 'node_modules', '.pnpm', 'lock.yaml')
  const fresh =
    existsSync(join(BIN, 'node')) &&
    existsSync(installed) &&
    readFileSync(installed).equals(readFileSync(join(ROOT, 'pnpm-lock.yaml')))
  return fresh || pnpm(['install', '--frozen-lockfile'])
}

/**
 * @param {string[]} tasks
 * @param {string[]} [args]
 */
export function turbo(tasks, args = []) {
  return pnpm(['exec', 'turbo', 'run', ...tasks, ...args])
}

/**
 * Runs the pnpm that package.json names. `npx` puts it on the PATH too, where turbo and changesets
 * search for it.
 *
 * @param {string[]} args
 */
export function pnpm(args) {
  return run('npx', ['-y', readManifest(ROOT).packageManager, ...args])
}

/**
 * @param {string} tool
 * @param {string[]} args
 * @returns {boolean} whether it succeeded
 */
export function run(tool, args) {
  const { status, error } = spawnSync(tool, args, {
    cwd: ROOT,
    env: ENV,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (error) console.error(`${tool}: ${error.message}`)
  return status === 0
}

/**
 * The output of a tool, without spaces around it; undefined if it fails.
 *
 * @param {string} tool
 * @param {string[]} args
 */
export function read(tool, args) {
  const { status, stdout } = spawnSync(tool, args, {
    cwd: ROOT,
    env: ENV,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  return status === 0 ? stdout.trim() : undefined
}

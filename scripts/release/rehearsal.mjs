/**
 * Rehearses a release: `npm run release -- --dry-run`, also part of the tests. A copy of the workspace gets
 * sample metadata and a changeset, and is released to a registry on loopback with `npm run release`.
 */
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { ROOT, readManifest } from '../workspace.mjs'

/** Sample values of `project.json`. @type {import('./metadata.mjs').Project} */
export const SAMPLE = {
  repository: 'https://git.example.com/example/tables',
  homepage: 'https://tables.example.com',
  bugs: 'https://git.example.com/example/tables/issues',
  author: 'Example Maintainers <maintainers@example.com>',
}

/** The changed package of the rehearsal, which the programs bundle. */
export const CHANGED = '@chatlayer-tables/files'

/** The oldest supported Node, as in `engines`. */
const OLDEST_NODE = '22.19.0'

/**
 * @typedef {{ status: number | null, output: string }} Result `output`: stdout and stderr
 * @typedef {{
 *   folder: string,
 *   run: (tool: string, args: string[], options?: { cwd?: string, node?: string | undefined }) => Promise<Result>,
 *   project: (name: string, files?: Record<string, string>) => string,
 *   url: string,
 *   close: () => void,
 * }} Registry
 *   `folder`: a temporary one; `run` runs a tool that uses only this registry and a npm cache of its
 *   own, under the workspace's Node or the one in the folder `node`; `project` creates a folder with files in it
 */

/**
 * Releases a copy of the workspace to a new registry. The tests of the workspace are not run.
 *
 * @param {(line: string) => void} log
 * @param {{ sampleOnly?: boolean }} options `sampleOnly`: without the changesets that wait for the next release
 * @returns {Promise<{ registry: Registry, copy: string, refused: Result, released: Result }>}
 *   `refused`: the attempt without metadata; the caller closes the registry
 */
export async function releaseCopy(log, { sampleOnly = false } = {}) {
  const registry = await startRegistry()
  try {
    return { registry, ...(await releaseTo(registry, log, sampleOnly)) }
  } catch (error) {
    registry.close()
    throw error
  }
}

/**
 * @param {Registry} registry
 * @param {(line: string) => void} log
 * @param {boolean} sampleOnly
 */
async function releaseTo(registry, log, sampleOnly) {
  const copy = join(registry.folder, 'copy')
  log(`registry ${registry.url}, with ${registry.folder}`)
  await copyWorkspace(copy, registry)
  log('copied the workspace')
  const release = (/** @type {string[]} */ args) =>
    registry.run('node', ['scripts/run.mjs', 'release', ...args], { cwd: copy })
  const refused = await release(['publish', '--yes'])
  log('the release without metadata ended')

  writeFileSync(join(copy, 'project.json'), `${JSON.stringify(SAMPLE, null, 2)}\n`)
  await registry.run('node', ['scripts/release/generate.mjs'], { cwd: copy })
  if (sampleOnly) removeChangesets(copy)
  const changeset = `---\n'${CHANGED}': patch\n---\n\nA sample change.\n`
  writeFileSync(join(copy, '.changeset/sample.md'), changeset)
  await commitAll(copy, registry, 'Fill in the metadata, and change a package')
  const released = await release(['--yes', '--skip-tests'])
  log('the release ended')
  return { copy, refused, released }
}

/**
 * The whole rehearsal at a terminal: a release, and the programs from the registry.
 *
 * @param {(line: string) => void} log
 */
export async function rehearse(log) {
  const { registry, released } = await releaseCopy(log)
  try {
    log(released.output)
    if (released.status !== 0) throw new Error('The release of the copy failed.')
    for (const name of ['cli', 'mcp']) {
      const { status, output } = await npxVersion(registry, name)
      log(`npx -y @chatlayer-tables/${name} --version: ${output}`)
      if (status !== 0) throw new Error(`The published ${name} does not run.`)
    }
  } finally {
    registry.close()
  }
}

/**
 * Runs a published program with `--version` in an empty folder.
 *
 * @param {Registry} registry
 * @param {string} name of the package
 * @param {string} [node] the folder of another Node
 */
export function npxVersion(registry, name, node) {
  const cwd = registry.project(`npx-${name}-${node === undefined ? 'here' : 'there'}`)
  return registry.run('npx', ['-y', `@chatlayer-tables/${name}`, '--version'], { cwd, node })
}

/** The folder of the oldest supported Node, from npm's cache after the first time. */
export async function oldestNode() {
  const args = ['-y', '-p', `node@${OLDEST_NODE}`, 'node', '-p', 'process.execPath']
  const { status, output } = await start('npx', args, tmpdir(), process.env)
  if (status !== 0) throw new Error(output)
  return dirname(output.split('\n').at(-1) ?? '')
}

/** @returns {Promise<Registry>} */
async function startRegistry() {
  const folder = mkdtempSync(join(tmpdir(), 'release-'))
  const uplink = await start('npm', ['config', 'get', 'registry'], ROOT, process.env)
  const script = join(import.meta.dirname, 'registry.mjs')
  const server = spawn(process.execPath, [script, folder, uplink.output.trim()], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const close = () => {
    server.kill()
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
  const url = await new Promise((resolve, reject) => {
    server.stdout.on('data', (line) => resolve(String(line).trim()))
    server.on('close', (code) => reject(new Error(`the registry ended with ${code}`)))
  })
  const settings = join(folder, 'npmrc')
  writeFileSync(settings, await npmSettings(url))
  const env = {
    ...process.env,
    PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
    npm_config_registry: url,
    npm_config_userconfig: settings,
    npm_config_cache: join(folder, 'npm-cache'),
    npm_config_update_notifier: 'false',
    // Without it, changesets draws a progress bar.
    CI: 'true',
  }
  return {
    folder,
    url,
    close,
    run(tool, args, { cwd = folder, node } = {}) {
      const path = node === undefined ? env.PATH : `${node}${delimiter}${env.PATH}`
      return start(tool, args, cwd, { ...env, PATH: path })
    },
    project(name, files = {}) {
      const project = join(folder, name)
      mkdirSync(project, { recursive: true })
      for (const [file, text] of Object.entries(files)) writeFileSync(join(project, file), text)
      return project
    },
  }
}

/**
 * Settings for npm and pnpm: the registry, also for the scope, and the token of a new user.
 *
 * @param {string} url
 */
async function npmSettings(url) {
  const response = await fetch(`${url}-/user/org.couchdb.user:rehearsal`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'rehearsal', password: 'only for this rehearsal' }),
  })
  const { token } = /** @type {{ token: string }} */ (await response.json())
  return [
    `registry=${url}`,
    `@chatlayer-tables:registry=${url}`,
    `${url.replace('http:', '')}:_authToken=${token}`,
    'fund=false',
    'audit=false',
    '',
  ].join('\n')
}

/**
 * Copies what git knows or would add, commits it on `main`, and installs from pnpm's store.
 *
 * @param {string} copy
 * @param {Registry} registry
 */
async function copyWorkspace(copy, registry) {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z']
  const { output } = await start('git', args, ROOT, process.env)
  const deleted = await start('git', ['ls-files', '--deleted', '-z'], ROOT, process.env)
  const gone = new Set(deleted.output.split('\0'))
  for (const file of output.split('\0')) {
    if (file !== '' && !gone.has(file)) cpSync(join(ROOT, file), join(copy, file))
  }
  await registry.run('git', ['init', '--quiet', '--initial-branch=main'], { cwd: copy })
  await commitAll(copy, registry, 'Copy the workspace')
  const install = ['install', '--frozen-lockfile', '--prefer-offline']
  const pnpm = ['-y', readManifest(ROOT).packageManager, ...install]
  const { status, output: printed } = await start('npx', pnpm, copy, process.env)
  if (status !== 0) throw new Error(printed)
  // From here on, both npm and pnpm use the registry on loopback, in this folder too.
  cpSync(join(registry.folder, 'npmrc'), join(copy, '.npmrc'))
  writeFileSync(join(copy, '.git/info/exclude'), '.npmrc\n')
}

/** @param {string} copy */
function removeChangesets(copy) {
  const folder = join(copy, '.changeset')
  for (const file of readdirSync(folder)) {
    if (file.endsWith('.md') && file !== 'README.md') rmSync(join(folder, file))
  }
}

/**
 * @param {string} copy
 * @param {Registry} registry
 * @param {string} subject
 */
async function commitAll(copy, registry, subject) {
  await registry.run('git', ['config', 'user.name', 'Rehearsal'], { cwd: copy })
  await registry.run('git', ['config', 'user.email', 'rehearsal@example.com'], { cwd: copy })
  await registry.run('git', ['add', '--all'], { cwd: copy })
  const { status, output } = await registry.run('git', ['commit', '-q', '-m', subject], {
    cwd: copy,
  })
  if (status !== 0) throw new Error(output)
}

/**
 * @param {string} tool
 * @param {string[]} args
 * @param {string} cwd
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<Result>}
 */
function start(tool, args, cwd, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(tool, args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text
      })
    }
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, output: output.trim() }))
  })
}

/** An empty project into which core and contract are installed as they would be published. */
import { spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const CORE = fileURLToPath(new URL('../../', import.meta.url))
const WORKSPACE = join(CORE, '../..')

export interface Project {
  readonly folder: string
  readonly write: (file: string, text: string) => Promise<void>
  /** Runs a command in the project. Resolves to its stdout; rejects when it exits with an error. */
  readonly run: (command: string, args: readonly string[]) => Promise<string>
  /** Runs a Node program that is expected to fail, and resolves to its stderr. */
  readonly runFailing: (args: readonly string[]) => Promise<string>
  readonly remove: () => Promise<void>
}

/** @param env variables that commands get on top of the test's own */
export async function createProject(env: Readonly<Record<string, string>>): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), 'core-packed-'))
  const write = (file: string, text: string) => writeFile(join(folder, file), text)
  await write('package.json', '{"name":"project","private":true}')
  await install(folder)
  return {
    folder,
    write,
    run: (command, args) => run(command, args, folder, env),
    runFailing: async (args) => (await start(process.execPath, args, folder, env)).errors,
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** Everything comes from this workspace: npm gets an empty cache and must not use the network. */
async function install(project: string): Promise<void> {
  const packages = ['contract', 'core'].map((name) => join(WORKSPACE, 'packages', name))
  const packed = packages.map((folder) => pack(folder, project))
  const nodeTypes = folderOf('@types/node/package.json', CORE)
  const copied = [
    folderOf('zod', CORE),
    nodeTypes,
    folderOf('undici-types/package.json', nodeTypes),
  ].map(async (folder, at) => {
    // npm cannot pack a folder of hard links, which pnpm's are.
    const copy = join(project, `dependency-${at}`)
    await cp(folder, copy, { recursive: true })
    return copy
  })
  const sources = await Promise.all([...packed, ...copied])
  const flags = ['--offline', '--install-links', '--ignore-scripts', '--no-audit', '--no-fund']
  await run('npm', ['install', ...flags, '--cache', join(project, 'cache'), ...sources], project)
}

/** pnpm replaces `workspace:` and `catalog:` by versions, and adds the LICENSE. */
async function pack(folder: string, project: string): Promise<string> {
  const { packageManager } = JSON.parse(await readFile(join(WORKSPACE, 'package.json'), 'utf8'))
  const npx = ['-y', '--prefer-offline', packageManager]
  const output = await run('npx', [...npx, 'pack', '--json', '--pack-destination', project], folder)
  return JSON.parse(output).filename
}

/** The folder of the package that a specifier resolves to from another folder. */
function folderOf(specifier: string, from: string): string {
  const file = createRequire(join(from, 'package.json')).resolve(specifier)
  const name = specifier.replace(/\/package\.json$/, '')
  return file.slice(0, file.lastIndexOf(join('node_modules', name))) + join('node_modules', name)
}

async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { code, out, errors } = await start(command, args, cwd, env)
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}\n${out}${errors}`)
  return out
}

function start(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<{ code: number | null; out: string; errors: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}`, ...env },
    })
    let [out, errors] = ['', '']
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    child.stderr.on('data', (chunk) => {
      errors += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out, errors }))
  })
}

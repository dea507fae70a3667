/** The packages as npm would install them, from their tarballs and without a registry. */
import { execFile } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ROOT } from '../tools/workspace.ts'

const run = promisify(execFile)
const GROUPS = ['packages', 'apps']

interface Manifest {
  readonly name: string
  readonly packageManager?: string
  readonly bin?: Record<string, string>
  readonly dependencies?: Record<string, string>
}

/** Packs every package. Returns the folder of the tarballs. */
export async function packAll(folder: string): Promise<string> {
  const { packageManager = 'pnpm' } = manifestOf(ROOT)
  const groups = GROUPS.flatMap((group) => ['--filter', `./${group}/*`])
  await run('npx', ['-y', packageManager, '-r', ...groups, 'pack', '--pack-destination', folder], {
    cwd: ROOT,
  })
  return folder
}

/**
 * Installs a package and what it depends on. Packages of this workspace come from their tarballs; others
 * are linked from where the workspace has them.
 *
 * @param modules a folder `node_modules`
 */
export async function installPacked(
  tarballs: string,
  name: string,
  modules: string,
): Promise<void> {
  const target = join(modules, name)
  if (existsSync(target)) return
  const { source } = findPackage(name)
  mkdirSync(target, { recursive: true })
  await run('tar', ['-xzf', join(tarballs, tarballOf(tarballs, name)), '-C', target, '--strip=1'])
  const manifest = manifestOf(target)
  for (const dependency of Object.keys(manifest.dependencies ?? {})) {
    if (isOurs(dependency)) await installPacked(tarballs, dependency, modules)
    else link(realpathSync(join(source, 'node_modules', dependency)), join(modules, dependency))
  }
}

/** Puts the commands of an installed package into a folder of the PATH. */
export function linkCommands(name: string, modules: string, bin: string): void {
  mkdirSync(bin, { recursive: true })
  for (const [command, file] of Object.entries(manifestOf(join(modules, name)).bin ?? {})) {
    link(join(modules, name, file), join(bin, command))
  }
}

/** An `npx` that runs installed packages alone. */
export function writeNpx(modules: string, bin: string): void {
  mkdirSync(bin, { recursive: true })
  const file = join(bin, 'npx')
  const lines = [
    '#!/bin/sh',
    '[ "$1" = -y ] && shift',
    'name=$1; shift',
    `exec node "${modules}/$name/dist/bin.js" "$@"`,
  ]
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o755 })
}

function link(from: string, to: string): void {
  if (existsSync(to)) return
  mkdirSync(join(to, '..'), { recursive: true })
  symlinkSync(from, to)
}

function isOurs(name: string): boolean {
  return name.startsWith('@chatlayer-tables/')
}

function findPackage(name: string): { source: string } {
  for (const group of GROUPS) {
    const source = join(ROOT, group, name.replace(/^.*\//, ''))
    if (existsSync(join(source, 'package.json'))) return { source }
  }
  throw new Error(`the workspace has no package ${name}`)
}

function tarballOf(tarballs: string, name: string): string {
  const start = `${name.replace('@', '').replace('/', '-')}-`
  const found = readdirSync(tarballs).find((file) => file.startsWith(start))
  if (found === undefined) throw new Error(`no tarball of ${name} in ${tarballs}`)
  return found
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listPackages, ROOT, readManifest } from '../workspace.mjs'

const PACKAGES = listPackages().filter(({ manifest }) => !manifest.private)
const PNPM = readManifest(ROOT).packageManager
/** This workspace, not built and without its dependencies. */
const copy = mkdtempSync(join(tmpdir(), 'prepack-'))
/** A PATH with pnpm. @type {string} */
let path

beforeAll(async () => {
  // Once, because npx takes longer than pnpm.
  const { output } = await run('npx', ['-y', PNPM, 'exec', 'node', '-p', 'process.env.PATH'], ROOT)
  path = output
  const skipped = new Set(['node_modules', 'dist', 'dist-bundle', 'test', 'test-results', '.turbo'])
  const files = ['package.json', 'pnpm-workspace.yaml', 'scripts']
  for (const path of [...files, ...PACKAGES.map(({ folder }) => folder)]) {
    cpSync(join(ROOT, path), join(copy, path), {
      recursive: true,
      filter: (source) => !skipped.has(basename(source)),
    })
  }
})

afterAll(() => rmSync(copy, { recursive: true }))

describe.concurrent.each(PACKAGES)('$manifest.name, not built', ({ folder, manifest }) => {
  it.each([
    ['npm pack', ['npm', 'pack', '--dry-run']],
    ['pnpm pack', ['pnpm', 'pack', '--dry-run']],
  ])('is refused by %s', { timeout: 300_000 }, async (_, [tool = '', ...args]) => {
    const { status, output } = await run(tool, args, join(copy, folder))
    expect(status).not.toBe(0)
    expect(output).toContain(`${manifest.name}: not built: `)
    expect(output).toContain(' is missing (and ')
    expect(output).toContain('Run: npm run build')
  })
})

describe('the command line, built', () => {
  const folder = join(copy, 'apps/cli')
  const prepack = () => run('node', [join(copy, 'scripts/release/prepack.mjs')], folder)
  const manifest = readManifest(join(ROOT, 'apps/cli'))

  beforeAll(() => cpSync(join(ROOT, 'apps/cli/dist'), join(folder, 'dist'), { recursive: true }))

  it('is accepted', async () => {
    expect(await prepack()).toEqual({ status: 0, output: '' })
  })

  it('is refused when another version is built, or the changelog does not have it', async () => {
    const next = { ...manifest, version: '9.9.9' }
    writeFileSync(join(folder, 'package.json'), JSON.stringify(next))
    const { status, output } = await prepack()
    expect(status).toBe(1)
    expect(output).toContain(`version ${manifest.version} is built, package.json has 9.9.9`)
    expect(output).toContain('CHANGELOG.md has no entry for 9.9.9')
  })
})

/**
 * @param {string} tool
 * @param {string[]} args
 * @param {string} cwd
 * @returns {Promise<{ status: number | null, output: string }>} `output`: stdout and stderr
 */
function run(tool, args, cwd) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, PATH: path ?? process.env.PATH }
    const child = spawn(tool, args, { cwd, env, shell: process.platform === 'win32' })
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

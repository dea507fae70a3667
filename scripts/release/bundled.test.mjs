import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listPackages, ROOT } from '../workspace.mjs'
import { addBundleChangesets, listBundled } from './bundled.mjs'

const CHANGESET = createRequire(import.meta.url).resolve('@changesets/cli/bin.js')
const [CLI, MCP] = ['@chatlayer-tables/cli', '@chatlayer-tables/mcp']
const BUNDLED = listBundled(listPackages())

describe('listBundled', () => {
  it('finds the programs', () => {
    expect([...BUNDLED.keys()].sort()).toEqual([CLI, MCP])
    expect(BUNDLED.get(MCP)).not.toContain('@chatlayer-tables/emulator')
  })

  it('finds the packages whose source is in the command line', () => {
    const dist = join(ROOT, 'apps/cli/dist')
    const maps = readdirSync(dist).filter((name) => name.endsWith('.map'))
    const sources = maps.flatMap(
      (name) => JSON.parse(readFileSync(join(dist, name), 'utf8')).sources,
    )
    const folders = sources.flatMap((source) => /packages\/([\w-]+)\/src\//.exec(source)?.[1] ?? [])
    const names = [...new Set(folders)].map((name) => `@chatlayer-tables/${name}`)
    expect(BUNDLED.get(CLI)).toEqual(names.sort())
  })
})

describe('a patch of a bundled package', () => {
  const packages = listPackages().filter(({ manifest }) => manifest.version !== undefined)
  const bundled = [...new Set([...BUNDLED.values()].flat())].sort()
  /** A workspace of manifests only. */
  const root = mkdtempSync(join(tmpdir(), 'bundled-'))

  beforeAll(() => {
    for (const file of ['package.json', 'pnpm-workspace.yaml', '.changeset/config.json']) {
      cpSync(join(ROOT, file), join(root, file))
    }
    spawnSync('git', ['init', '--quiet'], { cwd: root })
  })

  afterAll(() => rmSync(root, { recursive: true }))

  /**
   * Carries out changesets on the manifests of this workspace.
   *
   * @param {Record<string, string>[]} changesets the size of the change by package
   */
  async function version(changesets) {
    for (const { dir, folder } of packages) {
      cpSync(join(dir, 'package.json'), join(root, folder, 'package.json'))
      rmSync(join(root, folder, 'CHANGELOG.md'), { force: true })
    }
    for (const [at, sizes] of changesets.entries()) {
      const lines = Object.entries(sizes).map(([name, size]) => `'${name}': ${size}`)
      const text = `---\n${lines.join('\n')}\n---\n\nChange ${at}.\n`
      writeFileSync(join(root, `.changeset/change-${at}.md`), text)
    }
    await addBundleChangesets(root)
    const { status, stdout, stderr } = spawnSync(process.execPath, [CHANGESET, 'version'], {
      cwd: root,
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(stdout + stderr)
    const before = new Map(packages.map(({ manifest }) => [manifest.name, manifest.version]))
    return listPackages(root)
      .filter(({ manifest: { name, version } }) => version !== before.get(name))
      .map(({ manifest }) => manifest.name)
      .sort()
  }

  const changelog = (/** @type {string} */ folder) =>
    readFileSync(join(root, folder, 'CHANGELOG.md'), 'utf8')

  it.each(bundled)('%s releases the programs that bundle it, and nothing else', async (name) => {
    const programs = [...BUNDLED].filter(([, contents]) => contents.includes(name))
    const released = programs.map(([program]) => program)
    expect(released).toContain(CLI)
    expect(await version([{ [name]: 'patch' }])).toEqual([name, ...released].sort())
    for (const program of released) {
      const folder = packages.find(({ manifest }) => manifest.name === program)?.folder ?? ''
      expect(changelog(folder)).toContain(`Includes the changes of \`${name}\`.`)
    }
  })

  it('is named once for all changesets, and not where one names the program', async () => {
    const [core, files] = ['@chatlayer-tables/core', '@chatlayer-tables/files']
    await version([{ [core]: 'patch' }, { [files]: 'patch' }, { [core]: 'patch', [MCP]: 'patch' }])
    expect(changelog('apps/cli')).toContain(`Includes the changes of \`${core}\` and \`${files}\`.`)
    await version([{ [core]: 'patch', [CLI]: 'minor' }])
    expect(changelog('apps/cli')).not.toContain('Includes')
    expect(changelog('apps/mcp')).toContain(`Includes the changes of \`${core}\`.`)
  })

  it('is no reason for a release when the change of the package is none', async () => {
    expect(await version([{ '@chatlayer-tables/core': 'none' }])).toEqual([])
  })
})

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listPackages, ROOT, readManifest } from '../workspace.mjs'
import { isRelative, linksOf, pathOfUrl } from './metadata.mjs'
import { CHANGED, npxVersion, oldestNode, releaseCopy, SAMPLE } from './rehearsal.mjs'

const PACKAGES = listPackages().filter(({ manifest }) => !manifest.private)
const NAMES = PACKAGES.map(({ manifest }) => manifest.name)
const hasMan = spawnSync('man', ['--version']).status === 0
const CHANGED_PACKAGES = [CHANGED, '@chatlayer-tables/cli', '@chatlayer-tables/mcp']

/** The versions after the release. */
const VERSIONS = new Map(
  PACKAGES.map(({ manifest: { name, version } }) => [
    name,
    CHANGED_PACKAGES.includes(name) ? nextPatch(version) : version,
  ]),
)
const [cliVersion, mcpVersion] = ['cli', 'mcp'].map((name) =>
  VERSIONS.get(`@chatlayer-tables/${name}`),
)

/** @type {Awaited<ReturnType<typeof releaseCopy>>} */
let rehearsal
/** A project into which all packages are installed from the registry. @type {string} */
let project
/** @type {string} */
let oldNode

beforeAll(async () => {
  const node = oldestNode()
  rehearsal = await releaseCopy(() => {}, { sampleOnly: true })
  oldNode = await node
}, 1_200_000)

afterAll(() => rehearsal?.registry.close())

it('refuses to publish without metadata, and lists what to fill in', () => {
  const { status, output } = rehearsal.refused
  expect(status).toBe(1)
  for (const field of Object.keys(SAMPLE)) {
    expect(output).toContain(`project.json: "${field}" must be `)
  }
})

it('publishes every package, and gives new versions to what changed and to what bundles it', async () => {
  const { registry, released, copy } = rehearsal
  expect(released.status, released.output).toBe(0)
  for (const name of NAMES) {
    const response = await fetch(registry.url + name)
    const { versions } = /** @type {{ versions: object }} */ (await response.json())
    expect(Object.keys(versions), name).toEqual([VERSIONS.get(name)])
  }
  const changelog = readFileSync(join(copy, 'apps/cli/CHANGELOG.md'), 'utf8')
  expect(changelog).toMatch(
    new RegExp(
      `## ${cliVersion}\\n\\n### Patch Changes\\n\\n.*Includes the changes of \`${CHANGED}\``,
    ),
  )
})

it('leaves a clean tree on main, with a tag for each version', async () => {
  const run = (/** @type {string[]} */ ...args) =>
    rehearsal.registry.run('git', args, { cwd: rehearsal.copy })
  expect((await run('status', '--porcelain')).output).toBe('')
  expect((await run('log', '-1', '--format=%s')).output).toBe('Release')
  const tags = NAMES.map((name) => `${name}@${VERSIONS.get(name)}`)
  expect((await run('tag')).output.split('\n')).toEqual(tags.sort())
})

it('brings the new version into everything that is generated', async () => {
  const { registry, copy } = rehearsal
  for (const script of ['release/generate.mjs', 'write-docs.mjs']) {
    const check = await registry.run('node', [`scripts/${script}`, '--check'], { cwd: copy })
    expect(check).toEqual({ status: 0, output: '' })
  }
  const read = (/** @type {string} */ file) => readFileSync(join(copy, file), 'utf8')
  expect(read('apps/cli/man/clt.1')).toContain(`chatlayer\\-tables ${cliVersion}`)
  expect(JSON.parse(read('apps/mcp/server.json'))).toMatchObject({
    version: mcpVersion,
    packages: [{ version: mcpVersion }],
  })
  const stage = 'apps/mcp/dist-bundle/stage'
  expect(JSON.parse(read(`${stage}/manifest.json`))).toMatchObject({
    version: mcpVersion,
    author: { name: 'Example Maintainers' },
  })
  const bundled = await registry.run('node', [`${stage}/server/dist/bin.js`, '--version'], {
    cwd: copy,
  })
  expect(bundled.output).toBe(mcpVersion)
})

describe('from the registry', () => {
  beforeAll(async () => {
    const { registry } = rehearsal
    project = registry.project('project', { 'package.json': '{"private":true,"type":"module"}' })
    const { status, output } = await registry.run('npm', ['install', ...NAMES], { cwd: project })
    if (status !== 0) throw new Error(output)
  }, 300_000)

  const installed = (/** @type {string} */ name) => join(project, 'node_modules', name)

  it.each(NAMES)('%s has metadata, documents and ranges', (name) => {
    const manifest = readManifest(installed(name))
    const { folder = '' } = PACKAGES.find(({ manifest }) => manifest.name === name) ?? {}
    expect(manifest).toMatchObject({
      repository: { url: `git+${SAMPLE.repository}.git`, directory: folder },
      homepage: SAMPLE.homepage,
      bugs: { url: SAMPLE.bugs },
      author: SAMPLE.author,
      keywords: expect.arrayContaining(['chatlayer']),
    })
    expect(readdirSync(installed(name))).toEqual(
      expect.arrayContaining(['CHANGELOG.md', 'LICENSE', 'README.md']),
    )
    for (const [dependency, range] of Object.entries(manifest.dependencies ?? {})) {
      expect(range, dependency).toMatch(/^\^?\d+\.\d+\.\d+/)
      if (VERSIONS.has(dependency)) expect(range).toBe(`^${VERSIONS.get(dependency)}`)
    }
  })

  it.each(NAMES)('%s has a README without dead links', (name) => {
    const readme = readFileSync(join(installed(name), 'README.md'), 'utf8')
    for (const target of linksOf(readme).filter((target) => !target.startsWith('#'))) {
      expect(isRelative(target), target).toBe(false)
      const file = pathOfUrl(target, SAMPLE)?.replace(/#.*/, '')
      if (file !== undefined) expect(existsSync(join(ROOT, file)), target).toBe(true)
      else expect(target).not.toContain('example.com')
    }
  })

  it('core has its version, and runs with the emulator on both Nodes', async () => {
    const readme = readFileSync(join(installed('@chatlayer-tables/core'), 'README.md'), 'utf8')
    const [, program = ''] = /## A first program.*?```ts\n(.*?)```/s.exec(readme) ?? []
    rehearsal.registry.project('project', { 'program.js': program })
    for (const node of [undefined, oldNode]) {
      const { status, output } = await rehearsal.registry.run('node', ['program.js'], {
        cwd: project,
        node,
      })
      expect(status, output).toBe(0)
      expect(output).toContain('Ghent 265086')
    }
    const code = readFileSync(
      join(installed('@chatlayer-tables/core'), 'dist/send/version.js'),
      'utf8',
    )
    expect(code).toContain(`'${VERSIONS.get('@chatlayer-tables/core')}'`)
  })

  it.each(['cli', 'mcp'])('npx runs %s on both Nodes', { timeout: 300_000 }, async (name) => {
    for (const node of [undefined, oldNode]) {
      const { output } = await npxVersion(rehearsal.registry, name, node)
      expect(output).toBe(VERSIONS.get(`@chatlayer-tables/${name}`))
    }
  })

  it.skipIf(process.platform === 'win32')(
    'npm install --global brings man clt',
    { timeout: 300_000 },
    async () => {
      const { registry } = rehearsal
      const prefix = registry.project('global')
      const args = ['install', '--global', '--prefix', prefix, '@chatlayer-tables/cli']
      expect(await registry.run('npm', args)).toMatchObject({ status: 0 })
      expect((await registry.run(join(prefix, 'bin/clt'), ['--version'])).output).toBe(cliVersion)
      const pages = join(prefix, 'share/man')
      const page = readFileSync(join(pages, 'man1/clt.1'), 'utf8')
      expect(page).toContain(`chatlayer\\-tables ${cliVersion}`)
      if (!hasMan) return
      const found = await registry.run('man', ['-M', pages, '-w', 'clt'])
      expect(found.output).toMatch(/clt\.1$/)
    },
  )
})

/** @param {string} version */
function nextPatch(version) {
  return version.replace(/\d+$/, (patch) => String(Number(patch) + 1))
}

/**
 * The artifact, not the source: core and contract are packed, installed into an empty project
 * next to their one dependency, and used from there in each way that a project may.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createProject, type Project } from './project.ts'

const CORE = fileURLToPath(new URL('../../', import.meta.url))
const TSC = join(CORE, 'node_modules/.bin/tsc')
const PROGRAM = `
async function main() {
  const env = process.env
  const client = createClient({
    token: env['TOKEN'] ?? '',
    baseUrl: env['URL'],
    teamId: env['TEAM'] ?? '',
    botId: env['BOT'] ?? '',
  })
  const cities = client.table('cities')
  await cities.insert({ name: 'Ghent', people: 265086 })
  const [found] = await cities.records({ where: { people: { gt: 100_000 } } }).toArray()
  const error = await cities.insert({ nam: 'Ghent' }).catch((error) => error)
  console.log(found?.values['name'], error instanceof InvalidInputError && error.name)
  await client.close()
}
main()
`
const IMPORT = `import { createClient, InvalidInputError } from '@chatlayer-tables/core'\n`
const REQUIRE = `const { createClient, InvalidInputError } = require('@chatlayer-tables/core')\n`
const PRINTED = 'Ghent InvalidInputError\n'

let emulator: Emulator
let project: Project

beforeAll(async () => {
  const declarations = await readFile(join(CORE, 'dist/index.d.ts'), 'utf8')
  if (/from ?["']\./.test(declarations))
    throw new Error('dist is what tsc alone wrote: run the whole build')
  emulator = await startEmulator({
    tables: [
      {
        name: 'cities',
        columns: [
          { name: 'name', type: 'text' },
          { name: 'people', type: 'int' },
        ],
      },
    ],
  })
  project = await createProject({
    URL: emulator.url,
    TOKEN: emulator.token,
    TEAM: emulator.teamId,
    BOT: emulator.botId,
  })
})

afterAll(async () => {
  await emulator?.close()
  await project?.remove()
})

test('plain ESM imports it', async () => {
  await project.write('esm.mjs', IMPORT + PROGRAM)
  await expect(project.run(process.execPath, ['esm.mjs'])).resolves.toBe(PRINTED)
})

test('CommonJS requires it', async () => {
  await project.write('commonjs.cjs', REQUIRE + PROGRAM)
  await expect(project.run(process.execPath, ['commonjs.cjs'])).resolves.toBe(PRINTED)
})

test.each([
  { module: 'node16', moduleResolution: 'node16' },
  { module: 'nodenext', moduleResolution: 'nodenext' },
  { module: 'esnext', moduleResolution: 'bundler' },
])('TypeScript builds against it with $moduleResolution', async (options) => {
  const folder = options.moduleResolution
  await mkdir(join(project.folder, folder))
  await project.write(`${folder}/program.mts`, IMPORT + PROGRAM)
  const compilerOptions = { ...options, target: 'es2022', strict: true, types: ['node'] }
  await project.write(
    `${folder}/tsconfig.json`,
    JSON.stringify({ compilerOptions, files: ['program.mts'] }),
  )
  await project.run(TSC, ['-p', folder])
  await expect(project.run(process.execPath, [`${folder}/program.mjs`])).resolves.toBe(PRINTED)
})

test('TypeScript finds a wrong call', async () => {
  await mkdir(join(project.folder, 'wrong'))
  await project.write('wrong/program.mts', `${IMPORT}${PROGRAM}\ncreateClient({ token: 1 })\n`)
  const compilerOptions = { module: 'nodenext', target: 'es2022', strict: true, types: ['node'] }
  await project.write(
    'wrong/tsconfig.json',
    JSON.stringify({ compilerOptions, files: ['program.mts'] }),
  )
  const build = project.run(TSC, ['-p', 'wrong', '--noEmit'])
  await expect(build).rejects.toThrow(/'number' is not assignable to type 'string'/)
})

const DOCUMENTS = ['CHANGELOG.md', 'LICENSE', 'README.md']

test('it holds readable modules with their maps and one declaration file', async () => {
  const folder = join(project.folder, 'node_modules/@chatlayer-tables/core')
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
  const modules = files.filter((file) => file.startsWith('dist/') && file.endsWith('.js'))
  const maps = modules.map((file) => `${file}.map`)
  expect(files.sort()).toEqual(
    [...DOCUMENTS, 'dist/index.d.ts', 'package.json', ...modules, ...maps].sort(),
  )
  const code = await readFile(join(folder, 'dist/client.js'), 'utf8')
  expect(code).toContain('export function createClient(')
  expect(code.endsWith('//# sourceMappingURL=client.js.map')).toBe(true)
})

/** Line 7 sends to a port on which no server listens. */
const FAILING = `import { createClient } from '@chatlayer-tables/core'

const connection = { token: 'user:password', teamId: 'team', botId: 'bot' }
const client = createClient({ ...connection, baseUrl: 'http://127.0.0.1:9' })

async function main() {
  await client.table('cities').insert({ name: 'Ghent' })
}
await main()
`

test('an uncaught error is short and names the module and the caller', async () => {
  await project.write('failing.mjs', FAILING)
  const plain = await project.runFailing(['failing.mjs'])
  expect(plain).toMatch(/^ConnectionError: the gateway cannot be reached/m)
  expect(plain).toMatch(/at async TableHandle\.insert \(.*\/core\/dist\/table\.js:\d+:\d+\)/)
  expect(plain).toMatch(/at async main \(.*\/failing\.mjs:7:3\)/)
  expect(Buffer.byteLength(plain)).toBeLessThan(3_000)
})

test('with source maps it names the source file and line', async () => {
  await project.write('failing.mjs', FAILING)
  const mapped = await project.runFailing(['--enable-source-maps', 'failing.mjs'])
  const [, line] =
    /at async TableHandle\.insert \(.*\/core\/src\/table\.ts:(\d+):\d+\)/.exec(mapped) ?? []
  const source = (await readFile(join(CORE, 'src/table.ts'), 'utf8')).split('\n')
  expect(source[Number(line) - 1]).toContain("await this.#one('insert'")
  expect(mapped).toMatch(/at async main \(.*\/failing\.mjs:7:3\)/)
  expect(Buffer.byteLength(mapped)).toBeLessThan(3_000)
})

/** The bound is for the minified bundle after gzip; `npm run bench bundle-size` compares it. */
test.each([
  { format: 'esm', file: 'bundle.mjs', source: IMPORT },
  { format: 'cjs', file: 'bundle.cjs', source: REQUIRE },
] as const)('a bundle as $format runs alone, and is below 110,000 bytes', async (kind) => {
  await project.write('bundled.mjs', kind.source + PROGRAM)
  const { outputFiles, warnings } = await build({
    absWorkingDir: project.folder,
    entryPoints: ['bundled.mjs'],
    bundle: true,
    minify: true,
    platform: 'node',
    format: kind.format,
    write: false,
    logLevel: 'silent',
  })
  expect(warnings).toEqual([])
  const contents = outputFiles[0]?.contents ?? new Uint8Array()
  expect(gzipSync(contents).length).toBeLessThan(110_000)
  const folder = await mkdtemp(join(tmpdir(), 'core-bundled-'))
  try {
    const file = join(folder, kind.file)
    await writeFile(file, contents)
    await expect(project.run(process.execPath, [file])).resolves.toBe(PRINTED)
  } finally {
    await rm(folder, { recursive: true })
  }
})

/**
 * The artifact, not the source: core and contract are packed, installed into an empty project
 * beside their two dependencies, and used from there in each way that a project may.
 */
import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { afterAll, beforeAll, expect, test } from 'vitest'

const CORE = fileURLToPath(new URL('../../', import.meta.url))
const WORKSPACE = join(CORE, '../..')
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
let project: string

beforeAll(async () => {
  const built = await readFile(join(CORE, 'dist/index.js'), 'utf8')
  if (/from ?["']\./.test(built))
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
  project = await mkdtemp(join(tmpdir(), 'core-packed-'))
  await write('package.json', '{"name":"project","private":true}')
  await install()
})

afterAll(async () => {
  await emulator?.close()
  if (project !== undefined) await rm(project, { recursive: true, force: true })
})

/** Everything comes from this workspace; npm gets an empty cache and may fetch nothing. */
async function install(): Promise<void> {
  const packed = ['contract', 'core'].map((name) => pack(join(WORKSPACE, 'packages', name)))
  const nodeTypes = folderOf('@types/node/package.json', CORE)
  const copied = [
    folderOf('undici', CORE),
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
async function pack(folder: string): Promise<string> {
  const { packageManager } = JSON.parse(await readFile(join(WORKSPACE, 'package.json'), 'utf8'))
  const npx = ['-y', '--prefer-offline', packageManager]
  const output = await run('npx', [...npx, 'pack', '--json', '--pack-destination', project], folder)
  return JSON.parse(output).filename
}

/** The folder of the package that a specifier leads to from another folder. */
function folderOf(specifier: string, from: string): string {
  const file = createRequire(join(from, 'package.json')).resolve(specifier)
  const name = specifier.replace(/\/package\.json$/, '')
  return file.slice(0, file.lastIndexOf(join('node_modules', name))) + join('node_modules', name)
}

function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
        URL: emulator.url,
        TOKEN: emulator.token,
        TEAM: emulator.teamId,
        BOT: emulator.botId,
      },
    })
    let out = ''
    let errors = ''
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    child.stderr.on('data', (chunk) => {
      errors += chunk
    })
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0
        ? resolve(out)
        : reject(new Error(`${command} ${args.join(' ')}\n${out}${errors}`)),
    )
  })
}

async function write(file: string, text: string): Promise<void> {
  await writeFile(join(project, file), text)
}

test('plain ESM imports it', async () => {
  await write('esm.mjs', IMPORT + PROGRAM)
  await expect(run(process.execPath, ['esm.mjs'], project)).resolves.toBe(PRINTED)
})

test('CommonJS requires it', async () => {
  await write('commonjs.cjs', REQUIRE + PROGRAM)
  await expect(run(process.execPath, ['commonjs.cjs'], project)).resolves.toBe(PRINTED)
})

test.each([
  { module: 'node16', moduleResolution: 'node16' },
  { module: 'nodenext', moduleResolution: 'nodenext' },
  { module: 'esnext', moduleResolution: 'bundler' },
])('TypeScript builds against it with $moduleResolution', async (options) => {
  const folder = options.moduleResolution
  await mkdir(join(project, folder))
  await write(`${folder}/program.mts`, IMPORT + PROGRAM)
  const compilerOptions = { ...options, target: 'es2022', strict: true, types: ['node'] }
  await write(
    `${folder}/tsconfig.json`,
    JSON.stringify({ compilerOptions, files: ['program.mts'] }),
  )
  await run(join(CORE, 'node_modules/.bin/tsc'), ['-p', folder], project)
  await expect(run(process.execPath, [`${folder}/program.mjs`], project)).resolves.toBe(PRINTED)
})

test('TypeScript finds a wrong call', async () => {
  await mkdir(join(project, 'wrong'))
  await write('wrong/program.mts', `${IMPORT}${PROGRAM}\ncreateClient({ token: 1 })\n`)
  const compilerOptions = { module: 'nodenext', target: 'es2022', strict: true, types: ['node'] }
  await write('wrong/tsconfig.json', JSON.stringify({ compilerOptions, files: ['program.mts'] }))
  const build = run(join(CORE, 'node_modules/.bin/tsc'), ['-p', 'wrong', '--noEmit'], project)
  await expect(build).rejects.toThrow(/'number' is not assignable to type 'string'/)
})

test('it holds one readable module with its map and one declaration file', async () => {
  const folder = join(project, 'node_modules/@chatlayer-tables/core')
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  expect(files.map((file) => file.slice(folder.length + 1)).sort()).toEqual([
    'LICENSE',
    'README.md',
    'dist/index.d.ts',
    'dist/index.js',
    'dist/index.js.map',
    'package.json',
  ])
  const code = await readFile(join(folder, 'dist/index.js'), 'utf8')
  expect(code).toContain('function createClient(')
  expect(code.endsWith('//# sourceMappingURL=index.js.map')).toBe(true)
})

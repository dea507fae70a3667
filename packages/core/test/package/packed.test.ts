/**
 * The artifact, not the source: core and contract are packed, installed into an empty project
 * beside their two dependencies, and used from there in each way that a project may.
 */
import { spawn } from 'node:child_process'
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { afterAll, beforeAll, expect, test } from 'vitest'

const WORKSPACE = fileURLToPath(new URL('../../../../', import.meta.url))
const MOST_UNPACKED_BYTES = 150_000

const PROGRAM = `
const client = createClient({ ...connectionFromEnvironment(process.env) } as never)
const cities = client.table('cities')
await cities.insert({ name: 'Ghent', people: 265086 })
const found = await cities.records({ where: { people: { gt: 100_000 } } }).toArray()
console.log(found.map((record) => String(record.values['name'])).join())
await client.close()
`
const IMPORT = `import { connectionFromEnvironment, createClient } from '@chatlayer-tables/core'\n`
const REQUIRE = `const { connectionFromEnvironment, createClient } = require('@chatlayer-tables/core')\n`

let emulator: Emulator
let project: string

beforeAll(async () => {
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
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'x', private: true }))
  await installTarballs()
}, 120_000)

afterAll(async () => {
  await emulator.close()
  await rm(project, { recursive: true, force: true })
})

/** npm resolves the dependencies from the tarballs alone: nothing is fetched. */
async function installTarballs(): Promise<void> {
  const tarballs = join(project, 'tarballs')
  await mkdir(tarballs)
  const { packageManager } = JSON.parse(await readFile(join(WORKSPACE, 'package.json'), 'utf8'))
  for (const name of ['contract', 'core']) {
    const folder = join(WORKSPACE, 'packages', name)
    await run('npx', ['-y', packageManager, 'pack', '--pack-destination', tarballs], folder)
  }
  const require = createRequire(join(WORKSPACE, 'packages/core/package.json'))
  for (const name of ['undici', 'zod']) {
    const copy = join(project, name)
    await cp(await packageFolder(require.resolve(name)), copy, { recursive: true })
    await run('npm', ['pack', copy, '--ignore-scripts', '--pack-destination', tarballs], project)
    await rm(copy, { recursive: true })
  }
  const files = (await readdir(tarballs)).map((file) => join(tarballs, file))
  await run(
    'npm',
    ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', ...files],
    project,
  )
  const types = dirname(createRequire(import.meta.url).resolve('@types/node/package.json'))
  await mkdir(join(project, 'node_modules/@types'), { recursive: true })
  await symlink(types, join(project, 'node_modules/@types/node'))
  const undiciTypes = createRequire(join(types, 'package.json')).resolve(
    'undici-types/package.json',
  )
  await symlink(dirname(undiciTypes), join(project, 'node_modules/undici-types'))
}

async function packageFolder(file: string): Promise<string> {
  let folder = dirname(file)
  for (;;) {
    const manifest = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '{}')
    if (JSON.parse(manifest).version !== undefined) return folder
    folder = dirname(folder)
  }
}

function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        CHATLAYER_BASE_URL: emulator.url,
        CHATLAYER_TOKEN: emulator.token,
        CHATLAYER_TEAM_ID: emulator.teamId,
        CHATLAYER_BOT_ID: emulator.botId,
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

const JAVASCRIPT = PROGRAM.replace(' as never', '')

test('plain ESM imports it', async () => {
  await write('esm.mjs', IMPORT + JAVASCRIPT)
  await expect(run(process.execPath, ['esm.mjs'], project)).resolves.toContain('Ghent')
})

test('CommonJS requires it', async () => {
  const body = `(async () => {${JAVASCRIPT}})()`
  await write('commonjs.cjs', REQUIRE + body)
  await expect(run(process.execPath, ['commonjs.cjs'], project)).resolves.toContain('Ghent')
})

test.each([
  { module: 'node16', moduleResolution: 'node16' },
  { module: 'nodenext', moduleResolution: 'nodenext' },
  { module: 'esnext', moduleResolution: 'bundler' },
])('TypeScript builds against it with $moduleResolution', { timeout: 60_000 }, async (options) => {
  const name = `ts-${options.moduleResolution}`
  await mkdir(join(project, name), { recursive: true })
  await write(`${name}/program.mts`, IMPORT + PROGRAM)
  await write(
    `${name}/tsconfig.json`,
    JSON.stringify({
      compilerOptions: { ...options, target: 'es2024', strict: true, types: ['node'] },
      files: ['program.mts'],
    }),
  )
  const tsc = join(WORKSPACE, 'node_modules/.bin/tsc')
  await run(tsc, ['-p', `${name}/tsconfig.json`], project)
  await expect(run(process.execPath, [`${name}/program.mjs`], project)).resolves.toContain('Ghent')
})

test('the tarball is small once unpacked', async () => {
  const folder = join(project, 'node_modules/@chatlayer-tables/core')
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  const sizes = await Promise.all(
    files
      .filter((file) => file.isFile())
      .map(async (file) => (await stat(join(file.parentPath, file.name))).size),
  )
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  process.stdout.write(`@chatlayer-tables/core unpacked: ${bytes} bytes\n`)
  expect(bytes).toBeLessThan(MOST_UNPACKED_BYTES)
})

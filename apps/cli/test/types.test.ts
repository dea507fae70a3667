/** `clt types`: its output compiles, and types the tables of the client. */
import { readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, it } from 'vitest'
import { start, startProcess } from './cli.ts'
import { useEmulator } from './fixture.ts'

const COLUMNS = [
  { name: 'code', type: 'text' },
  { name: 'Phone number', type: 'text' },
  { name: 'seats', type: 'int' },
  { name: 'price', type: 'numeric' },
  { name: 'open', type: 'bool' },
  { name: 'since', type: 'timestamp' },
  { name: 'ref', type: 'uuid' },
  { name: 'extra', type: 'jsonb' },
] as const

const { emulator, env, folder } = await useEmulator({
  keep: true,
  tables: [
    { name: 'opening hours', columns: COLUMNS },
    { name: 'opening-hours', columns: [{ name: 'day', type: 'text' }] },
  ],
})

beforeAll(async () => {
  const modules = fileURLToPath(new URL('../node_modules', import.meta.url))
  await symlink(modules, join(folder, 'node_modules'))
  await writeFile(join(folder, 'package.json'), '{"type": "module"}')
})

function types(...args: string[]) {
  const { child, result } = start(['types', ...args], env, folder)
  child.stdin?.end()
  return result
}

const ROW = `{
  code: 'A', 'Phone number': null, seats: 9007199254740993n, price: '12.50', open: true,
  since: '2026-05-01T10:00:00.123456Z', ref: '00000000-0000-0000-0000-000000000001',
  extra: { list: [1, null] },
}`

const CONNECT = `
import { createClient, type TableHandle } from '@chatlayer-tables/core'
const { CHATLAYER_TOKEN: token = '', CHATLAYER_BASE_URL: baseUrl } = process.env
const { CHATLAYER_TEAM_ID: teamId = '', CHATLAYER_BOT_ID: botId = '' } = process.env
await using client = createClient({ token, baseUrl: baseUrl ?? '', teamId, botId })
`

const USE = `${CONNECT}
import { OpeningHours, OpeningHours2 } from './zod.ts'
const hours = client.table('opening hours', OpeningHours)
const row: OpeningHours = ${ROW}
await hours.insert(row)
await hours.insert({ code: 'B', price: '1e3' }, { key: 'code' })
// @ts-expect-error there is no such column
const typo = () => hours.insert({ cod: 'B' })
// @ts-expect-error a text is not a number of seats
const text = () => hours.count({ seats: { gt: 'many' } })
const where = { since: { gt: new Date(0) }, price: { gt: 12, lt: '12.51' }, seats: { gt: 1n } }
const [record] = await hours.records({ where, sort: 'since', select: ['seats', 'since'] }).toArray()
const seats: number | bigint | null | undefined = record?.values.seats
// @ts-expect-error it was not selected
record?.values.code
// @ts-expect-error a number is none of its type
const wrong: OpeningHours['price'] = 12.5
const other: OpeningHours2 = { day: null }
const whole = await hours.records({ where: { 'Phone number': null, ref: { gt: '0' } } }).first()
await client.table('opening-hours').insert(other)
console.log(String(seats), wrong, typeof typo, typeof text, JSON.stringify(whole?.values.extra), whole?.values.since)
`

const USE_TYPES = `${CONNECT}
import type { OpeningHours } from './plain.ts'
const hours = client.table('opening hours') as TableHandle<OpeningHours>
const row: OpeningHours = ${ROW}
await hours.insert(row)
for await (const { values } of hours.records()) {
  const price: string | null = values.price
  console.log(price)
}
`

it('compiles with strict settings, and works with the client', { timeout: 60_000 }, async () => {
  expect(await types('-o', 'zod.ts')).toMatchObject({ code: 0, stdout: '' })
  expect((await types('--no-zod', '-o', 'plain.ts')).stderr).toContain('wrote 2 tables to plain.ts')
  await writeFile(join(folder, 'use.ts'), USE)
  await writeFile(join(folder, 'use-types.ts'), USE_TYPES)
  const typescript = dirname(fileURLToPath(import.meta.resolve('typescript/package.json')))
  const tsc = join(typescript, 'bin', 'tsc')
  const settings = [
    ...['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'],
    ...['--module', 'nodenext', '--target', 'es2024', '--lib', 'es2024,esnext.disposable'],
    ...['--allowImportingTsExtensions', '--erasableSyntaxOnly', '--types', 'node'],
    ...['--verbatimModuleSyntax', '--skipLibCheck'],
  ]
  const compiled = await startProcess(
    process.execPath,
    [tsc, ...settings, 'use.ts', 'use-types.ts'],
    env,
    folder,
  ).result
  expect(compiled.stdout).toBe('')
  expect(compiled.code).toBe(0)
  const ran = await startProcess(process.execPath, ['use.ts'], env, folder).result
  expect(ran.stdout, ran.stderr).toBe(
    '9007199254740993 12.5 function function {"list":[1,null]} 2026-05-01T10:00:00.123456Z\n',
  )
  const plain = await startProcess(process.execPath, ['use-types.ts'], env, folder).result
  expect(plain.stdout, plain.stderr).toBe('12.50\n12.50\n')
  emulator.reset()
})

it('is the same in any order and version', async () => {
  const names = ['opening hours', 'opening-hours@live']
  const { stdout } = await types(...names)
  expect(stdout).toContain('export const OpeningHours2 = ')
  expect((await types(...names.toReversed(), 'opening hours@live')).stdout).toBe(stdout)
  expect((await types()).stdout).toBe(stdout)
  const json = JSON.parse((await types('--json')).stdout)
  expect(json.text).toBe(stdout)
  expect(json.tables[1]).toMatchObject({ name: 'opening-hours', type: 'OpeningHours2' })
})

it('--check reports whether the file is up to date, and how it differs', {
  timeout: 30_000,
}, async () => {
  const check = ['opening hours', '-o', 'checked.ts', '--check']
  expect(await types(...check)).toMatchObject({ code: 1, stdout: '' })
  await types(...check.slice(0, -1))
  expect(await types(...check)).toMatchObject({ code: 0, stderr: 'checked.ts is up to date\n' })
  const file = join(folder, 'checked.ts')
  const fresh = await readFile(file, 'utf8')
  const stale = fresh.replace(
    '  code: z.string().nullable().default(null),',
    '  codes: z.string(),',
  )
  await writeFile(file, stale)
  const { code, stderr } = await types(...check)
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /^-\s+codes: z\.string\(\),\n\+\s+code: z\.string\(\)\.nullable\(\)\.default\(null\),\nerror: checked\.ts is out of date/,
  )
  expect(await readFile(file, 'utf8')).toBe(stale)
  const json = await types(...check, '--json', '-q')
  expect(JSON.parse(json.stdout)).toMatchObject({
    fresh: false,
    diff: [/codes/, /code/].map((text) => expect.stringMatching(text)),
  })
  await rm(file)
  expect(await types('--check')).toMatchObject({ code: 2 })
  expect(await types('nothing')).toMatchObject({ code: 3, stdout: '' })
})

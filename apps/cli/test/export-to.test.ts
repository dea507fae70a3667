/** `clt export --to` and `clt mirror`, with real databases. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, createClient, type Values } from '@chatlayer-tables/core'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { MYSQL_URL, NEEDS_MYSQL } from '@chatlayer-tables/sources/test-mysql'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connectionTo, type Result, run, start } from './cli.ts'
import { openDatabases, type TestDatabase } from './databases.ts'

const folder = await mkdtemp(join(tmpdir(), 'export-to-'))
const databases = await openDatabases(folder)

afterEach(async () => {
  await client.close()
  await server.close()
})

afterAll(() => rm(folder, { recursive: true, force: true }))

const COLUMNS = [
  { name: 'code', type: 'text' },
  { name: 'n', type: 'int' },
  { name: 'price', type: 'numeric' },
  { name: 'open', type: 'bool' },
  { name: 'at', type: 'timestamp' },
  { name: 'ref', type: 'uuid' },
  { name: 'data', type: 'jsonb' },
]

const REF = '6f9619ff-8b86-d011-b42d-00cf4fc964ff'

/** Values at the edges of each type. */
const EDGES: readonly Values[] = [
  { code: '', n: 0, price: '0', open: false, at: '0001-01-01T00:00:00.000Z', data: {} },
  { code: `\\N\t"'\n\r\\x`, n: 2n ** 63n - 1n, price: '12345678901234567890.123456789' },
  { code: '🙂 é ة', n: -(2n ** 63n), price: '-0.000000000000000000000001', open: true },
  { code: 'a ', at: '9999-12-31T23:59:59.999999Z', ref: REF, data: [1, 'é', null, { a: '"\\' }] },
  { code: 'A', data: { big: 12345678901234567890n, deep: [[[[['x']]]]] } },
  { code: null, n: null, price: null, open: null, at: null, ref: null, data: null },
]

let server: Emulator
let client: Client
let env: Record<string, string | undefined>
let count = 0
/** A new name for the table of each test. */
let name: string

beforeEach(async () => {
  name = `t${count++}`
})

async function withRecords(records: readonly Values[]): Promise<void> {
  server = await startEmulator({
    dialect: { timestampFilter: 'camel', nulInText: 'kept' },
    tables: [{ name: 'stores', columns: COLUMNS, records: [] }],
  })
  env = { ...connectionTo(server) }
  const { url: baseUrl, teamId, botId, token } = server
  client = createClient({ baseUrl, teamId, botId, token })
  await stores().insertMany(records)
}

const stores = () => client.table('stores')

/** The ids of the records, in the order of insertion. */
const ids = (): string[] => server.tables.records('stores').map(({ id }) => id)

const many = (length: number): Values[] =>
  Array.from({ length }, (_, index) => ({ code: `c${index}`, n: index, price: `${index}.50` }))

async function write(database: TestDatabase, ...args: string[]): Promise<Result> {
  return await run(['export', 'stores', '--to', database.to(name), ...args], env)
}

/** The counts of the report. */
async function counts(database: TestDatabase, ...args: string[]) {
  const result = await write(database, '--json', ...args)
  expect(result.code, result.stderr).toBe(0)
  const { inserted, updated, unchanged, deleted, read } = JSON.parse(result.stdout)
  return { inserted, updated, unchanged, deleted, read }
}

/** What must be in the database, by id. */
async function expected(database: TestDatabase): Promise<Record<string, string | null>[]> {
  const records = await stores().records().toArray()
  const shown = records.map(({ id, createdAt, updatedAt, values }) => {
    const own = Object.entries(values).map(([column, value]) => [
      column,
      value === null ? null : inForm(database.kind, column, value),
    ])
    return {
      id,
      created_at: micros(createdAt),
      updated_at: micros(updatedAt),
      ...Object.fromEntries(own),
    }
  })
  return shown.sort((a, b) => (a.id < b.id ? -1 : 1))
}

function micros(text: string): string {
  return text.length === 24 ? `${text.slice(0, -1)}000Z` : text
}

function inForm(kind: TestDatabase['kind'], column: string, value: unknown): string {
  if (column === 'open') return kind === 'postgres' ? (value ? 't' : 'f') : value ? '1' : '0'
  if (column === 'at') return micros(String(value))
  if (column === 'data') return sortedJson(JSON.parse(json(value)))
  if (column === 'price' && kind === 'mysql') return plain(String(value))
  return String(value)
}

/** Integers beyond 2^53 as texts: both sides are compared in this form. */
const json = (value: unknown): string =>
  JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `#${each}` : each))

const BIG = /(?<![\d."])(\d{17,})(?![\d."])/g

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, each) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  )
}

/** Without zeros at its end. */
const plain = (text: string): string =>
  text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text

async function found(database: TestDatabase): Promise<Record<string, string | null>[]> {
  const rows = await database.rows(name)
  return rows.map((row) => ({
    ...row,
    ...(row.data != null && { data: sortedJson(JSON.parse(row.data.replace(BIG, '"#$1"'))) }),
    ...(database.kind === 'mysql' && row.price != null && { price: plain(row.price) }),
  }))
}

async function expectEqual(database: TestDatabase): Promise<void> {
  expect(await found(database)).toEqual(await expected(database))
}

describe.each(databases.map((database) => [database.kind, database] as const))('%s', (_, to) => {
  it('gets a table with every value, and later only the differences', async () => {
    await withRecords(EDGES)
    expect(await counts(to)).toMatchObject({ inserted: 6, updated: 0, unchanged: 0, deleted: 0 })
    await expectEqual(to)
    expect(await counts(to, '--delete', '--yes')).toMatchObject({ unchanged: 6, updated: 0 })
    const table = `"${name}"`
    await to.run(`update ${table} set code = 'A ' where code = 'A'`)
    await to.run(`update ${table} set code = 'a' where code = 'a '`)
    await to.run(`delete from ${table} where n = 0`)
    await to.run(`insert into ${table} (id, code) values ('x', 'mine')`)
    await to.run(`alter table ${table} add column mine varchar(20)`)
    await to.run(`update ${table} set mine = 'kept'`)
    const dry = await counts(to, '--delete', '--dry-run')
    expect(dry).toMatchObject({ inserted: 1, updated: 2, unchanged: 3, deleted: 1 })
    expect(await counts(to)).toMatchObject({ inserted: 1, updated: 2, unchanged: 3, deleted: 0 })
    expect(await counts(to, '--delete', '--yes')).toMatchObject({ unchanged: 6, deleted: 1 })
    const rows = await to.rows(name)
    expect(rows.filter(({ mine }) => mine === 'kept')).toHaveLength(5)
    await to.run(`alter table ${table} drop column mine`)
    await expectEqual(to)
  })

  it('keeps its rows when the bot has none, unless that is said', async () => {
    await withRecords(EDGES)
    await counts(to)
    await stores().deleteById(ids())
    const refused = await write(to, '--delete', '--yes')
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('--allow-empty')
    expect(await to.rows(name)).toHaveLength(6)
    expect((await write(to, '--delete')).stderr).toContain('--yes')
    const emptied = await counts(to, '--delete', '--yes', '--allow-empty')
    expect(emptied).toMatchObject({ deleted: 6 })
  })

  it('appends rows', async () => {
    await withRecords(EDGES)
    await counts(to, '--append')
    expect(await counts(to, '--append')).toMatchObject({ inserted: 6, unchanged: 0 })
    expect(await to.rows(name)).toHaveLength(12)
    const upsert = await write(to)
    expect(upsert.code).toBe(2)
    expect(upsert.stderr).toContain('its column "id" is not unique')
    expect((await write(to, '--append', '--delete', '--yes')).code).toBe(2)
  })

  it('names everything that is wrong with its table, before anything is read', async () => {
    await withRecords(EDGES)
    const text = 'varchar(60)'
    await to.run(
      `create table "${name}" (id ${text} not null, code ${text} not null, n ${text}, price real, open ${text}, extra ${text} not null)`,
    )
    const before = server.requests.counts.total
    const { code, stderr } = await write(to)
    expect(code).toBe(2)
    for (const part of [
      /its column "id" is not unique/,
      /its column "code" \(.*\) is not null, but values may be/,
      /its column "price" \(.*\) cannot hold every numeric exactly/,
      /its column "open" \(.*\) cannot hold every bool exactly/,
      /it has no column "created_at", "updated_at", "at", "ref", "data"/,
      /its column "extra" needs a value/,
      /Pass --add-columns, or run: alter table .*"?`?data/,
    ]) {
      expect(stderr).toMatch(part)
    }
    expect(server.requests.counts.total - before).toBe(1)
  })

  it('gets missing columns, if that is said', async () => {
    await withRecords(EDGES)
    await counts(to)
    await to.run(`alter table "${name}" drop column data`)
    expect((await write(to)).code).toBe(2)
    expect(await counts(to, '--add-columns')).toMatchObject({ updated: 3, unchanged: 3 })
    await expectEqual(to)
  })

  it('gets nothing when one value does not fit', async () => {
    await withRecords(EDGES)
    const [unfit] = server.tables.insert('stores', [{ code: 'a\0', price: `${'9'.repeat(40)}.5` }])
    const { code, stderr } = await write(to)
    expect(code).toBe(2)
    const column = to.kind === 'mysql' ? 'price' : 'code'
    expect(stderr).toContain(`the record ${unfit} cannot be written to `)
    expect(stderr).toContain(`its value of "${column}" does not fit`)
    await expect(to.rows(name)).rejects.toThrow()
  })

  it('gets nothing when it rejects a record, which the error names', async () => {
    await withRecords(many(300))
    await counts(to, '--limit', '200')
    const [, changed] = ids()
    // Not null, check and unique; a row of its own has the value of a new record.
    await to.run(`delete from "${name}" where n = 150`)
    await to.run(`alter table "${name}" add column fits int default 1 check (code <> 'bad')`)
    await to.run(`create unique index "${name}_price" on "${name}" (price)`)
    const [twin] = server.tables.insert('stores', [{ code: 'twin', price: '150.50' }] as never)
    const before = await to.rows(name)
    const unique = await write(to, '--delete', '--yes')
    expect([unique.code, unique.stderr]).toEqual([
      5,
      expect.stringMatching(new RegExp(`; it rejects the record ${twin}\n`)),
    ])
    expect(unique.stderr).toContain('hint: Nothing was written. Change the values, or the table')
    await stores().updateOne(changed ?? '', { code: 'bad' })
    const [worse] = server.tables.insert('stores', [{ code: 'bad' }] as never)
    const both = await write(to)
    expect(both.stderr).toContain('; it rejects the records ')
    for (const id of [changed, twin, worse]) expect(both.stderr).toContain(id)
    expect(both.stderr).not.toContain('150.50')
    expect(await to.rows(name)).toEqual(before)
  })

  it('gets only changes since the last run, in few requests', async () => {
    await withRecords([])
    // All in one instant.
    server.tables.insert('stores', many(1_500) as never)
    const since = ['--since', 'last', '--delete', '--yes']
    expect(await counts(to, ...since)).toMatchObject({ read: 'all', inserted: 1_500 })
    const [first, second, third] = ids()
    // Records of one instant are too many to be read again: one is written later.
    await waitMs(1_100)
    await stores().updateOne(first ?? '', { code: 'changed' })
    await counts(to, ...since)
    await counts(to, ...since)
    const before = server.requests.counts.total
    expect(await counts(to, ...since)).toMatchObject({ read: 'changes', inserted: 0, updated: 0 })
    expect(server.requests.counts.total - before).toBeLessThanOrEqual(4)
    await stores().updateOne(second ?? '', { code: 'changed too' })
    server.tables.insert('stores', [{ code: 'new' }] as never)
    expect(await counts(to, ...since)).toMatchObject({ read: 'changes', inserted: 1, updated: 1 })
    await stores().deleteOne(third ?? '')
    expect(await counts(to, ...since)).toMatchObject({ read: 'all', deleted: 1 })
    await expectEqual(to)
    await to.run(`update "${name}" set code = 'x' where n = 9`)
    await to.run(`delete from "${name}" where n = 8`)
    expect(await counts(to, ...since)).toMatchObject({ read: 'all', inserted: 1, updated: 1 })
    await to.run(`drop table "${name}"`)
    expect(await counts(to, ...since)).toMatchObject({ read: 'all', inserted: 1_500 })
    await expectEqual(to)
  }, 60_000)

  it('is as before or as it should be after a kill at any moment', async () => {
    await withRecords(many(800))
    await counts(to, '--limit', '100')
    const args = ['export', 'stores', '--to', to.to(name), '--delete', '--yes']
    for (const delay of [350, 500, 700]) {
      const { child, result } = start(args, env)
      await waitMs(delay)
      child.kill('SIGKILL')
      await result
      expect([100, 800]).toContain((await to.rows(name)).length)
    }
    expect((await run(args, env)).code).toBe(0)
    await expectEqual(to)
  }, 60_000)

  it('has its turn among exports to the same table', async () => {
    await withRecords(many(800))
    const args = ['export', 'stores', '--to', to.to(name), '--json']
    const all = await Promise.all([run(args, env), run(args, env), run(args, env)])
    expect(all.map(({ code, stderr }) => [code, stderr])).toEqual(
      all.map(({ stderr }) => [0, stderr]),
    )
    const inserted = all.map(({ stdout }) => JSON.parse(stdout).inserted)
    expect(inserted.sort((a, b) => a - b)).toEqual([0, 0, 800])
  })

  it('is mirrored until the mirror is interrupted', async () => {
    await withRecords(many(20))
    const args = ['mirror', 'stores', '--to', to.to(name), '--every', '200ms', '--json']
    const { child, result } = start(args, env)
    await until(async () => (await to.rows(name).catch(() => [])).length === 20)
    server.tables.insert('stores', [{ code: 'new' }] as never)
    await until(async () => (await to.rows(name)).length === 21)
    const [first] = ids()
    await stores().deleteOne(first ?? '')
    await until(async () => (await to.rows(name)).length === 20)
    child.kill('SIGTERM')
    const { code, stdout } = await result
    expect(code).toBe(130)
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(events.map(({ inserted, deleted }) => [inserted, deleted])).toEqual([
      [20, 0],
      [1, 0],
      [0, 1],
    ])
    await expectEqual(to)
  }, 60_000)
})

it.skipIf(MYSQL_URL === undefined)(`was tried with MySQL or MariaDB (${NEEDS_MYSQL})`, () => {
  expect(databases.map(({ kind }) => kind)).toContain('mysql')
})

it('is refused where it has no meaning', async () => {
  await withRecords([])
  const [to] = databases
  for (const [args, message] of [
    [['--sort', 'code'], '--sort cannot be combined with --to'],
    [['-o', 'x.csv'], '--output cannot be combined with --to'],
    [['--delete', '--yes', '--where', 'n > 1'], '--delete cannot be combined with --where'],
    [['--since', 'last', '--limit', '5'], '--since cannot be combined with --limit'],
  ] as const) {
    const { code, stderr } = await write(to!, ...args)
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  }
  const file = await run(['export', 'stores', '--delete'], env)
  expect([file.code, file.stderr]).toEqual([2, expect.stringContaining('--delete needs --to')])
})

const waitMs = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await waitMs(50)
}

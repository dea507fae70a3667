/**
 * Syncs from SQLite and MySQL that change meanwhile, killed and resumed. `CLT_TEST_ROWS` sets how many rows are
 * synced (default: 1000).
 */
import { DatabaseSync } from 'node:sqlite'
import { MYSQL_URL, makeMysqlDatabase, NEEDS_MYSQL } from '@chatlayer-tables/sources/test-mysql'
import { expect, test } from 'vitest'
import { type Env, reportOf, run, start } from './cli.ts'
import { useEmulator } from './fixture.ts'

const ROWS = Number(process.env.CLT_TEST_ROWS ?? 1000)

const { emulator, env, folder } = await useEmulator({
  tables: [
    {
      name: 'stores',
      columns: [
        { name: 'code', type: 'text' },
        { name: 'name', type: 'text' },
        { name: 'visits', type: 'int' },
        { name: 'price', type: 'numeric' },
        { name: 'open', type: 'bool' },
        { name: 'ref', type: 'uuid' },
        { name: 'opened', type: 'timestamp' },
        { name: 'hours', type: 'jsonb' },
      ],
      records: [{ code: 'gone', name: 'is not in the database' }],
    },
  ],
})

/** One row in SQL, and as the table has it. */
function row(index: number) {
  const code = String(index).padStart(7, '0')
  const name = index % 7 === 0 ? null : `Store ${index}\n"é😀"`
  const visits = 9007199254740993n + BigInt(index)
  const price = `${index}.${String(index % 100).padStart(2, '0')}`
  const open = index % 2 === 0
  const ref = `6f9619ff-8b86-d011-b42d-0000${index.toString(16).padStart(8, '0')}`
  const second = String(index % 60).padStart(2, '0')
  const opened = `2024-01-31 09:30:${second}.123456`
  const hours = `{"a": [1.5, null], "n": ${index}}`
  const text = (value: string | null) => (value === null ? 'null' : `'${value}'`)
  const [shown, ...others] = [text(code), text(name), visits, price]
  return {
    sql: `(${[shown, ...others, open ? 1 : 0, text(ref), text(opened), text(hours)].join(', ')})`,
    record: {
      code,
      name,
      visits: String(visits),
      price: Number(price),
      open,
      ref,
      opened: `2024-01-31T09:30:${second}.123456Z`,
      hours: `{"a":[1.5,null],"n":${index}}`,
    },
  }
}

const EXPECTED = Array.from({ length: ROWS }, (_, index) => row(index).record)

interface Database extends AsyncDisposable {
  readonly address: string
  readonly env?: Env
  run(sql: string): Promise<unknown> | unknown
}

/** Statements that fill the table `stores`. */
function* inserts(): Generator<string> {
  for (let from = 0; from < ROWS; from += 1000) {
    const rows = Array.from({ length: Math.min(1000, ROWS - from) }, (_, at) => row(from + at).sql)
    yield `insert into stores values ${rows.join(',')}`
  }
}

async function sqlite(): Promise<Database> {
  const path = `${folder}/shop.db`
  const database = new DatabaseSync(path)
  database.exec(`pragma journal_mode = wal; create table stores (code text primary key, name text, visits bigint,
    price decimal, open boolean, ref uuid, opened datetime, hours json)`)
  return {
    address: `sqlite:${path}#stores`,
    run: (sql) => database.exec(sql),
    [Symbol.asyncDispose]: async () => database.close(),
  }
}

async function mysql(): Promise<Database> {
  const database = await makeMysqlDatabase()
  await database.run(`create table stores (code varchar(10) primary key, name text, visits bigint,
    price decimal(20,2), open tinyint(1), ref char(36), opened datetime(6), hours json)`)
  return {
    address: `${database.url}#stores`,
    env: database.password,
    run: (sql) => database.run(sql),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  }
}

/** The records of the table, in the order of their key. */
function records(): unknown[] {
  return emulator.tables
    .records('stores')
    .map(({ values }) => {
      const { visits, price, hours, ...others } = values as Record<string, unknown>
      const json = JSON.stringify(hours)
      const code = String(others.code)
      return { ...others, code, visits: String(visits), price: Number(price), hours: json }
    })
    .toSorted((a, b) => (a.code < b.code ? -1 : 1))
}

async function written(count: number): Promise<void> {
  await expect.poll(() => emulator.tables.count('stores'), { interval: 5 }).toBeGreaterThan(count)
}

async function syncWithKills(database: Database): Promise<void> {
  const settings = { ...env, ...database.env }
  for (const sql of inserts()) await database.run(sql)
  const args = ['sync', database.address, 'stores', '--key', 'code', '--delete', '--yes', '--json']
  const first = start(args, settings)
  await written(ROWS / 10)
  // The job reads what it began with.
  await database.run("update stores set name = 'changed', visits = 0")
  await database.run("delete from stores where code > '0000100'")
  first.child.kill('SIGKILL')
  await first.result
  const [job] = JSON.parse((await run(['jobs', 'list', '--json'], settings)).stdout)
  for (const part of [0.5]) {
    const again = start(['jobs', 'resume', job.id], settings)
    await written(ROWS * part)
    again.child.kill('SIGKILL')
    await again.result
  }
  const last = await run(['jobs', 'resume', job.id, '--json'], settings)
  expect(last.code, last.stderr).toBe(0)
  expect(reportOf(last.stdout)).toMatchObject({ finished: true })
  expect(records()).toEqual(EXPECTED)
}

test('a sync from SQLite', { timeout: 600_000 }, async () => {
  await using database = await sqlite()
  await syncWithKills(database)
})

test.skipIf(MYSQL_URL === undefined)(
  `a sync from MySQL or MariaDB (${NEEDS_MYSQL})`,
  { timeout: 600_000 },
  async () => {
    await using database = await mysql()
    await syncWithKills(database)
  },
)

/** None of the hostile texts gets anywhere. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SqlError, SqlLimitError } from '../src/index.ts'
import { OUT, REFUSED, STOPPED } from './hostile-texts.ts'
import { type Setting, setUp } from './setting.ts'

let setting: Setting
let before: string

beforeAll(async () => {
  const columns = [
    { name: 'city', type: 'text' },
    { name: 'size', type: 'int' },
  ]
  const records = Array.from({ length: 300 }, (_, size) => ({ city: 'Ghent', size }))
  setting = await setUp({ tables: [{ name: 'stores', columns, records }] }, { maxMemory: 64e6 })
  await setting.mirrors.query('select count(*) from stores, live.stores', setting.ask)
  before = content()
})

afterAll(async () => {
  expect(content(), 'a mirror was changed').toBe(before)
  expect(await count(), 'the mirror returns records').toBe(300)
  await setting[Symbol.asyncDispose]()
})

function run(sql: string, timeMs = 150) {
  const { mirrors, ask } = setting
  return mirrors.query(sql, { ...ask, fresh: 'never', limits: { timeMs } })
}

async function count(): Promise<unknown> {
  return (await run('select count(*) from stores', 30_000)).rows[0]?.[0]
}

/** The content of every file with tables, without SQLite's files for readers. */
function content(): string {
  const names = readdirSync(setting.folder, { recursive: true, encoding: 'utf8' }).sort()
  const hash = createHash('sha256')
  for (const name of names.filter((path) => /\.(db|json|db-wal)$/.test(path))) {
    hash.update(name).update(readFileSync(join(setting.folder, name)))
  }
  return hash.digest('hex')
}

test('there are many of them', () => {
  expect(REFUSED.length + STOPPED.length).toBeGreaterThan(100)
})

describe('refused', () => {
  test.each(REFUSED.map((sql) => [sql.slice(0, 90), sql]))('%s', async (_, sql) => {
    const outcome = await run(sql, 5_000).then(
      () => 'it was run',
      (error: unknown) => error,
    )
    expect(outcome).toSatisfy(
      (error) =>
        error instanceof SqlError || (error instanceof SqlLimitError && error.limit === 'size'),
    )
    expect(existsSync(OUT)).toBe(false)
  })
})

describe('stopped', () => {
  test.each(STOPPED.map((sql) => [sql.slice(0, 90), sql]))('%s', async (_, sql) => {
    await expect(run(sql)).rejects.toBeInstanceOf(SqlLimitError)
  })
})

test('a result is cut at its limits', async () => {
  const { mirrors, ask } = setting
  const endless = 'with recursive c(n) as (select 1 union all select n + 1 from c) select n from c'
  const limits = { maxRows: 2_500, timeMs: 30_000 }
  const many = await mirrors.query(endless, { ...ask, fresh: 'never', limits })
  expect([many.rows.length, many.truncated]).toEqual([2_500, 'rows'])
  const wide = 'select hex(zeroblob(1000)) from stores'
  const short = { maxBytes: 10_000, timeMs: 30_000 }
  const few = await mirrors.query(wide, { ...ask, fresh: 'never', limits: short })
  expect([few.rows.length, few.truncated]).toEqual([4, 'bytes'])
})

test('a query is stopped when its caller gives up', async () => {
  const { mirrors, ask } = setting
  const reason = new Error('enough')
  const sql =
    'with recursive c(n) as (select 1 union all select n + 1 from c) select count(*) from c'
  const controller = new AbortController()
  const running = mirrors.query(sql, { ...ask, fresh: 'never', signal: controller.signal })
  setTimeout(() => controller.abort(reason), 100)
  await expect(running).rejects.toBe(reason)
})

/** Texts that would do anything but read tables, or would never end. None gets anywhere. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SqlError, SqlLimitError } from '../src/index.ts'
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

const OUT = '/tmp/mirror-test-written'

/** Refused before anything runs. */
const REFUSED: readonly string[] = [
  // Writing
  'delete from stores',
  "insert into stores (id) values ('x')",
  "replace into stores (id) values ('x')",
  "update stores set city = 'x'",
  "insert into stores (id) values ('x') on conflict do nothing returning *",
  'drop table stores',
  'alter table stores rename to gone',
  'create table t (a)',
  'create temp table t as select * from stores',
  'create view v as select * from stores',
  'create trigger t after insert on stores begin delete from stores; end',
  'create index i on stores (city)',
  'create virtual table t using fts5 (a)',
  'create virtual table temp.t using dbstat',
  'with x as (select 1) delete from stores',
  "with x as (select 1) insert into stores (id) select 'x' from x",
  "with x as (select 1) update stores set city = 'y'",
  'explain delete from stores',
  'explain query plan drop table stores',
  'reindex',
  'analyze',
  'vacuum',
  `vacuum into '${OUT}'`,
  'begin',
  'begin immediate; delete from stores; commit',
  'savepoint s',
  'rollback',
  // Reaching out
  `attach '${OUT}' as other`,
  `attach database 'file:${OUT}?mode=rwc' as other`,
  'detach draft',
  'pragma journal_mode = delete',
  'pragma writable_schema = on',
  'pragma query_only = off',
  'pragma temp_store_directory = "/tmp"',
  'pragma draft.user_version = 7',
  'explain pragma user_version',
  "select * from pragma_table_info('stores')",
  "select * from pragma_journal_mode('delete')",
  'select * from pragma_database_list',
  'select * from pragma_function_list, stores',
  "select load_extension('/tmp/x.so')",
  "select load_extension('/tmp/x.so', 'init') from stores",
  "select readfile('/etc/passwd')",
  `select writefile('${OUT}', 'x')`,
  "select edit('x', 'sh')",
  "select fts3_tokenizer('simple')",
  "select fts3_tokenizer('simple', x'4141414141414141')",
  "select * from fts3tokenize('simple', 'a b')",
  'select * from dbstat',
  "select * from sqlite_dbpage('main')",
  'select sqlite_log(1, 2)',
  "select rtreecheck('stores')",
  'select optimize(stores) from stores',
  // Looking where nothing is shown
  'select * from sqlite_master',
  'select count(*) from draft.sqlite_schema',
  'select * from sqlite_temp_schema',
  'select count(*) from sqlite_schema',
  'select * from draft.__mirror_tables',
  'select count(*) from __mirror_tables',
  'select exists (select 1 from __mirror_stages)',
  'select (select state from "draft"."__mirror_tables")',
  'select * from main.stores',
  'with x as (select * from sqlite_master) select count(*) from x',
  'select * from stores where city in (select sql from sqlite_master)',
  'select * from stores union select type, name, tbl_name, sql, 5 from sqlite_master',
  'select city from stores order by (select state from __mirror_tables)',
  'select * from stores join json_each((select sql from sqlite_schema)) on true',
  // More than one, or none
  'select 1; select 2',
  'select 1; delete from stores',
  "select ';'; /* */ drop table stores",
  'select 1 /* ; */; -- ;\n delete from stores',
  "select 1;;attach 'x' as y;",
  '',
  '-- nothing',
  '/* never closed',
  "select 'never closed",
  'select "never closed',
  'select 1\0; delete from stores',
  // What no parser should fall over
  `select ${'('.repeat(5_000)}1${')'.repeat(5_000)}`,
  `select ${'-'.repeat(1)}${'~'.repeat(20_000)}1`,
  `select 1${' + 1'.repeat(5_000)}`,
  Array(1_000).fill('select 1').join(' union all '),
  `select ${Array(5_000).fill('1').join(',')}`,
  `select '${'x'.repeat(400_000)}'`,
  `select ?99999999`,
  'select :missing',
]

/** Begun, and stopped by one limit or another. */
const STOPPED: readonly string[] = [
  'with recursive c(n) as (select 1 union all select n + 1 from c) select count(*) from c',
  'with recursive c(n) as (values (1) union all select n from c) select n from c where n > 1',
  'with recursive c(n) as (select 1 union select n + 1 from c) select max(n) from c',
  'select count(*) from stores a, stores b, stores c, stores d',
  'select a.city from stores a, stores b, stores c, stores d order by a.size * b.size * d.size',
  'select max(a.city || b.city || c.city) from stores a, stores b, stores c, stores d',
  "select count(*) from stores a join stores b on a.city like '%' || b.city || '%' join stores c join stores d",
  `select count(*) from stores a, stores b, stores c where a.id || b.id || c.id || '${'a'.repeat(9_000)}' like '${'%a'.repeat(4_000)}%!'`,
  `select count(*) from stores a, stores b, stores c where a.id || b.id || c.id || '${'a'.repeat(9_000)}' glob '${'*a'.repeat(4_000)}*!'`,
  'select randomblob(2000000000)',
  'select zeroblob(2000000000)',
  'select length(hex(zeroblob(1000000000)))',
  "select printf('%2000000000d', 1)",
  "select format('%.*c', 1000000000, 'x')",
  "select replace(hex(zeroblob(30000000)), '0', hex(zeroblob(1000)))",
  'with recursive c(b) as (select zeroblob(5000000) union all select zeroblob(5000000) from c) select count(*) from (select b from c order by random())',
  'with recursive c(n, b) as (select 1, randomblob(1000000) union all select n + 1, randomblob(1000000) from c) select * from c order by b',
  "with recursive c(s) as (select 'x' union all select s || s from c) select max(length(s)) from c",
  'select group_concat(hex(randomblob(1000))) from stores a, stores b, stores c',
  'select json_group_array(hex(randomblob(1000))) from stores a, stores b, stores c',
  'select string_agg(a.id, b.id) over () from stores a, stores b, stores c',
  'select distinct randomblob(10000) from stores a, stores b, stores c',
  'select count(distinct hex(randomblob(5000))) from stores a, stores b, stores c',
  "select json_array_length('[' || replace(hex(zeroblob(20000000)), '00', '1,') || '1]') from stores a, stores b",
]

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

import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { failureOf, open, readRows, readText } from './read-side.ts'

let folder: string
let count = 0

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'chatlayer-sqlite-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A new database made by `sql`; its path. */
function made(sql: string): string {
  count += 1
  const path = join(folder, `db-${count}.sqlite`)
  const database = new DatabaseSync(path)
  database.exec(sql)
  database.close()
  return path
}

/** Replaces the rows of the table `t`. */
function fill(path: string, rows: readonly (readonly [number | bigint, string | number])[]): void {
  const database = new DatabaseSync(path)
  database.exec('pragma synchronous = off; begin; delete from t')
  const insert = database.prepare('insert into t values (?, ?)')
  for (const row of rows) insert.run(...row)
  database.exec('commit')
  database.close()
}

it.each([
  ['', 1],
  [' ', 1],
  ['\u00a0\t', 1],
])('a table with a column named %j is refused, which no header can name', async (name, place) => {
  const path = made(`create table t ("${name}" text, b int); insert into t values ('x', 1)`)
  const error = await failureOf(readText(`sqlite:${path}#t`))
  expect(error).toContain(`t has columns with a blank name: column ${place} `)
  const query = `select b, "${name}" as remark from t`
  expect((await readText(`sqlite:${path}`, { query })).text).toBe('{"b":1,"remark":"x"}\n')
})

describe('types', () => {
  it('are those of the declared types, and the values keep every digit', async () => {
    const path = made(`
      create table stores (id integer primary key, big bigint, code varchar(5), name text,
        price decimal(10,2), rate real, open boolean, ref uuid, hours json, opened date,
        changed datetime, at time, any, photo blob);
      insert into stores values (1, 9223372036854775807, '00501', 'Ghent ' || char(10) || '"x"',
        12.50, 0.1, 1, '6f9619ff-8b86-d011-b42d-00c04fc964ff', '{"a": [1.10, 12345678901234567890],
        "b": null}', '2024-01-31', '2024-01-31 09:30:00.123456', '09:30', 'x', null);
      insert into stores (id, open) values (2, 0)`)
    const { columns, text } = await readText(`sqlite:${path}#stores`)
    expect(columns).toEqual({
      id: 'int',
      big: 'int',
      code: 'text',
      name: 'text',
      price: 'numeric',
      rate: 'numeric',
      open: 'bool',
      ref: 'uuid',
      hours: 'jsonb',
      opened: 'timestamp',
      changed: 'timestamp',
      at: 'text',
      any: undefined,
      photo: undefined,
    })
    expect(text.split('\n')[0]).toContain('"hours":{"a": [1.10, 12345678901234567890],')
    const [first, second] = await readRows(`sqlite:${path}#stores`)
    expect(first?.slice(0, 7)).toEqual([
      1,
      9223372036854775807n,
      '00501',
      'Ghent \n"x"',
      12.5,
      0.1,
      true,
    ])
    expect(second?.slice(0, 7)).toEqual([2, null, null, null, null, null, false])
    const texts = await readRows(`sqlite:${path}#stores`, {}, { open: 'int', opened: 'text' })
    expect([texts[0]?.[6], texts[0]?.[9]]).toEqual([1, '2024-01-31'])
  })

  it('a value is read by its own type, whatever the column declares', async () => {
    const path = made(`create table t (id integer, n integer, d date, x text);
      insert into t values (1, 'seven', 1706693400, x'00'), (2, 7.5, 'soon', 3)`)
    const { text } = await readText(`sqlite:${path}`, { query: 'select id, n, d from t' })
    expect(text).toBe('{"id":1,"n":"seven","d":1706693400}\n{"id":2,"n":7.5,"d":"soon"}\n')
    await expect(readText(`sqlite:${path}#t`)).rejects.toThrow('"x" of row 1 is bytes')
    await expect(readRows(`sqlite:${path}`, { query: 'select n from t' })).rejects.toThrow(
      'n: "seven" is not a whole number',
    )
  })

  it('what cannot be kept is an error with its column and row', async () => {
    const path = made(`create table t (id integer, n real, j json, s text);
      insert into t values (1, 1, '1', 'a'), (2, 9e999, '{x', cast(x'61ff' as text))`)
    const query = (column: string) =>
      readText(`sqlite:${path}`, { query: `select id, ${column} from t order by id` })
    await expect(query('n')).rejects.toThrow('"n" of row 2 is infinite')
    await expect(query('j')).rejects.toThrow('"j" of row 2 is not JSON')
    await expect(query('s')).rejects.toThrow('"s" of row 2 is not valid UTF-8')
    await expect(
      readRows(`sqlite:${path}`, { query: "select 'a' || char(0) as c" }),
    ).rejects.toThrow('NUL')
    expect((await query('cast(j as text) as j')).text).toContain('"j":"{x"')
  })

  it.each(['UTF-8', 'UTF-16le', 'UTF-16be'])('%s keeps every text', async (encoding) => {
    const path = made(`pragma encoding = '${encoding}'; create table t (id integer, s text)`)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'binary' }), { maxLength: 20 }),
        async (texts) => {
          const usable = texts.filter((text) => !text.includes('\0'))
          fill(path, [...usable.entries()])
          const rows = await readRows(`sqlite:${path}#t`)
          expect(rows).toEqual(usable.map((text, index) => [index, text]))
        },
      ),
      { numRuns: 30 },
    )
  })

  it('every number is the same when it is read', async () => {
    const path = made('create table t (i integer, r real)')
    const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    const real = fc.double({ noNaN: true, noDefaultInfinity: true })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(int64, real), { minLength: 1 }), async (values) => {
        fill(path, values)
        const rows = await readRows(`sqlite:${path}#t`)
        const read = rows.map(([int, number]) => [BigInt(String(int)), Number(number) + 0])
        expect(read).toEqual(values.map(([int, number]) => [int, number + 0]))
      }),
      { numRuns: 30 },
    )
  })
})

describe('tables and queries', () => {
  const sql = `create table stores (id integer primary key, name text, loud text as (upper(name)));
    create view open_stores as select * from stores where id > 1;
    create table "Odd.Name #1" (a);
    insert into stores (name) values ('b'), ('a'), ('c')`

  it('reads views, generated columns and odd names', async () => {
    const path = made(sql)
    expect(await readRows(`sqlite:${path}#STORES`)).toContainEqual([1, 'b', 'B'])
    expect(await readRows(`sqlite:${path}#open_stores`)).toHaveLength(2)
    expect((await readText(`sqlite:${path}#"Odd.Name%20%231"`)).text).toBe('')
    expect((await readText(`sqlite:${path}#main.stores`)).name).toBe(`sqlite:${path}#stores`)
  })

  it.each([
    ['select name from stores order by name;', '{"name":"a"}\n{"name":"b"}\n{"name":"c"}\n'],
    ['with x(n) as (values (1), (2)) select n from x -- and', '{"n":1}\n{"n":2}\n'],
    ["values ('a')", '{"column1":"a"}\n'],
    ['select \'?\' as "a?"', '{"a?":"?"}\n'],
    ['select name from stores where id > 9', ''],
  ])('%s', async (query, text) => {
    expect((await readText(`sqlite:${made(sql)}`, { query })).text).toBe(text)
  })

  it.each([
    ['select 1; select 2', 'not valid'],
    ['select 1; drop table stores', 'not valid'],
    ["insert into stores (name) values ('d') returning id", 'not valid'],
    ['delete from stores', 'has no columns'],
    ["attach ':memory:' as other", 'has no columns'],
    ['select * from shops', 'no such table: shops'],
    ['select id, id from stores', 'several columns named "id"'],
    ["select 1 as ''", 'without a name: column 1'],
    ['select * from stores where id = ?', 'has parameters'],
    ['', 'has no columns'],
    ['-- nothing', 'has no columns'],
  ])('does not run %s', async (query, message) => {
    const path = made(sql)
    expect(await failureOf(open(`sqlite:${path}`, { query }))).toContain(message)
    expect(await readRows(`sqlite:${path}#stores`)).toHaveLength(3)
  })

  it('names the tables that there are', async () => {
    const path = made(sql)
    expect(await failureOf(open(`sqlite:${path}`))).toContain(
      'Tables: "Odd.Name #1", open_stores, stores.',
    )
    expect(await failureOf(open(`sqlite:${path}#store`))).toContain('Did you mean #stores?')
  })

  it('is one snapshot', async () => {
    const path = made(`pragma journal_mode = wal; create table t (n integer);
      insert into t with s(n) as (select 1 union all select n + 1 from s where n < 20000) select n from s`)
    await using side = await open(`sqlite:${path}#t`)
    await using reading = await side.read()
    const database = new DatabaseSync(path)
    database.exec('delete from t; insert into t values (0)')
    let text = ''
    for await (const chunk of reading.bytes()) text += Buffer.from(chunk).toString()
    database.close()
    expect(text.split('\n')).toHaveLength(20_001)
    expect(text.endsWith('{"n":20000}\n')).toBe(true)
  })

  it('gives other work its turn, and stops when it is aborted', async () => {
    const query = 'with s(n) as (select 1 union all select n + 1 from s) select n from s'
    await using side = await open(`sqlite:${made('create table t (n)')}`, { query })
    const stop = new AbortController()
    await using reading = await side.read({ signal: stop.signal })
    setTimeout(() => stop.abort())
    const readAll = async () => {
      for await (const _chunk of reading.bytes());
    }
    await expect(readAll()).rejects.toThrow('aborted')
  })
})

describe('files that cannot be read', () => {
  it.each([
    ['', 'there is no such file'],
    ['folder', 'it is a folder'],
  ])('%s', async (kind, message) => {
    const path = kind === 'folder' ? folder : join(folder, 'none.db')
    expect(await failureOf(open(`sqlite:${path}#t`))).toContain(message)
  })

  it('another kind of file, an empty one and half of one', async () => {
    const text = join(folder, 'text.db')
    writeFileSync(text, 'name,city\n'.repeat(1000))
    expect(await failureOf(open(`sqlite:${text}#t`))).toContain('is not an SQLite database')
    writeFileSync(text, '')
    expect(await failureOf(open(`sqlite:${text}#t`))).toContain('is empty')
  })

  it('one that another program writes to', async () => {
    const path = made('create table t (n)')
    const writer = new DatabaseSync(path)
    writer.exec('begin exclusive')
    expect(await failureOf(open(`sqlite:${path}#t`))).toContain('is locked by another program')
    writer.exec('rollback')
    writer.close()
  })

  it('one with a log in a folder that cannot be written', async () => {
    const path = made('pragma journal_mode = wal; create table t (n); insert into t values (7)')
    const alone = mkdtempSync(join(tmpdir(), 'chatlayer-read-only-'))
    try {
      const file = join(alone, 'shop.db')
      copyFileSync(path, file)
      chmodSync(file, 0o444)
      chmodSync(alone, 0o555)
      // Root could write anywhere.
      if (process.getuid?.() === 0) process.seteuid?.(65_534)
      const { text, notes } = await readText(`sqlite:${file}#t`)
      expect([text, notes]).toEqual(['{"n":7}\n', [expect.stringContaining('read-only')]])
    } finally {
      if (process.getuid?.() === 0) process.seteuid?.(0)
      chmodSync(alone, 0o755)
      rmSync(alone, { recursive: true })
    }
  })
})

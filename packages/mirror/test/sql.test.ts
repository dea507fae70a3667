/** Queries over mirrors: names, types, parameters, files, profiles, errors. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AttachedRows, openMirrors, type QueryOptions, SqlError } from '../src/index.ts'
import { connect, type Setting, setUp } from './setting.ts'

let setting: Setting

beforeAll(async () => {
  setting = await setUp({
    tables: [
      {
        name: 'stores',
        columns: [
          { name: 'city', type: 'text' },
          { name: 'City', type: 'text' },
          { name: 'size', type: 'int' },
          { name: 'price', type: 'numeric' },
          { name: 'open', type: 'bool' },
          { name: 'since', type: 'timestamp' },
          { name: 'data', type: 'jsonb' },
          { name: 'key', type: 'uuid' },
        ],
        records: [
          {
            city: 'Ghent',
            City: 'GHENT',
            size: 9007199254740993n,
            price: '0.1',
            open: true,
            since: '2024-01-31T09:30:00.000001Z',
            data: { tags: ['a', 'b'], n: 12 },
            key: '123e4567-e89b-12d3-a456-426614174000',
          },
          {
            city: 'Bruges',
            size: -5,
            price: '10.50',
            open: false,
            since: '2024-01-31T10:30:00+01:00',
          },
          { city: 'O\'Hare "x"', size: 0, price: '-12345678901234567.25', data: [1, null] },
        ],
      },
      { name: 'Zoo', columns: [{ name: 'id', type: 'text' }], records: [{ id: 'own' }] },
      { name: 'zoo', columns: [{ name: 'n', type: 'int' }], records: [{ n: 2 }] },
      { name: 'odd "name"@live', columns: [{ name: 'a b', type: 'int' }], records: [{ 'a b': 1 }] },
      { name: 'sqlite_x', columns: [{ name: 'rowid', type: 'int' }], records: [{ rowid: 5 }] },
    ],
  })
  setting.emulator.tables.insert('stores', [{ city: 'Live' }], 'LIVE')
})

afterAll(() => setting[Symbol.asyncDispose]())

function query(sql: string, more: Partial<QueryOptions> = {}) {
  return setting.mirrors.query(sql, { ...setting.ask, fresh: 60_000, ...more })
}

async function rows(sql: string, more: Partial<QueryOptions> = {}) {
  return (await query(sql, more)).rows
}

describe('fold', () => {
  test('groups texts that differ only in letter case, accents and spaces', async () => {
    const texts = "values (' Liège'), ('LIEGE '), ('Luik'), (null), (9007199254740993), (1.5)"
    expect(
      await rows(`with t(city) as (${texts}) select fold(city) f, count(*) from t group by f`),
    ).toEqual([
      [null, 1],
      [1.5, 1],
      [9007199254740993n, 1],
      ['liege', 2],
      ['luik', 1],
    ])
    expect(await rows("select city from stores where fold(city) = fold('GHÉNT ')")).toEqual([
      ['Ghent'],
    ])
  })

  test('takes one text', async () => {
    await expect(rows('select fold() from stores')).rejects.toThrow(SqlError)
    await expect(rows('select fold(city, city) from stores')).rejects.toThrow(SqlError)
  })
})

describe('types', () => {
  test('integers are exact, booleans and JSON have their type', async () => {
    const { columns, rows: found } = await query(
      `select size, open, data, key from stores where city = 'Ghent'`,
    )
    expect(found).toEqual([
      [
        9007199254740993n,
        true,
        '{"n":12,"tags":["a","b"]}',
        '123e4567-e89b-12d3-a456-426614174000',
      ],
    ])
    expect(columns.map(({ type }) => type)).toEqual(['int', 'bool', 'jsonb', 'uuid'])
  })

  test('decimals compare, sort and add up as numbers; rounded values are reported', async () => {
    expect(await rows('select city from stores where price > 0.05 order by price desc')).toEqual([
      ['Bruges'],
      ['Ghent'],
    ])
    const { rows: found, notices } = await query('select min(price) from stores')
    expect(found).toEqual([[-12345678901234568n]])
    expect(notices).toEqual([
      "draft.stores.price: 1 value has more digits than SQLite's numbers keep, and is rounded",
    ])
    expect((await query('select city from stores')).notices).toEqual([])
  })

  test('timestamps compare as text, and SQLite reads them', async () => {
    const found = await rows(
      `select since, strftime('%Y', since), since > '2024-01-31' from stores where since is not null order by since`,
    )
    expect(found).toEqual([
      ['2024-01-31T09:30:00.000000Z', '2024', 1],
      ['2024-01-31T09:30:00.000001Z', '2024', 1],
    ])
  })

  test('jsonb is JSON text for the functions of SQLite', async () => {
    const sql = `select j.value from stores, json_each(data, '$.tags') j order by 1`
    expect(await rows(sql)).toEqual([['a'], ['b']])
    expect(await rows(`select data ->> '$.n' from stores where city = 'Ghent'`)).toEqual([[12]])
  })

  test('bytes are SQL literals', async () => {
    expect(await rows("select x'00ff', 1.5, null, 'x'")).toEqual([["x'00ff'", 1.5, null, 'x']])
  })
})

describe('names', () => {
  test('those that SQLite takes for one get a suffix', async () => {
    expect(await rows(`select city, "City_2" from stores where city = 'Ghent'`)).toEqual([
      ['Ghent', 'GHENT'],
    ])
    // Capitals come first.
    expect(await rows('select id_2, n from "Zoo", zoo_2')).toEqual([['own', 2]])
  })

  test('a version is a schema', async () => {
    expect(await rows('select city from live.stores')).toEqual([['Live']])
    expect(await rows('select count(*) from draft.stores, live.stores')).toEqual([[3]])
    expect(await rows('select count(*) from LIVE.STORES')).toEqual([[1]])
  })

  test("a table reference is quoted, with the table's own name or id", async () => {
    const id = setting.emulator.tables.list().find(({ name }) => name === 'stores')?.id
    expect(await rows('select city from "stores@live"')).toEqual([['Live']])
    expect(await rows(`select "${id}@live".city from "${id}@live"`)).toEqual([['Live']])
    expect(await rows('select "a b" from "odd ""name""@live"')).toEqual([[1]])
  })

  test('what SQLite keeps for itself gets an underscore', async () => {
    expect(await rows('select rowid from _sqlite_x')).toEqual([[5]])
  })

  test('a name in WITH hides a table', async () => {
    const { rows: found, sources } = await query(
      'with other(n) as (select 1) select count(*) from other',
    )
    expect([found, sources]).toEqual([[[1]], []])
  })
})

test('a profile is a schema, with its versions', async () => {
  await using other = await setUp({
    tables: [
      { name: 'stores', columns: [{ name: 'city', type: 'text' }], records: [{ city: 'Oslo' }] },
    ],
  })
  other.emulator.tables.insert('stores', [{ city: 'Oslo live' }], 'LIVE')
  const client = connect(other.emulator)
  const connects: (string | undefined)[] = []
  const options: Partial<QueryOptions> = {
    connect: (profile) => {
      connects.push(profile)
      if (profile === 'prod') return { client, version: 'LIVE' }
      return profile === undefined ? { client: setting.client, version: 'DRAFT' } : undefined
    },
  }
  expect(await rows('select city from prod.stores', options)).toEqual([['Oslo live']])
  expect(await rows('select city from "prod@draft".stores', options)).toEqual([['Oslo']])
  const { rows: found, sources } = await query(
    'select p.city, d.city from "prod:stores@draft" p, "prod:stores" d, stores s limit 1',
    options,
  )
  expect(found).toEqual([['Oslo', 'Oslo live']])
  expect(sources.map(({ profile, table, version }) => [profile, table, version])).toEqual([
    ['prod', 'stores', 'DRAFT'],
    ['prod', 'stores', 'LIVE'],
    [undefined, 'stores', 'DRAFT'],
  ])
  await expect(rows('select * from test.stores', options)).rejects.toThrow('no table "test.stores"')
  connects.length = 0
  await rows('select prod.city from stores prod', options)
  expect(connects).toEqual([undefined])
  await client.close()
})

describe('files', () => {
  const leads = async (path: string): Promise<AttachedRows> => ({
    columns: [
      { name: 'city', type: 'text' },
      { name: 'id', type: 'int' },
    ],
    rows:
      path === 'leads.csv'
        ? [
            ['Ghent', '1'],
            ['Nowhere', '1'],
          ]
        : [],
  })

  test('are joined with tables', async () => {
    const sql = `select f.city, f.id, s.size is null from file('leads.csv') f left join stores s on s.city = f.city order by 1`
    expect(await rows(sql, { openFile: leads })).toEqual([
      ['Ghent', 1, 0],
      ['Nowhere', 1, 1],
    ])
    expect(
      await rows(`select count(*) from file('a'), file('leads.csv')`, { openFile: leads }),
    ).toEqual([[0]])
  })

  test('are named where they are attached', async () => {
    const attached = [
      { name: 'stores', ...(await leads('leads.csv')) },
      { name: 'l', ...(await leads('leads.csv')) },
    ]
    expect(await rows('select count(*) from l, files.stores', { attached })).toEqual([[4]])
  })

  test('are not readable where the program does not open them', async () => {
    await expect(rows(`select * from file('/etc/passwd')`)).rejects.toThrow(
      'this program cannot read files in SQL',
    )
  })
})

describe('parameters', () => {
  test('by place and by name', async () => {
    expect(await rows('select city from stores where size = ?', { params: ['-5'] })).toEqual([
      ['Bruges'],
    ])
    const params = { city: 'O\'Hare "x"', n: 0 }
    expect(
      await rows('select size from stores where city = :city and size = $n', { params }),
    ).toEqual([[0]])
    expect(await rows(`select ':x', ?`, { params: [2n ** 62n] })).toEqual([[':x', 2n ** 62n]])
  })

  test.each<[string, QueryOptions['params'], string]>([
    ['select :city', {}, 'the parameter "city" has no value (line 1, column 8)'],
    ['select 1', { city: 'x' }, 'the query has no parameter "city"'],
    ['select ?, ?', ['x'], 'the query has 2 parameters, but 1 were passed'],
    ['select :a', ['x'], 'the parameter "a" has no value (line 1, column 8)'],
  ])('%s', async (sql, params, message) => {
    await expect(query(sql, { params })).rejects.toThrow(message)
  })
})

describe('nulls come last, unless the query states otherwise', () => {
  test.each([
    ['select substr(city, 1, 1) from stores order by since', 'BGO'],
    ['select substr(city, 1, 1) from stores order by since desc', 'GBO'],
    ['select substr(city, 1, 1) from stores order by since nulls first', 'OBG'],
    ['select substr(city, 1, 1) from stores order by 1 = 2, since -- the last', 'BGO'],
    [`select group_concat(substr(city, 1, 1), '' order by since) from stores`, 'BGO'],
    [
      'select substr(city, 1, 1) from (select * from stores order by since limit 2) order by 1',
      'BG',
    ],
    ['select rank() over (order by since) from stores order by city', '123'],
    // The name of a column may be the text of an expression.
    [
      `select "rank() over (order by since)" from (select rank() over (order by since), city from stores) order by city`,
      '231',
    ],
  ])('%s', async (sql, expected) => {
    expect((await rows(sql)).flat().join('')).toBe(expected)
  })

  test('columns keep their names, and errors their places', async () => {
    const { columns } = await query('select rank() over (order by since) from stores order by city')
    expect(columns.map(({ name }) => name)).toEqual(['rank() over (order by since)'])
    await expect(query('select city from stores order by since, city limt 1')).rejects.toThrow(
      'near "limt": syntax error (line 1, column 46)',
    )
    await expect(query('select city from stores order by since, citi')).rejects.toThrow(
      'there is no column "citi" (line 1, column 41)',
    )
  })
})

describe('errors name the place, and what was meant', () => {
  test.each([
    [
      'select citi from stores',
      'there is no column "citi" (line 1, column 8)',
      'Did you mean "city"?',
    ],
    [
      'select 1\nfrom store',
      'there is no table "store" (line 2, column 6)',
      'Did you mean "stores"?',
    ],
    [
      'select s.siez from stores s',
      'there is no column "s.siez" (line 1, column 8)',
      'Did you mean "size"?',
    ],
    [
      'select uper(city) from stores',
      'there is no function "uper" (line 1, column 8)',
      'Did you mean upper?',
    ],
    ['select city, from stores', 'near "from": syntax error (line 1, column 14)', undefined],
    [
      "select 'from' from stores whre x = 1 from",
      'near "x": syntax error (line 1, column 32)',
      undefined,
    ],
    ['select city from', 'incomplete input (line 1, column 17)', undefined],
    [
      'select "nothing" from stores',
      'there is no column "nothing" (line 1, column 8)',
      "Write text in single quotes: 'text'.",
    ],
    [
      'select a.id from stores a, stores b where city = 1',
      'ambiguous column name: city (line 1, column 43)',
      'Several tables have it: name one, such as table.city.',
    ],
  ])('%s', async (sql, message, hint) => {
    const error = await query(sql).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(SqlError)
    expect(error).toMatchObject({ message, hint })
  })
})

test('what is hidden is not there, and of what is masked no value, nor whether there is one', async () => {
  using mirrors = openMirrors({
    folder: setting.folder,
    view: 'assistant',
    visible: ({ name }, column) => {
      if (name !== 'stores') return 'hide'
      return column === 'price' ? 'hide' : column === 'city' ? 'mask' : 'show'
    },
  })
  const ask = (sql: string) => mirrors.query(sql, setting.ask)
  const { columns, rows: found } = await ask('select * from stores order by size limit 1')
  expect(columns.map(({ name }) => name)).not.toContain('price')
  expect(found[0]).toContain('[masked]')
  expect((await ask('select 1 from stores where city is null')).rows).toEqual([])
  await expect(ask('select price from stores')).rejects.toThrow('no column "price"')
  await expect(ask('select stores.price from stores')).rejects.toThrow(SqlError)
  await expect(ask('select * from "sqlite_x"')).rejects.toThrow(SqlError)
  await expect(ask('select * from _sqlite_x')).rejects.toThrow('no table')
  expect((await ask(`select count(*) from stores where city like '%hent%'`)).rows).toEqual([[0]])
  const names = (await mirrors.tables(setting.ask)).map(({ name }) => name)
  expect(names).toEqual(['stores', 'stores'])
})

test('explain shows what would be read, and reads nothing', async () => {
  using mirrors = openMirrors({ folder: `${setting.folder}/explain` })
  const plan = await mirrors.explain('select * from stores where id = 5', setting.ask)
  expect(plan.sources).toMatchObject([{ table: 'stores', version: 'DRAFT', held: undefined }])
  expect(plan.steps.join()).toMatch(/SEARCH stores USING INDEX/i)
})

test('two sets of rules under one view never show each other what they hide', async () => {
  const folder = `${setting.folder}/rules`
  using open = openMirrors({ folder, view: 'one' })
  using closed = openMirrors({
    folder,
    view: 'one',
    visible: (_, column) => (column === 'price' ? 'hide' : 'show'),
  })
  await open.query('select price from stores', setting.ask)
  const never = { ...setting.ask, fresh: 'never' } as const
  await expect(closed.query('select * from stores', never)).rejects.toThrow('never read')
  const { columns } = await closed.query('select * from stores', setting.ask)
  expect(columns.map(({ name }) => name)).not.toContain('price')
  await expect(open.query('select * from stores', never)).rejects.toThrow('never read')
})

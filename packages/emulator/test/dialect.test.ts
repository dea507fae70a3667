/** Every setting of the dialect can be switched, and switching it shows on the wire. */
import { type Dialect, type DialectInput, dialectSettings } from '@chatlayer-tables/contract'
import { describe, expect, test } from 'vitest'
import type { Emulator } from '../src/index.ts'
import { act, column, insert, pageOf, pathOf, select, send, start } from './support.ts'

const table = {
  name: 't',
  columns: [
    { name: 'a', type: 'text' },
    { name: 'n', type: 'int' },
  ],
  records: [
    { a: 'x', n: 1 },
    { a: 'y', n: 2 },
    { a: 'z', n: 3 },
  ],
}

function withDialect(dialect: DialectInput, over: Partial<typeof table> = {}): Promise<Emulator> {
  return start({ dialect, tables: [{ ...table, ...over }] })
}

/** What holds under one value of a setting. */
type Proof = () => Promise<void>

const filtersOnA = [
  { columnName: 'a', columnType: 'text', operator: 'eq', value: 'x' },
  { columnName: 'n', columnType: 'int', operator: 'eq', value: '2' },
]

async function combined(filterCombination: 'and' | 'or'): Promise<unknown[]> {
  const emulator = await withDialect({ filterCombination })
  return column(await act(emulator, 't', { type: 'SELECT', filters: filtersOnA }), 'a')
}

async function emptyDelete(emptyFilter: 'all' | 'none' | 'refused') {
  const emulator = await withDialect({ emptyFilter })
  const update = await act(emulator, 't', {
    type: 'UPDATE',
    fields: [{ columnName: 'n', value: '9' }],
  })
  const written = emulator.tables.records('t').filter(({ values }) => values.n === 9).length
  const answer = await act(emulator, 't', { type: 'DELETE', filters: [] })
  const page = await act(emulator, 't', { type: 'SELECT', filters: [] })
  expect(page.status).toBe(200)
  return { written, left: emulator.tables.count('t'), statuses: [update.status, answer.status] }
}

/** The statuses of a filter on the record's id under each type, and of what it finds. */
async function idFilters(idFilter: 'uuid' | 'text' | 'none') {
  const emulator = await withDialect({ idFilter })
  const { id } = emulator.tables.records('t')[1]!
  const answers = await Promise.all(
    ['uuid', 'text'].map((type) => select(emulator, 't', 'id', type, 'eq', id)),
  )
  return answers.map((answer) => (answer.status === 200 ? column(answer, 'a') : answer.status))
}

async function dateFilters(timestampFilter: 'none' | 'camel' | 'snake') {
  const emulator = await start({
    dialect: { timestampFilter },
    tables: [table],
    clock: () => new Date('2026-01-01T00:00:00.123Z'),
  })
  const names = ['createdAt', 'updatedAt', 'created_at', 'updated_at']
  const answers = names.map((name) =>
    select(emulator, 't', name, 'timestamp', 'eq', '2026-01-01 01:00:00.123+01'),
  )
  const found = (await Promise.all(answers)).map((answer) =>
    answer.status === 200 ? pageOf(answer).meta.total : answer.status,
  )
  return Object.fromEntries(names.map((name, index) => [name, found[index]]))
}

/** The JSON text of one value of a type. */
async function written(dialect: DialectInput, type: string, literal: string): Promise<string> {
  const emulator = await withDialect(dialect, { columns: [{ name: 'v', type }], records: [] })
  const { text } = await insert(emulator, 't', { v: literal })
  return /"values":\{"v":(.*?)\}\}/.exec(text)?.[1] ?? text
}

async function listed(listEncoding: 'unknown' | 'json' | 'comma' | 'postgres', value: string) {
  const emulator = await withDialect({ listEncoding })
  const answer = await select(emulator, 't', 'a', 'text', 'in', value)
  return answer.status === 200 ? column(answer, 'a') : answer.status
}

/** What a text column and an int column keep of values that may mean null, or the status. */
async function nulls(nullEncoding: 'omit' | 'empty' | 'word' | 'json') {
  const emulator = await withDialect({ nullEncoding })
  const keep = async (columnName: string, value: string | null) => {
    const fields = [{ columnName, value }]
    const answer = await act(emulator, 't', { type: 'INSERT', fields })
    return answer.status === 200 ? pageOf(answer).data[0]!.values[columnName] : answer.status
  }
  return {
    emptyText: await keep('a', ''),
    emptyInt: await keep('n', ''),
    wordText: await keep('a', 'null'),
    wordInt: await keep('n', 'null'),
    capitals: await keep('a', 'NULL'),
    json: await keep('n', null),
  }
}

async function orders(pageOrder: 'unknown' | 'stable' | 'unstable'): Promise<Set<string>> {
  const records = Array.from({ length: 20 }, (_, n) => ({ a: String(n), n }))
  const emulator = await withDialect({ pageOrder }, { records })
  const path = `${pathOf(emulator, 't')}/data?version=DRAFT`
  const seen = new Set<string>()
  for (let round = 0; round < 6; round += 1) {
    for (const answer of [
      await send(emulator, path),
      await act(emulator, 't', { type: 'SELECT' }),
    ]) {
      const order = column(answer, 'n')
      expect(new Set(order).size).toBe(20)
      seen.add(order.join())
    }
  }
  return seen
}

async function inserted(insertAnswer: 'unknown' | 'record' | 'none') {
  const emulator = await withDialect({ insertAnswer })
  const { data, meta } = pageOf(await insert(emulator, 't', { a: 'new' }))
  expect(emulator.tables.count('t')).toBe(4)
  return { records: data.length, total: meta.total }
}

async function changed(changeAnswer: 'unknown' | 'records' | 'count' | 'none') {
  const emulator = await withDialect({ changeAnswer })
  const filters = [{ columnName: 'n', columnType: 'int', operator: '>', value: '1' }]
  const fields = [{ columnName: 'a', value: 'w' }]
  const answers = [
    await act(emulator, 't', { type: 'UPDATE', filters, fields }),
    await act(emulator, 't', { type: 'DELETE', filters }),
  ]
  expect(emulator.tables.count('t')).toBe(1)
  return answers.map(pageOf).map(({ data, meta }) => ({ records: data.length, total: meta.total }))
}

/** Statuses of a SELECT, an INSERT and a DELETE that name a column which is not there. */
async function unknownColumns(unknownColumn: 'unknown' | 'refused' | 'ignored') {
  const emulator = await withDialect({ unknownColumn })
  const filter = { columnName: 'b', columnType: 'text', operator: 'eq', value: 'x' }
  const field = { columnName: 'b', value: 'x' }
  const answers = [
    await act(emulator, 't', { type: 'SELECT', filters: [...filtersOnA.slice(0, 1), filter] }),
    await act(emulator, 't', { type: 'INSERT', fields: [field, { columnName: 'a', value: 'v' }] }),
    await act(emulator, 't', { type: 'DELETE', filters: [filter] }),
  ]
  return { statuses: answers.map(({ status }) => status), left: emulator.tables.count('t') }
}

const REFUSED = { statuses: [400, 400, 400], left: 3 }

const proofs: Record<keyof typeof dialectSettings, Record<string, Proof>> = {
  filterCombination: {
    and: async () => expect(await combined('and')).toEqual([]),
    or: async () => expect(await combined('or')).toEqual(['x', 'y']),
  },
  emptyFilter: {
    all: async () =>
      expect(await emptyDelete('all')).toEqual({ written: 3, left: 0, statuses: [200, 200] }),
    none: async () =>
      expect(await emptyDelete('none')).toEqual({ written: 0, left: 3, statuses: [200, 200] }),
    refused: async () =>
      expect(await emptyDelete('refused')).toEqual({ written: 0, left: 3, statuses: [400, 400] }),
  },
  versions: {
    separate: async () => {
      const emulator = await withDialect({ versions: 'separate' })
      const path = `${pathOf(emulator, 't')}/data?version=LIVE`
      expect(pageOf(await send(emulator, path)).meta.total).toBe(0)
    },
    shared: async () => {
      const emulator = await withDialect({ versions: 'shared' })
      const path = `${pathOf(emulator, 't')}/data?version=`
      await act(emulator, 't', { type: 'INSERT' }, 'LIVE')
      expect(pageOf(await send(emulator, `${path}LIVE`)).meta.total).toBe(4)
      expect(pageOf(await send(emulator, `${path}DRAFT`)).meta.total).toBe(4)
      emulator.tables.insert('t', [{}], 'LIVE')
      expect([emulator.tables.count('t'), emulator.tables.count('t', 'LIVE')]).toEqual([5, 5])
    },
  },
  idFilter: {
    uuid: async () => expect(await idFilters('uuid')).toEqual([['y'], 400]),
    text: async () => expect(await idFilters('text')).toEqual([400, ['y']]),
    none: async () => expect(await idFilters('none')).toEqual([400, 400]),
  },
  timestampFilter: {
    none: async () =>
      expect(await dateFilters('none')).toEqual({
        createdAt: 400,
        updatedAt: 400,
        created_at: 400,
        updated_at: 400,
      }),
    camel: async () =>
      expect(await dateFilters('camel')).toEqual({
        createdAt: 3,
        updatedAt: 3,
        created_at: 400,
        updated_at: 400,
      }),
    snake: async () =>
      expect(await dateFilters('snake')).toEqual({
        createdAt: 400,
        updatedAt: 400,
        created_at: 3,
        updated_at: 3,
      }),
  },
  numericForm: {
    string: async () => expect(await written({}, 'numeric', '1.50')).toBe('"1.50"'),
    number: async () => {
      const exact = '123456789012345678901234567890.10'
      expect(await written({ numericForm: 'number' }, 'numeric', exact)).toBe(exact)
      expect(await written({ numericForm: 'number' }, 'numeric', 'NaN')).toBe('"NaN"')
    },
  },
  intForm: {
    number: async () =>
      expect(await written({}, 'int', '9007199254740993')).toBe('9007199254740993'),
    string: async () => expect(await written({ intForm: 'string' }, 'int', '5')).toBe('"5"'),
  },
  errorMessageForm: {
    string: async () => {
      const answer = await act(await withDialect({}), 't', { type: 'NO' })
      expect(answer.json).toMatchObject({ message: expect.any(String) })
    },
    array: async () => {
      const emulator = await withDialect({ errorMessageForm: 'array' })
      const answer = await act(emulator, 't', { type: 'SELECT', limit: -1, skip: -1 })
      expect(answer.json).toEqual({
        message: [expect.stringContaining('skip'), expect.stringContaining('limit')],
        error: 'Bad Request',
        statusCode: 400,
      })
      const unknown = await send(emulator, '/nowhere')
      expect(unknown.json).toMatchObject({ message: ['Cannot GET /nowhere'] })
    },
  },
  timestampZone: {
    converted: async () =>
      expect(await written({}, 'timestamp', '2026-01-01T02:00+02')).toBe(
        '"2026-01-01T00:00:00.000Z"',
      ),
    dropped: async () =>
      expect(await written({ timestampZone: 'dropped' }, 'timestamp', '2026-01-01T02:00+02')).toBe(
        '"2026-01-01T02:00:00.000Z"',
      ),
  },
  listEncoding: {
    unknown: async () => expect(await listed('unknown', '["x","z"]')).toEqual(['x', 'z']),
    json: async () => {
      expect(await listed('json', '["x","z"]')).toEqual(['x', 'z'])
      expect(await listed('json', 'x,z')).toBe(400)
    },
    comma: async () => {
      expect(await listed('comma', 'x, z')).toEqual(['x', 'z'])
      expect(await listed('comma', '["x","z"]')).toEqual([])
    },
    postgres: async () => {
      expect(await listed('postgres', '{x,"z"}')).toEqual(['x', 'z'])
      expect(await listed('postgres', '["x","z"]')).toBe(400)
    },
  },
  nullEncoding: {
    omit: async () =>
      expect(await nulls('omit')).toEqual({
        emptyText: '',
        emptyInt: 400,
        wordText: 'null',
        wordInt: 400,
        capitals: 'NULL',
        json: 400,
      }),
    empty: async () =>
      expect(await nulls('empty')).toEqual({
        emptyText: null,
        emptyInt: null,
        wordText: 'null',
        wordInt: 400,
        capitals: 'NULL',
        json: 400,
      }),
    word: async () =>
      expect(await nulls('word')).toEqual({
        emptyText: '',
        emptyInt: 400,
        wordText: null,
        wordInt: null,
        capitals: 'NULL',
        json: 400,
      }),
    json: async () =>
      expect(await nulls('json')).toEqual({
        emptyText: '',
        emptyInt: 400,
        wordText: 'null',
        wordInt: 400,
        capitals: 'NULL',
        json: null,
      }),
  },
  pageOrder: {
    unknown: async () => expect((await orders('unknown')).size).toBe(1),
    stable: async () => expect((await orders('stable')).size).toBe(1),
    unstable: async () => expect((await orders('unstable')).size).toBeGreaterThan(6),
  },
  maxSelectLimit: {
    100: async () => {
      const emulator = await withDialect({})
      expect((await act(emulator, 't', { type: 'SELECT', limit: 100 })).status).toBe(200)
      expect((await act(emulator, 't', { type: 'SELECT', limit: 101 })).status).toBe(400)
    },
    2: async () => {
      const emulator = await withDialect({ maxSelectLimit: 2 })
      expect((await act(emulator, 't', { type: 'SELECT', limit: 3 })).status).toBe(400)
      const answer = await act(emulator, 't', { type: 'SELECT' })
      expect(pageOf(answer).meta).toEqual({ total: 3, limit: 2, offset: 0 })
    },
  },
  insertAnswer: {
    unknown: async () => expect(await inserted('unknown')).toEqual({ records: 1, total: 1 }),
    record: async () => expect(await inserted('record')).toEqual({ records: 1, total: 1 }),
    none: async () => expect(await inserted('none')).toEqual({ records: 0, total: 0 }),
  },
  changeAnswer: {
    unknown: async () =>
      expect(await changed('unknown')).toEqual(Array(2).fill({ records: 2, total: 2 })),
    records: async () =>
      expect(await changed('records')).toEqual(Array(2).fill({ records: 2, total: 2 })),
    count: async () =>
      expect(await changed('count')).toEqual(Array(2).fill({ records: 0, total: 2 })),
    none: async () =>
      expect(await changed('none')).toEqual(Array(2).fill({ records: 0, total: 0 })),
  },
  unknownColumn: {
    unknown: async () => expect(await unknownColumns('unknown')).toEqual(REFUSED),
    refused: async () => expect(await unknownColumns('refused')).toEqual(REFUSED),
    // A filter that is ignored leaves none, and no filter hits every record.
    ignored: async () =>
      expect(await unknownColumns('ignored')).toEqual({ statuses: [200, 200, 200], left: 0 }),
  },
  nulInText: {
    kept: async () => expect(await written({}, 'text', 'a\0b')).toBe('"a\\u0000b"'),
    refused: async () => {
      const emulator = await withDialect({ nulInText: 'refused' })
      expect((await insert(emulator, 't', { a: 'a\0b' })).status).toBe(400)
      expect((await select(emulator, 't', 'a', 'text', 'eq', 'a\0b')).status).toBe(400)
    },
  },
  timestampPrecision: {
    microseconds: async () => expect(await fineTimestamp('microseconds')).toBe('.123456Z'),
    milliseconds: async () => expect(await fineTimestamp('milliseconds')).toBe('.123Z'),
    seconds: async () => expect(await fineTimestamp('seconds')).toBe('.000Z'),
  },
}

/** The fraction of a second that is stored of a value with microseconds. */
async function fineTimestamp(timestampPrecision: Dialect['timestampPrecision']): Promise<string> {
  const sent = '2024-01-31T09:30:00.123456Z'
  const stored = await written({ timestampPrecision }, 'timestamp', sent)
  return stored.slice('"2024-01-31T09:30:00'.length, -1)
}

for (const [setting, byValue] of Object.entries(proofs)) {
  describe(setting, () => {
    test.each(Object.entries(byValue))('%s', (_, proof) => proof())
  })
}

test('every value that a setting names has a proof', () => {
  for (const [name, { schema }] of Object.entries(dialectSettings)) {
    const proved = Object.keys(proofs[name as keyof typeof proofs])
    const named = 'unwrap' in schema ? (schema as unknown as Unwrappable).unwrap().options : []
    expect(proved).toEqual(expect.arrayContaining(named ?? []))
  }
})

interface Unwrappable {
  unwrap(): { options?: string[] }
}

test('the dialect can be changed while it runs, one setting at a time', async () => {
  const emulator = await withDialect({ emptyFilter: 'refused' })
  emulator.setDialect({ intForm: 'string' })
  expect(column(await act(emulator, 't', { type: 'SELECT' }), 'n')).toEqual(['1', '2', '3'])
  expect((await act(emulator, 't', { type: 'DELETE' })).status).toBe(400)
  expect(() => emulator.setDialect({ intForm: 'roman' as 'string' })).toThrow(/intForm/)
})

test('an unstable order repeats with the same seed', async () => {
  const sequence = async () => {
    const emulator = await withDialect({ pageOrder: 'unstable' })
    const answers = []
    for (let round = 0; round < 5; round += 1) {
      answers.push(column(await act(emulator, 't', { type: 'SELECT' }), 'a').join(''))
    }
    return answers
  }
  expect(await sequence()).toEqual(await sequence())
})

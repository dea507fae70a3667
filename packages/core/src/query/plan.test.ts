import { DEFAULT_DIALECT, type Dialect, type Table } from '@chatlayer-tables/contract'
import { describe, expect, test } from 'vitest'
import { explainPlan } from './explain.ts'
import { parseQuery } from './parse-query.ts'
import { planQuery } from './plan.ts'
import type { QueryOptions, Where } from './where-types.ts'

const table: Table = {
  id: 't1',
  name: 'people',
  columns: [
    { name: 'city', type: 'text' },
    { name: 'age', type: 'int' },
    { name: 'spend', type: 'numeric' },
    { name: 'vip', type: 'bool' },
    { name: 'born', type: 'timestamp' },
    { name: 'token', type: 'uuid' },
    { name: 'data', type: 'jsonb' },
    { name: 'place', type: 'geography' },
  ],
}

function explain(
  options: QueryOptions,
  dialect: Partial<Dialect> = {},
  total?: number,
  on = table,
) {
  const query = parseQuery(options, on)
  return explainPlan(planQuery(query, on, { ...DEFAULT_DIALECT, ...dialect }, total), query)
}

/** The SELECTs of a condition on a table so large that any filter is worth it. */
function wire(where: Where, dialect: Partial<Dialect> = {}, on = table): string[] {
  return explain({ where }, dialect, 1_000_000, on).wire.map((filters) => filters.join(' & '))
}

const UUID = '123e4567-e89b-12d3-a456-426614174000'

describe('the gateway filters', () => {
  test.each<[string, Where, string[]]>([
    ['text by equality', { city: 'Ghent' }, ['city = "Ghent"']],
    ['text by the empty string', { city: '' }, ['city = ""']],
    [
      'int by every comparison',
      { age: { eq: 1, gt: 2, gte: 3, lt: 4, lte: 5 } },
      ['age = "1" & age > "2" & age >= "3" & age < "4" & age <= "5"'],
    ],
    ['numeric exactly', { spend: { gte: '1.50' } }, ['spend >= "1.50"']],
    ['bool by equality', { vip: true }, ['vip = "true"']],
    ['uuid by equality', { token: UUID }, [`token = "${UUID}"`]],
    ['the record’s id', { id: UUID }, [`id = "${UUID}"`]],
    ['the largest int', { age: 2n ** 63n - 1n }, ['age = "9223372036854775807"']],
    ['the smallest int', { age: -(2n ** 63n) }, ['age = "-9223372036854775808"']],
    ['a negated comparison', { not: { age: { gte: 18 } } }, ['age < "18"']],
    [
      'the part of an AND that it can',
      { city: 'Ghent', vip: null, data: { eq: {} } },
      ['city = "Ghent"'],
    ],
    [
      'each branch of an OR',
      { or: [{ city: 'A' }, { age: 1, vip: true }] },
      ['city = "A"', 'age = "1" & vip = "true"'],
    ],
    [
      'the part of each branch that it can',
      { or: [{ city: 'A', vip: null }, { age: 1 }] },
      ['city = "A"', 'age = "1"'],
    ],
    ['a list as one SELECT each', { age: { in: [1, 2] } }, ['age = "1"', 'age = "2"']],
    ['a list of one', { age: { in: [1] } }, ['age = "1"']],
    [
      'a list spread over the rest',
      { city: 'A', age: { in: [1, 2] } },
      ['city = "A" & age = "1"', 'city = "A" & age = "2"'],
    ],
    [
      'the shortest of several lists',
      { age: { in: [1, 2, 3] }, spend: { in: ['1', '2'] } },
      ['spend = "1"', 'spend = "2"'],
    ],
    ['timestamps from', { born: { gte: '2024-01-01' } }, ['born >= "2024-01-01T00:00:00.000Z"']],
    ['timestamps below', { born: { lt: '2024-01-01' } }, ['born < "2024-01-01T00:00:00.000Z"']],
    // The gateway may show milliseconds of the microseconds that it compares.
    ['timestamps up to', { born: { lte: '2024-01-01' } }, ['born < "2024-01-01T00:00:00.001Z"']],
    ['timestamps after', { born: { gt: '2024-01-01' } }, ['born > "2024-01-01T00:00:00.000Z"']],
    [
      'a timestamp',
      { born: '2024-01-01' },
      ['born >= "2024-01-01T00:00:00.000Z" & born < "2024-01-01T00:00:00.001Z"'],
    ],
    [
      'timestamps below a microsecond',
      { born: { lt: '2024-01-01T00:00:00.000001Z' } },
      ['born < "2024-01-01T00:00:00.001Z"'],
    ],
    [
      'timestamps from a microsecond',
      { born: { gte: '2024-01-01T00:00:00.000001Z' } },
      ['born >= "2024-01-01T00:00:00.000001Z"'],
    ],
    [
      'timestamps below the end of time',
      { born: { lt: '9999-12-31T23:59:59.999Z' } },
      ['born < "9999-12-31T23:59:59.999Z"'],
    ],
    [
      'a timestamp at the end of time',
      { born: '9999-12-31T23:59:59.999Z' },
      ['born >= "9999-12-31T23:59:59.999Z"'],
    ],
  ])('%s', (_, where, selects) => {
    expect(wire(where)).toEqual(selects)
  })

  test('timestamps up to the end of time have no upper bound', () => {
    expect(wire({ born: { lte: '9999-12-31T23:59:59.999Z' } })).toEqual([])
  })
})

describe('left to be done here', () => {
  test.each<[string, Where, string[]]>([
    ['the order of text, which is the gateway’s collation', { city: { gt: 'M' } }, ['city > "M"']],
    ['the order of uuids', { token: { lt: UUID } }, [`token < "${UUID}"`]],
    ['the order of booleans', { vip: { gt: false } }, ['vip > "false"']],
    ['the order of ids', { id: { gt: UUID } }, [`id > "${UUID}"`]],
    ['not equal', { age: { ne: 5 } }, ['age != "5"']],
    ['not in', { age: { nin: [5] } }, ['age not in ("5")']],
    ['contains', { city: { contains: 'x' } }, ['city contains "x"']],
    ['ieq', { city: { ieq: 'x' } }, ['city ieq "x"']],
    ['null', { city: null }, ['city is null']],
    ['jsonb', { data: { eq: 5 } }, ['data = "5"']],
    ['a type that is not known', { place: 'x' }, ['place = "x"']],
    [
      'dates of records',
      { createdAt: { gt: '2024-01-01' } },
      ['createdAt > "2024-01-01T00:00:00.000Z"'],
    ],
    ['an id that is not a uuid', { id: 'abc' }, ['id = "abc"']],
    ['an int that no column holds', { age: 2n ** 63n }, ['age = "9223372036854775808"']],
    [
      'an int below what a column holds',
      { age: { lt: -(2n ** 63n) - 1n } },
      ['age < "-9223372036854775809"'],
    ],
    ['NaN', { spend: 'NaN' }, ['spend = "NaN"']],
    [
      'an OR with one such branch',
      { or: [{ city: 'A' }, { city: null }] },
      ['(city = "A" or city is null)'],
    ],
    [
      'a list with one such value',
      { age: { in: [1, 2n ** 63n] } },
      ['age in ("1", "9223372036854775808")'],
    ],
  ])('%s', (_, where, local) => {
    const plan = explain({ where }, {}, 1_000_000)
    expect(plan).toMatchObject({ strategy: 'data', wire: [], local })
  })

  test.each<[string, Where, string[]]>([
    ['what an AND leaves', { city: 'A', vip: null }, ['vip is null']],
    [
      'the longer of two lists',
      { age: { in: [1, 2, 3] }, spend: { in: ['1', '2'] } },
      ['age in ("1", "2", "3")'],
    ],
    [
      'an OR whose branches are only narrowed',
      { or: [{ city: 'A', vip: null }, { age: 1 }] },
      ['((city = "A" and vip is null) or age = "1")'],
    ],
    [
      'a timestamp, to the microsecond',
      { born: '2024-01-01' },
      ['born = "2024-01-01T00:00:00.000Z"'],
    ],
    [
      'the end of a stretch of time',
      { born: { gte: '2024-01-01', lte: '2024-02-01' } },
      ['born <= "2024-02-01T00:00:00.000Z"'],
    ],
    [
      'a start that is not a whole millisecond',
      { born: { gte: '2024-01-01T00:00:00.000001Z' } },
      ['born >= "2024-01-01T00:00:00.000001Z"'],
    ],
    [
      'an end that is not a whole millisecond',
      { born: { lt: '2024-01-01T00:00:00.000001Z' } },
      ['born < "2024-01-01T00:00:00.000001Z"'],
    ],
    ['nothing of whole stretches', { born: { gte: '2024-01-01', lt: '2024-02-01' } }, []],
    ['nothing of a list', { age: { in: [1, 2] } }, []],
    [
      'a list of timestamps',
      { born: { in: ['2024-01-01'] } },
      ['born in ("2024-01-01T00:00:00.000Z")'],
    ],
  ])('next to filters: %s', (_, where, local) => {
    const plan = explain({ where }, {}, 1_000_000)
    expect(plan.strategy).toBe('select')
    expect(plan.local).toEqual(local)
  })
})

describe('the dialect', () => {
  test('lists go into one filter, those values apart that the encoding cannot hold', () => {
    const where: Where = { city: { in: ['a', 'b,c', 'd'] } }
    expect(wire(where, { listEncoding: 'json' })).toEqual(['city in "[\\"a\\",\\"b,c\\",\\"d\\"]"'])
    expect(wire(where, { listEncoding: 'comma' })).toEqual(['city in "a,d"', 'city = "b,c"'])
    expect(wire(where, { listEncoding: 'postgres' })).toEqual([
      'city in "{\\"a\\",\\"b,c\\",\\"d\\"}"',
    ])
  })

  test('long lists go into several', () => {
    const list = Array.from({ length: 450 }, (_, index) => index)
    const selects = wire({ age: { in: list } }, { listEncoding: 'comma' })
    expect(selects).toHaveLength(3)
    const numbers = selects.flatMap((select) =>
      select
        .replace(/[^\d,]/g, '')
        .split(',')
        .map(Number),
    )
    expect(numbers).toEqual(list)
  })

  test('nin is sent where lists are known, and the encoding holds it all', () => {
    const where: Where = { city: { nin: ['a', 'b,c'] } }
    expect(wire(where, { listEncoding: 'json' })).toEqual(['city nin "[\\"a\\",\\"b,c\\"]"'])
    expect(wire(where, { listEncoding: 'comma' })).toEqual([])
    const numbers = Array.from({ length: 201 }, (_, index) => index)
    const long = { age: { nin: numbers } }
    expect(wire({ age: { nin: numbers.slice(1) } }, { listEncoding: 'json' })).toHaveLength(1)
    expect(wire(long, { listEncoding: 'json' })).toEqual([])
    expect(wire({ born: { nin: ['2024-01-01'] } }, { listEncoding: 'json' })).toEqual([])
    expect(explain({ where }, { listEncoding: 'json' }, 1_000)).toMatchObject({
      local: [],
      requests: { atLeast: 1, expected: 11, atMost: 12 },
    })
  })

  test('lists of timestamps are sent one by one, to the millisecond', () => {
    expect(wire({ born: { in: ['2024-01-01', '2024-01-02'] } }, { listEncoding: 'json' })).toEqual([
      'born >= "2024-01-01T00:00:00.000Z" & born < "2024-01-01T00:00:00.001Z"',
      'born >= "2024-01-02T00:00:00.000Z" & born < "2024-01-02T00:00:00.001Z"',
    ])
  })

  test('where filters are ORed, the one that narrows most is sent alone', () => {
    const or = { filterCombination: 'or' } as const
    expect(wire({ age: { gt: 5 }, city: 'A', vip: null }, or)).toEqual(['city = "A"'])
    expect(explain({ where: { age: { gt: 5 }, city: 'A' } }, or, 1e6).local).toEqual(['age > "5"'])
    expect(explain({ where: { city: 'A' } }, or, 1e6).local).toEqual([])
    expect(wire({ born: '2024-01-01' }, or)).toEqual(['born >= "2024-01-01T00:00:00.000Z"'])
    expect(wire({ city: 'A', id: UUID }, or)).toEqual([`id = "${UUID}"`])
  })

  test('ids are filtered as the dialect states', () => {
    expect(wire({ id: UUID }, { idFilter: 'none' })).toEqual([])
    expect(wire({ id: 'abc' }, { idFilter: 'text' })).toEqual(['id = "abc"'])
    expect(wire({ id: UUID.toUpperCase() })).toEqual([`id = "${UUID}"`])
  })

  test('dates of records are filtered under the names of the dialect', () => {
    const where: Where = { createdAt: { gte: '2024-01-01' }, updatedAt: { lt: '2025-01-01' } }
    expect(wire(where, { timestampFilter: 'camel' })).toEqual([
      'createdAt >= "2024-01-01T00:00:00.000Z" & updatedAt < "2025-01-01T00:00:00.000Z"',
    ])
    expect(wire(where, { timestampFilter: 'snake' })).toEqual([
      'created_at >= "2024-01-01T00:00:00.000Z" & updated_at < "2025-01-01T00:00:00.000Z"',
    ])
  })

  test('what the gateway would read as null is not sent', () => {
    expect(wire({ city: '' }, { nullEncoding: 'empty' })).toEqual([])
    expect(wire({ city: 'null' }, { nullEncoding: 'empty' })).toHaveLength(1)
    expect(wire({ city: 'null' }, { nullEncoding: 'word' })).toEqual([])
    expect(wire({ city: { in: ['a', ''] } }, { nullEncoding: 'empty' })).toEqual([])
  })

  test('NUL is not sent where it is rejected', () => {
    expect(wire({ city: 'a\0' })).toHaveLength(1)
    expect(wire({ city: 'a\0' }, { nulInText: 'refused' })).toEqual([])
  })

  test('a column that bears a name of the record’s own is left alone, and so is what it hides', () => {
    const odd: Table = {
      id: 't',
      name: 't',
      columns: [
        { name: 'id', type: 'text' },
        { name: 'created_at', type: 'timestamp' },
        { name: 'age', type: 'int' },
      ],
    }
    expect(wire({ id: UUID, age: 1 }, {}, odd)).toEqual(['age = "1"'])
    expect(wire({ '"id"': 'x' }, {}, odd)).toEqual([])
    expect(wire({ '"id"': 'x' }, { idFilter: 'none' }, odd)).toEqual(['id = "x"'])
    expect(wire({ created_at: { gte: '2024-01-01' } }, {}, odd)).toHaveLength(1)
    expect(wire({ created_at: { gte: '2024-01-01' } }, { timestampFilter: 'snake' }, odd)).toEqual(
      [],
    )
    expect(wire({ createdAt: { gte: '2024-01-01' } }, { timestampFilter: 'snake' }, odd)).toEqual(
      [],
    )
  })
})

describe('the cheapest way', () => {
  test.each<[string, QueryOptions, number | undefined, object]>([
    [
      'everything',
      {},
      1_234,
      { strategy: 'data', requests: { atLeast: 13, expected: 14, atMost: 14 } },
    ],
    [
      'an empty table',
      {},
      0,
      { strategy: 'data', requests: { atLeast: 1, expected: 1, atMost: 1 } },
    ],
    [
      'an unknown number',
      {},
      undefined,
      { strategy: 'data', total: undefined, requests: { expected: 12 } },
    ],
    [
      'one filter',
      { where: { city: 'A' } },
      10_000,
      { strategy: 'select', requests: { atLeast: 1, expected: 7, atMost: 102 } },
    ],
    [
      'one record',
      { where: { id: UUID } },
      10_000,
      { strategy: 'select', requests: { atLeast: 1, expected: 1, atMost: 1 } },
    ],
    [
      'two records',
      { where: { id: { in: [UUID, UUID.replace('1', '2')] } } },
      10_000,
      { strategy: 'select', requests: { atLeast: 2, expected: 2, atMost: 2 } },
    ],
    [
      'an OR on a small table',
      { where: { or: [{ city: 'A' }, { city: 'B' }] } },
      80,
      { strategy: 'data', requests: { expected: 1 } },
    ],
    [
      'an OR on a larger one',
      { where: { or: [{ city: 'A' }, { city: 'B' }] } },
      500,
      { strategy: 'select', requests: { expected: 2 } },
    ],
    [
      'an OR of wide branches',
      {
        where: {
          or: [{ age: { lt: 9 } }, { age: { gt: 1 } }, { spend: { gt: 1 } }, { spend: { lt: 9 } }],
        },
      },
      10_000,
      { strategy: 'data' },
    ],
    [
      'a limit',
      { limit: 10 },
      10_000,
      { strategy: 'data', stopsEarly: true, requests: { atLeast: 1, expected: 1, atMost: 1 } },
    ],
    [
      'a limit behind a filter',
      { where: { city: 'A' }, limit: 250 },
      10_000,
      { stopsEarly: true, requests: { atLeast: 1, expected: 3, atMost: 3 } },
    ],
    [
      'a limit behind what is tested here',
      { where: { city: { contains: 'A' } }, limit: 10 },
      10_000,
      { strategy: 'data', stopsEarly: true, requests: { atLeast: 1, expected: 52, atMost: 102 } },
    ],
    [
      'a limit behind a sort',
      { sort: 'age', limit: 10 },
      1_000,
      { sort: ['age asc'], stopsEarly: false, requests: { expected: 12 } },
    ],
    ['an offset', { offset: 900, limit: 10 }, 1_000, { requests: { expected: 1 } }],
    [
      'a limit of nothing',
      { limit: 0 },
      1_000,
      { strategy: 'nothing', requests: { atLeast: 0, expected: 0, atMost: 0 } },
    ],
    [
      'what can never be',
      { where: { and: [{ city: 'A' }, { or: [] }] } },
      1_000,
      { strategy: 'nothing' },
    ],
    [
      'what always is',
      { where: { or: [{}, { city: 'A' }] } },
      1_000,
      { strategy: 'data', local: [] },
    ],
  ])('%s', (_, options, total, expected) => {
    expect(explain(options, {}, total)).toMatchObject(expected)
  })

  test.each<[string, Where, Partial<Dialect>, number | undefined, boolean]>([
    ['for one SELECT', { city: 'A' }, {}, undefined, false],
    ['for one of small pages', { city: 'A' }, { maxSelectLimit: 10 }, undefined, true],
    ['for one record', { id: UUID }, { maxSelectLimit: 10 }, undefined, false],
    ['for two SELECTs', { or: [{ city: 'A' }, { city: 'B' }] }, {}, undefined, true],
    ['once it is known', { or: [{ city: 'A' }, { city: 'B' }] }, {}, 1_000, false],
    [
      'for many SELECTs that lose',
      { age: { in: Array.from({ length: 99 }, (_, n) => n) } },
      {},
      undefined,
      true,
    ],
    ['for what is tested here', { city: null }, {}, undefined, false],
    ['for everything', {}, {}, undefined, false],
    ['for nothing', { or: [] }, {}, undefined, false],
  ])('a total that is not known matters %s', (_, where, dialect, total, matters) => {
    const query = parseQuery({ where }, table)
    const plan = planQuery(query, table, { ...DEFAULT_DIALECT, ...dialect }, total)
    expect(plan.totalMatters).toBe(matters)
  })

  test('larger SELECTs read a whole table in fewer requests', () => {
    const plan = explain({}, { maxSelectLimit: 1_000 }, 10_000)
    expect(plan).toMatchObject({
      strategy: 'select',
      wire: [[]],
      pageSize: 1_000,
      requests: { expected: 12 },
    })
    expect(plan.why.join()).toMatch(/up to 1000 records/)
  })

  test('small SELECTs lose against the data read where they answer much', () => {
    expect(explain({ where: { age: { gt: 5 } } }, { maxSelectLimit: 10 }, 1_000).strategy).toBe(
      'data',
    )
    expect(explain({ where: { id: UUID } }, { maxSelectLimit: 10 }, 1_000).strategy).toBe('select')
  })

  test('what is split into thousands is read whole', () => {
    const list = Array.from({ length: 3_000 }, (_, index) => index)
    expect(explain({ where: { age: { in: list } } }, {}, 10_000_000).strategy).toBe('data')
  })
})

describe('what is passed over', () => {
  const plan = (options: QueryOptions, dialect: Partial<Dialect> = {}) =>
    planQuery(parseQuery(options, table), table, { ...DEFAULT_DIALECT, ...dialect }, 1_000)

  test.each<[string, QueryOptions, Partial<Dialect>, object]>([
    [
      'by the gateway where nothing is left to do here',
      { offset: 50, limit: 5 },
      {},
      { skip: 50, offset: 0, want: 5 },
    ],
    [
      'by the gateway behind its filter',
      { where: { city: 'A' }, offset: 50, limit: 5 },
      {},
      { skip: 50, offset: 0, want: 5 },
    ],
    ['here without a limit', { offset: 50 }, {}, { skip: 0, offset: 50, want: undefined }],
    [
      'here where something is tested here',
      { where: { city: 'A', vip: null }, offset: 50, limit: 5 },
      {},
      { skip: 0, offset: 50, want: undefined },
    ],
    [
      'here when it is sorted',
      { sort: 'age', offset: 50, limit: 5 },
      {},
      { skip: 0, offset: 50, want: undefined },
    ],
    [
      'here where pages have no order',
      { offset: 50, limit: 5 },
      { pageOrder: 'unstable' },
      { skip: 0, offset: 50, want: 55 },
    ],
  ])('%s', (_, options, dialect, expected) => {
    expect(plan(options, dialect)).toMatchObject(expected)
  })
})

describe('in words', () => {
  test('a plan for people', () => {
    const where: Where = { or: [{ city: 'A', vip: null }, { age: { gte: 18 } }] }
    expect(
      explain({ where, sort: { column: 'age', direction: 'desc' }, limit: 5 }, {}, 12_345).text,
    ).toBe(
      [
        '2 SELECTs, joined by id',
        '  gateway filters: city = "A"',
        '  gateway filters: age >= "18"',
        '  tested here: ((city = "A" and vip is null) or age >= "18")',
        '  sorted here: age desc',
        '  requests: about 47 (from 2 to 252) for 12345 records, 100 at once',
        '  because the gateway can filter a part of the condition; the client tests the rest; it has no OR, so each branch is a separate SELECT',
      ].join('\n'),
    )
  })

  test('a plan that ends early, for a number of records that is not known', () => {
    expect(explain({ where: { city: { contains: 'x' } }, limit: 5 }).text).toBe(
      [
        'read the pages of the table',
        '  tested here: city contains "x"',
        '  ends as soon as the limit is reached',
        '  requests: about 7 (from 1 to 12) for an assumed 1000 records, 100 at once',
        '  because no part of the condition can be filtered by the gateway without losing records',
      ].join('\n'),
    )
  })

  test('why not several SELECTs', () => {
    const where: Where = { or: [{ city: 'A' }, { city: 'B' }] }
    expect(explain({ where }, {}, 80).why).toEqual([
      '2 SELECTs would take about 2 requests, a read of the whole table 1',
    ])
  })

  test('nothing to do', () => {
    expect(explain({ limit: 0 }).text).toMatch(/^no request: nothing can match\n[\s\S]*limit is 0$/)
  })

  test('many SELECTs are not all listed', () => {
    const { text } = explain({ where: { age: { in: [1, 2, 3, 4, 5, 6, 7, 8] } } }, {}, 1_000_000)
    expect(text.match(/gateway filters/g)).toHaveLength(5)
    expect(text).toMatch(/and 3 more SELECTs/)
  })
})

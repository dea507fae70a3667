import { compareValues, type TableRecord, type Value } from '@chatlayer-tables/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Aggregation, parseAggregate } from './aggregate.ts'

const TYPES = ['text', 'int', 'numeric', 'bool', 'timestamp', 'uuid', 'jsonb'] as const

const table = {
  id: 't',
  botId: 'b',
  name: 't',
  description: '',
  columns: [...TYPES.map((type) => ({ name: type, type })), { name: 'id', type: 'text' }],
}

function record(values: Record<string, Value>, id = 'r'): TableRecord {
  return { id, createdAt: '2026-01-01T00:00:00Z', updatedAt: '', values }
}

function aggregate(by: string[], aggregates: string[], records: readonly TableRecord[]) {
  const parsed = aggregates.map((text) => parseAggregate(text, 'aggregate'))
  const aggregation = new Aggregation(table, by, parsed)
  for (const one of records) aggregation.add(one)
  return aggregation
}

function rows(by: string[], aggregates: string[], records: readonly TableRecord[]) {
  return aggregate(by, aggregates, records).rows()
}

/** A number token that no double holds, as the client keeps it. */
function rawNumber(text: string): Value {
  return (JSON as unknown as { rawJSON(text: string): Value }).rawJSON(text)
}

/** Right and wrong values of any type, as the gateway might send them and the client decodes them. */
const anyValue: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom<Value>(
    ...[null, '', 'abc', '5', 'NaN', 'Infinity', '-Infinity', 'infinity', '-infinity'],
    ...[
      '1e400',
      '-0',
      '0.10',
      '.5',
      '9'.repeat(30),
      `-${'9'.repeat(30)}`,
      '\ud83d\ude00',
      '\ufb01',
    ],
    ...[0, -0, 1.5, 1e21, 2 ** 53, 2n ** 53n, -(2n ** 63n), true, false, [], {}, { a: 1 }],
    ...[
      '2026-01-01',
      '2026-01-01T00:00:00Z',
      '2026-01-01T02:00:00.5+02:00',
      '2026-02-30T00:00:00Z',
    ],
    ...['01234567-89ab-cdef-0123-456789abcdef', '01234567-89AB-CDEF-0123-456789ABCDEF'],
    ...[rawNumber('1e400'), rawNumber('1e200000'), rawNumber('0.12345678901234567890')],
  ),
  fc.maxSafeInteger(),
  fc.bigInt(),
  fc.bigInt().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ unit: 'binary' }),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.uuid(),
  fc.jsonValue() as fc.Arbitrary<Value>,
)

describe('parseAggregate', () => {
  it.each([
    ['count', 'count', undefined],
    ['COUNT(*)', 'count', undefined],
    ['sum(a)', 'sum(a)', 'a'],
    [' Sum : a:b ', 'sum(a:b)', 'a:b'],
    ['max(a (b))', 'max(a (b))', 'a (b)'],
    ['min("id")', 'min("id")', '"id"'],
  ])('reads %j', (text, label, of) => {
    expect(parseAggregate(text, 'x')).toMatchObject({ label, of })
  })

  it.each(['', 'sum', 'sum()', 'median(a)', 'constructor(a)', 'sum(a'])('rejects %j', (text) => {
    expect(() => parseAggregate(text, 'aggregate[2]')).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ field: 'aggregate[2]' }) }),
    )
  })
})

describe('Aggregation', () => {
  it('has one row without groups, also for no records', () => {
    const all = ['count', 'count(int)', 'sum(int)', 'avg(int)', 'min(text)', 'distinct(bool)']
    expect(rows([], all, [])).toEqual([[0, 0, null, null, null, 0]])
  })

  it('is exact where doubles are not', () => {
    const records = [
      record({ numeric: '0.1', int: 9007199254740993n }),
      record({ numeric: '0.2', int: 1 }),
      record({ numeric: '1e3', int: null }),
      record({ numeric: '12345678901234567890.000000000001', int: -1 }),
    ]
    expect(rows([], ['sum(numeric)', 'sum(int)', 'avg(int)'], records)).toEqual([
      ['12345678901234568890.300000000001', '9007199254740993', '3002399751580331'],
    ])
    expect(
      rows([], ['avg(int)'], [record({ int: 1 }), record({ int: 1 }), record({ int: 0 })]),
    ).toEqual([['0.6666666666666667']])
    const negative = [record({ int: -2 }), record({ int: 0 }), record({ int: 0 })]
    expect(rows([], ['avg(int)'], negative)).toEqual([['-0.6666666666666667']])
  })

  it('propagates NaN and infinities in sums, and orders them last', () => {
    const records = ['1', 'NaN', 'Infinity', '-Infinity'].map((numeric) => record({ numeric }))
    expect(rows([], ['min(numeric)', 'max(numeric)', 'sum(numeric)'], records)).toEqual([
      ['-Infinity', 'NaN', 'NaN'],
    ])
    expect(
      rows([], ['sum(numeric)'], [record({ numeric: 'Infinity' }), record({ numeric: '1' })]),
    ).toEqual([['Infinity']])
  })

  it('groups what is equal by the type, and null by itself', () => {
    const records = [
      record({ numeric: '1.0' }),
      record({ numeric: '1.00' }),
      record({ numeric: null }),
      record({}),
    ]
    expect(rows(['numeric'], ['count'], records)).toEqual([
      ['1.0', 2],
      [null, 2],
    ])
    const objects = [record({ jsonb: { a: 1, b: 2 } }), record({ jsonb: { b: 2, a: 1 } })]
    expect(rows(['jsonb'], ['count'], objects)).toEqual([[{ a: 1, b: 2 }, 2]])
    // The text "null" is not null.
    expect(rows(['text'], ['count'], [record({ text: 'null' }), record({})])).toHaveLength(2)
  })

  it('orders times with and without fractions, and text by code point', () => {
    const times = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.5Z', '2025-12-31T23:59:59.9Z']
    const records = times.map((timestamp) => record({ timestamp }))
    expect(rows([], ['min(timestamp)', 'max(timestamp)'], records)).toEqual([[times[2], times[1]]])
    const texts = ['\u{1f600}', '\ufb01', 'Z', 'a'].map((text) => record({ text }))
    expect(rows([], ['min(text)', 'max(text)'], texts)).toEqual([['Z', '\u{1f600}']])
  })

  it('omits values that are not of their column type, and reports how many', () => {
    const values: Value[] = ['abc', 5, { a: 1 }, 1.5, 'NaN', null, rawNumber('1e400'), 7n]
    const records = values.map((int) => record({ int }))
    const all = ['min(int)', 'max(int)', 'sum(int)', 'avg(int)', 'count(int)', 'distinct(int)']
    const aggregation = aggregate([], all, records)
    expect(aggregation.rows()).toEqual([[5, 7n, 12, '6', 7, 7]])
    expect(aggregation.remark()).toBe(
      "Values that do not match their column's type are omitted: 5 in min(int), 5 in max(int), 5 in sum(int), 5 in avg(int).",
    )
    expect(aggregate([], all, [record({ int: 1 }), record({ int: null })]).remark()).toBeUndefined()
  })

  it('finds no extreme and no sum where no value is of the type', () => {
    const records = ['abc', true].map((numeric) => record({ numeric }))
    expect(rows([], ['min(numeric)', 'max(numeric)', 'sum(numeric)'], records)).toEqual([
      [null, null, null],
    ])
  })

  it('omits a number from sums that numeric cannot hold', () => {
    const numeric = rawNumber('1e200000')
    const aggregation = aggregate(
      [],
      ['sum(numeric)'],
      [record({ numeric: '1' }), record({ numeric })],
    )
    expect(aggregation.rows()).toEqual([['1']])
    expect(aggregation.remark()).toContain('1 in sum(numeric)')
  })

  it.each(TYPES.filter((type) => type !== 'jsonb'))(
    'min and max of %s are those of core',
    (type) => {
      fc.assert(
        fc.property(fc.array(anyValue), (values) => {
          const records = values.map((value) => record({ [type]: value }))
          const found = rows([], [`min(${type})`, `max(${type})`], records)
          const ordered = values.filter((value) => compareValues(value, value, type) !== undefined)
          const bounds = [-1, 1].map((sign) =>
            // The first of those that no other value is beyond.
            ordered.find((value) =>
              ordered.every((other) => sign * (compareValues(value, other, type) ?? 0) >= 0),
            ),
          )
          expect(found).toEqual([bounds.map((bound) => bound ?? null)])
        }),
      )
    },
  )

  it.each(['int', 'numeric'] as const)('sums of %s hold the values that core orders', (type) => {
    fc.assert(
      fc.property(fc.array(anyValue), (values) => {
        const records = values.map((value) => record({ [type]: value }))
        const fitting = records.filter(
          ({ values: { [type]: value } }) => compareValues(value, value, type) !== undefined,
        )
        const all = [`sum(${type})`, `avg(${type})`]
        expect(rows([], all, records)).toEqual(rows([], all, fitting))
      }),
    )
  })

  it('distinguishes the id of the record from a column of that name', () => {
    const records = [record({ id: 'own' }, 'r1'), record({ id: 'own' }, 'r2')]
    expect(rows([], ['distinct(id)', 'distinct("id")', 'min(createdAt)'], records)).toEqual([
      [2, 1, '2026-01-01T00:00:00Z'],
    ])
  })

  it.each(['sum(text)', 'avg(bool)', 'min(jsonb)'])('rejects %s', (text) => {
    expect(() => rows([], [text], [])).toThrow(/requires an int|no order/)
  })

  it('gives up on groups without number', () => {
    const aggregation = new Aggregation(table, ['int'], [])
    expect(() => {
      for (let int = 0; int < 60_000; int++) aggregation.add(record({ int }))
    }).toThrow(expect.objectContaining({ code: 'TOO_MANY_GROUPS' }))
  })
})

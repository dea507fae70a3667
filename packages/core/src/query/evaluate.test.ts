import type { Table } from '@chatlayer-tables/contract'
import { describe, expect, test } from 'vitest'
import type { TableRecord, Value, Values } from '../types.ts'
import { evaluate } from './evaluate.ts'
import { parseWhere } from './parse-where.ts'
import type { Where } from './where-types.ts'

const table: Table = {
  id: 't1',
  name: 't',
  columns: ['text', 'int', 'numeric', 'bool', 'uuid', 'timestamp', 'jsonb', 'mystery'].map(
    (type) => ({
      name: type,
      type,
    }),
  ),
}

function judge(where: Where, values: unknown, record: Partial<TableRecord> = {}): boolean | null {
  const whole = { id: 'r1', createdAt: '', updatedAt: '', ...record, values: values as Values }
  return evaluate(parseWhere(where, table), whole)
}

describe('three-valued logic', () => {
  const unknown: Where = { int: 5 }
  const yes: Where = { bool: true }
  const no: Where = { bool: false }
  const values = { int: null, bool: true }

  test.each<[Where, boolean | null]>([
    [{ and: [yes, unknown] }, null],
    [{ and: [no, unknown] }, false],
    [{ and: [unknown, no] }, false],
    [{ or: [yes, unknown] }, true],
    [{ or: [unknown, yes] }, true],
    [{ or: [no, unknown] }, null],
    [{ not: unknown }, null],
    [{ not: { and: [unknown, no] } }, true],
    [{ int: { ne: 5 } }, null],
    [{ int: { nin: [5] } }, null],
    [{ int: { nin: [] } }, true],
    [{ int: { in: [] } }, false],
    [{ int: null }, true],
    [{ int: { isNull: false } }, false],
    [{ not: { int: null } }, false],
    [{ text: { contains: '' } }, null],
    [{ not: { text: { contains: 'x' } } }, null],
    [{ text: { icontains: '' } }, null],
    [{ not: { text: { ieq: 'x' } } }, null],
  ])('%o is %s', (where, truth) => {
    expect(judge(where, values)).toBe(truth)
  })
})

test.each<[Where, boolean]>([
  [{ text: { contains: 'bc' } }, true],
  [{ text: { contains: 'x' } }, false],
  [{ text: { startsWith: 'ab' } }, true],
  [{ text: { startsWith: 'bc' } }, false],
  [{ text: { endsWith: 'cd' } }, true],
  [{ text: { endsWith: 'bc' } }, false],
  [{ text: { contains: 'BC' } }, false],
  [{ text: { contains: '' } }, true],
  [{ text: { icontains: 'BC' } }, true],
  [{ text: { istartsWith: 'AB' } }, true],
  [{ text: { istartsWith: 'BC' } }, false],
  [{ text: { iendsWith: 'CD' } }, true],
  [{ text: { iendsWith: 'BC' } }, false],
  [{ text: { ieq: 'ABCD' } }, true],
  [{ text: { ieq: 'ABC' } }, false],
  [{ mystery: { startsWith: 'x' } }, true],
])('%o is %s, and its negation is not', (where, truth) => {
  const values = { text: 'abcd', mystery: 'xyz' }
  expect(judge(where, values)).toBe(truth)
  expect(judge({ not: where }, values)).toBe(!truth)
})

test.each<[Where, boolean]>([
  [{ int: { eq: 5 } }, true],
  [{ int: { ne: 5 } }, false],
  [{ int: { gt: 4 } }, true],
  [{ int: { gt: 5 } }, false],
  [{ int: { gte: 5 } }, true],
  [{ int: { gte: 6 } }, false],
  [{ int: { lt: 6 } }, true],
  [{ int: { lt: 5 } }, false],
  [{ int: { lte: 5 } }, true],
  [{ int: { lte: 4 } }, false],
])('%o of 5 is %s', (where, truth) => {
  expect(judge(where, { int: 5 })).toBe(truth)
})

describe('a value that has not its column’s type', () => {
  test.each<[Where, unknown]>([
    [{ int: { gt: 5 } }, { int: 'many' }],
    [{ int: { ne: 5 } }, { int: 1.5 }],
    [{ numeric: { nin: ['1'] } }, { numeric: [] }],
    [{ bool: false }, { bool: 'no' }],
    [{ timestamp: { lt: '2024-01-01' } }, { timestamp: 5 }],
    [{ text: { contains: '5' } }, { text: 5 }],
    [{ mystery: 'x' }, { mystery: 5 }],
    [{ mystery: { gt: 'x' } }, { mystery: {} }],
    [{ mystery: { in: ['a', 'b'] } }, { mystery: 5 }],
  ])('%o of %o is unknown', (where, values) => {
    expect(judge(where, values)).toBeNull()
  })

  test('is not null', () => {
    expect(judge({ int: null }, { int: 'many' })).toBe(false)
    expect(judge({ int: { isNull: false } }, { int: 'many' })).toBe(true)
  })
})

test('a list of several kinds, on a column of an unknown type', () => {
  expect(judge({ mystery: { in: ['x', 5] } }, { mystery: 'x' })).toBe(true)
  expect(judge({ mystery: { in: ['x', 5] } }, { mystery: 5 })).toBe(true)
  expect(judge({ mystery: { in: ['x', 5] } }, { mystery: 'y' })).toBeNull()
  expect(judge({ mystery: { nin: ['x', 5] } }, { mystery: 'x' })).toBe(false)
  expect(judge({ mystery: { nin: ['x', 5] } }, { mystery: 'y' })).toBeNull()
})

describe('a long list states what its values say one by one', () => {
  const long = (values: readonly Value[]): Value[] => [
    ...values,
    ...Array.from({ length: 20 }, (_, n) => n + 1_000),
  ]

  test.each<[string, Value, Value, boolean]>([
    ['int', 5, 5n, true],
    ['int', 2n ** 60n, String(2n ** 60n), true],
    ['int', 6, 5, false],
    ['numeric', '1.50', '1.5', true],
    ['numeric', '0.00', 0, true],
    ['numeric', '-1.5', '1.5', false],
    ['numeric', '15', '1.5', false],
    ['numeric', 'NaN', 'NaN', true],
    ['numeric', 'Infinity', 'NaN', false],
    ['jsonb', { a: 1, b: [2] }, { b: [2], a: 1 }, true],
    ['jsonb', { a: 1 }, { a: 2 }, false],
    ['mystery', 5, 5, true],
    ['mystery', true, true, true],
  ])('%s: %o among %o', (type, stored, listed, found) => {
    expect(judge({ [type]: { in: long([listed]) } }, { [type]: stored })).toBe(found)
    expect(judge({ [type]: { nin: long([listed]) } }, { [type]: stored })).toBe(!found)
    expect(judge({ [type]: { in: long([listed]) } }, { [type]: null })).toBeNull()
  })

  test('text, uuids, timestamps and booleans', () => {
    const texts = Array.from({ length: 20 }, (_, n) => `x${n}`)
    expect(judge({ text: { in: texts } }, { text: 'x7' })).toBe(true)
    expect(judge({ text: { in: texts } }, { text: 'x20' })).toBe(false)
    const times = Array.from({ length: 20 }, (_, n) => new Date(n))
    expect(
      judge({ timestamp: { in: times } }, { timestamp: '1970-01-01T02:00:00.007+02:00' }),
    ).toBe(true)
    expect(judge({ timestamp: { nin: times } }, { timestamp: '1970-01-01T00:00:00.007001Z' })).toBe(
      true,
    )
  })

  test('a value of another kind than the list’s is unknown', () => {
    expect(judge({ mystery: { in: long(['x']) } }, { mystery: 'y' })).toBeNull()
    expect(judge({ mystery: { in: long([]) } }, { mystery: 'y' })).toBeNull()
  })
})

test('a property of the prototype is not a value', () => {
  const odd: Table = { id: 't', name: 't', columns: [{ name: 'toString', type: 'text' }] }
  const record = { id: 'r', createdAt: '', updatedAt: '', values: {} }
  expect(evaluate(parseWhere({ '"toString"': null }, odd), record)).toBe(true)
})

test('the ends of time and of numbers', () => {
  expect(judge({ timestamp: { gt: '9999-12-31' } }, { timestamp: 'infinity' })).toBe(true)
  expect(judge({ timestamp: { lt: '0001-01-01' } }, { timestamp: '-infinity' })).toBe(true)
  expect(judge({ numeric: { gt: '1e1000' } }, { numeric: 'Infinity' })).toBe(true)
  expect(judge({ numeric: { gt: '1e1000' } }, { numeric: 'NaN' })).toBe(true)
  expect(judge({ numeric: 'NaN' }, { numeric: 'NaN' })).toBe(true)
  expect(judge({ numeric: { lt: '-1e1000' } }, { numeric: '-Infinity' })).toBe(true)
})

test('ids that are not uuids are compared unchanged', () => {
  expect(judge({ id: '507f1f77bcf86cd799439011' }, {}, { id: '507f1f77bcf86cd799439011' })).toBe(
    true,
  )
  expect(judge({ id: 'ABC' }, {}, { id: 'abc' })).toBe(false)
  const uuid = '123e4567-e89b-12d3-a456-426614174000'
  expect(judge({ id: uuid.toUpperCase() }, {}, { id: uuid })).toBe(true)
})

test('a record without dates is unknown to conditions on them', () => {
  expect(judge({ createdAt: { gt: '2024-01-01' } }, {})).toBeNull()
  expect(
    judge({ updatedAt: { lte: '2024-01-01' } }, {}, { updatedAt: '2024-01-01T00:00:00Z' }),
  ).toBe(true)
})

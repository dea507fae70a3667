import type { Table } from '@chatlayer-tables/contract'
import { describe, expect, test } from 'vitest'
import type { Values } from '../types.ts'
import { canonicalValue, changedValues, holdsValues } from './same-values.ts'

const table: Table = {
  id: 't',
  name: 't',
  columns: ['text', 'int', 'numeric', 'bool', 'timestamp', 'uuid', 'jsonb', 'citext'].map(
    (type) => ({ name: type, type }),
  ),
}

const SAME: [string, unknown, unknown][] = [
  ['text', 'a', 'a'],
  ['int', 5, '005'],
  ['int', 9007199254740993n, '9007199254740993'],
  ['numeric', '1.50', 1.5],
  ['numeric', '-0.00', 0],
  ['numeric', '1e3', '1000.0'],
  ['bool', true, 'true'],
  ['timestamp', '2024-01-31T10:30:00+01:00', new Date('2024-01-31T09:30:00Z')],
  ['timestamp', '2024-01-31T09:30:00.120000Z', '2024-01-31T09:30:00.12Z'],
  ['uuid', '{0190B8A0-0000-7000-8000-000000000001}', '0190b8a0000070008000000000000001'],
  ['jsonb', { a: 1, b: [{ c: 2, d: 3 }] }, { b: [{ d: 3, c: 2 }], a: 1 }],
  ['citext', 5, '5'],
]
const OTHER: [string, unknown, unknown][] = [
  ['text', 'a', 'A'],
  ['text', '', null],
  ['int', 5, 6],
  ['numeric', '1.5', '1.51'],
  ['bool', true, false],
  ['timestamp', '2024-01-31T09:30:00.123456Z', '2024-01-31T09:30:00.123Z'],
  ['jsonb', [1, 2], [2, 1]],
  ['jsonb', { a: null }, {}],
  ['citext', 'x', null],
]

describe.each([
  ['equal', SAME, true],
  ['different', OTHER, false],
] as const)('%s values', (_, pairs, isSame) => {
  test.each(pairs)('%s: %o and %o', (type, a, b) => {
    const [left, right] = [a, b].map((value) => canonicalValue(value, type, table))
    expect(left === right).toBe(isSame)
    const [held, sent] = [{ [type]: a }, { [type]: b }] as Values[]
    expect(holdsValues(held ?? {}, sent ?? {}, table)).toBe(isSame)
    expect(changedValues(held ?? {}, sent ?? {}, table)).toEqual(isSame ? {} : sent)
  })
})

test('what is not sent is not changed; what a record lacks is null', () => {
  const held = { text: 'a' } as Values
  expect(changedValues(held, { text: undefined, int: null } as never, table)).toEqual({})
  expect(changedValues(held, { int: 1, text: 'a' }, table)).toEqual({ int: 1 })
})

test('names that objects have by nature are columns like others', () => {
  const odd: Table = {
    ...table,
    columns: [
      { name: '__proto__', type: 'text' },
      { name: 'constructor', type: 'text' },
    ],
  }
  const row = (value: string) =>
    JSON.parse(`{"__proto__":"${value}","constructor":"${value}"}`) as Values
  expect(holdsValues(row('a'), row('a'), odd)).toBe(true)
  expect(Object.keys(changedValues({}, row('a'), odd))).toEqual(['__proto__', 'constructor'])
  expect(Object.keys(changedValues(row('b'), row('a'), odd))).toEqual(['__proto__', 'constructor'])
})

test('a value that is not of its column’s type equals only itself', () => {
  expect(canonicalValue('x', 'int', table)).toBe(canonicalValue('x', 'int', table))
  expect(canonicalValue('x', 'int', table)).not.toBe(canonicalValue('y', 'int', table))
})

test.each([
  ['2024-01-31T09:30:00.123Z', '2024-01-31T09:30:00.123456Z', 'milliseconds', true],
  ['2024-01-31T09:30:00.124Z', '2024-01-31T09:30:00.123956Z', 'milliseconds', true],
  ['2024-01-31T09:30:00.125Z', '2024-01-31T09:30:00.123456Z', 'milliseconds', false],
  ['2024-01-31T09:30:00.123400Z', '2024-01-31T09:30:00.123456Z', 'milliseconds', false],
  ['2024-01-31T09:30:00Z', '2024-01-31T09:30:00.999999Z', 'seconds', true],
  ['2024-01-31T09:30:01Z', '2024-01-31T09:30:00.999999Z', 'seconds', true],
  ['2024-01-31T09:30:01Z', '2024-01-31T09:30:00Z', 'seconds', false],
  ['2024-01-31T09:30:00.123Z', '2024-01-31T09:30:00.123456Z', 'microseconds', false],
] as const)('%s holds %s as finely as %s: %s', (held, sent, precision, expected) => {
  const timestamps: Table = { id: 't', name: 't', columns: [{ name: 'at', type: 'timestamp' }] }
  expect(holdsValues({ at: held }, { at: sent }, timestamps, precision)).toBe(expected)
})

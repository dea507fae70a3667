/** What the gateway answers against its own column types passes through; what fits is exact. */
import type { Table, WireRecord } from '@chatlayer-tables/contract'
import { describe, expect, test } from 'vitest'
import { decodeRecord, decoderOf, decodeValue } from './decode.ts'

const table: Table = {
  id: 't',
  name: 't',
  columns: [
    { name: 'n', type: 'int' },
    { name: '__proto__', type: 'text' },
  ],
}

describe('an int', () => {
  test.each([
    ['12 apples', '12 apples'],
    ['no 12', 'no 12'],
    ['', ''],
    ['1.0', '1.0'],
    [true, true],
    [1.5, 1.5],
    [[7], [7]],
    [{ a: 1 }, { a: 1 }],
  ])('%j passes through', (value, expected) => {
    expect(decodeValue(value, 'int')).toEqual(expected)
  })

  test('is exact however long it is', () => {
    const digits = '9'.repeat(150)
    expect(decodeValue(digits, 'int')).toBe(BigInt(digits))
    expect(decodeValue('+0042', 'int')).toBe(42)
    expect(decodeValue(null, 'int')).toBeNull()
  })
})

test.each([
  ['numeric', 'NaN'],
  ['numeric', 'many'],
  ['numeric', false],
  ['bool', 'maybe'],
  ['bool', 1],
  ['timestamp', 5],
  ['timestamp', 'tomorrow'],
] as const)('a %s that is %j passes through', (type, value) => {
  expect(decodeValue(value, type)).toBe(value)
})

test('a column named __proto__ can be changed and removed like any other', () => {
  const wire: WireRecord = JSON.parse('{"id":"1","values":{"n":1,"__proto__":"p"}}')
  const { values } = decodeRecord(wire, decoderOf(table))
  expect(Object.keys(values)).toEqual(['n', '__proto__'])
  const { writable, configurable } = Object.getOwnPropertyDescriptor(values, '__proto__') ?? {}
  expect({ writable, configurable }).toEqual({ writable: true, configurable: true })
})

test('a table is prepared for decoding once', () => {
  expect(decoderOf(table)).toBe(decoderOf(table))
})

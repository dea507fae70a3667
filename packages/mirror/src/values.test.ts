import type { ColumnType } from '@chatlayer-tables/contract'
import type { Value } from '@chatlayer-tables/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type SqlValue, timestampToSql, toSql } from './values.ts'

test.each<[Value, ColumnType | undefined, SqlValue]>([
  ['x', 'text', 'x'],
  ['12', 'text', '12'],
  [12, 'int', 12],
  [2n ** 62n, 'int', 2n ** 62n],
  [2n ** 63n, 'int', '9223372036854775808'],
  ['12.50', 'numeric', 12.5],
  ['12', 'numeric', 12],
  ['-0.000', 'numeric', 0],
  ['-12345678901234567', 'numeric', -12345678901234567n],
  ['9223372036854775807', 'numeric', 9223372036854775807n],
  ['123456789.123456', 'numeric', 123456789.123456],
  ['what', 'numeric', 'what'],
  [true, 'bool', 1],
  ['maybe', 'bool', 'maybe'],
  ['2024-01-31T09:30:00.000Z', 'timestamp', '2024-01-31T09:30:00.000000Z'],
  [{ a: 1n }, 'jsonb', '{"a":1}'],
  ['x', 'jsonb', '"x"'],
  [false, 'jsonb', 'false'],
  [null, 'jsonb', null],
  [['x'], undefined, '["x"]'],
  [true, undefined, 'true'],
])('%o as %s is %o', (value, type, expected) => {
  expect(toSql(value, type)).toEqual({ value: expected, rounded: false })
})

test.each([
  ['9223372036854775809', Number(2n ** 63n)],
  ['0.12345678901234567891', 0.12345678901234568],
  ['-12345678901234567.25', -12345678901234568],
  ['NaN', null],
  [`1${'0'.repeat(400)}`, Number.POSITIVE_INFINITY],
])('%s is rounded', (text, expected) => {
  expect(toSql(text, 'numeric')).toEqual({ value: expected, rounded: true })
})

test('a decimal that is not marked as rounded is stored exactly', () => {
  const decimal = fc
    .tuple(fc.bigInt(-(10n ** 18n), 10n ** 18n), fc.integer({ min: 0, max: 18 }))
    .map(([digits, scale]) => {
      const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0')
      const at = text.length - scale
      return `${digits < 0n ? '-' : ''}${text.slice(0, at)}${scale > 0 ? `.${text.slice(at)}` : ''}`
    })
  fc.assert(
    fc.property(decimal, (text) => {
      const { value, rounded } = toSql(text, 'numeric')
      if (!rounded && typeof value === 'number' && !/e/.test(String(value))) {
        expect(Number(text)).toBe(value)
        expect(plain(String(value))).toBe(plain(text))
      }
    }),
  )
})

function plain(text: string): string {
  const trimmed = text.includes('.') ? text.replace(/\.?0+$/, '') : text
  return trimmed === '-0' ? '0' : trimmed
}

test.each([
  ['2024-01-31T09:30:00.123456Z', '2024-01-31T09:30:00.123456Z'],
  ['2024-01-31T09:30:00Z', '2024-01-31T09:30:00.000000Z'],
  ['2024-01-31 10:30:00.5+01', '2024-01-31T09:30:00.500000Z'],
  ['2024-01-31T09:30:00.1234567', '2024-01-31T09:30:00.123456Z'],
  ['2024-01-31T00:30:00-0130', '2024-01-31T02:00:00.000000Z'],
  ['soon', 'soon'],
  ['', ''],
  ['2024-13-31T09:30:00Z', '2024-13-31T09:30:00Z'],
])('the date-time %s is held as %s', (text, expected) => {
  expect(timestampToSql(text)).toBe(expected)
})

import { parseJson } from '@chatlayer-tables/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  arrayOf,
  compositeOf,
  date,
  json,
  nestedNumber,
  nestedTimestamp,
  number,
  paddedText,
  textValue,
  timestamp,
  timestamptz,
  wholeNumber,
} from './values.ts'

describe('values', () => {
  it.each([
    [number, '1.10', '1.10'],
    [number, '-0', '-0'],
    [number, '1e+300', '1e+300'],
    [number, 'NaN', '"NaN"'],
    [nestedNumber, '-Infinity', '"-Infinity"'],
    [wholeNumber, '9223372036854775807', '9223372036854775807'],
    [paddedText, 'ab   ', '"ab"'],
    [paddedText, '  ', '""'],
    [date, '2024-02-29', '"2024-02-29"'],
    [timestamp, '2024-01-31 09:30:00.123456', '"2024-01-31T09:30:00.123456"'],
    [timestamptz, '0001-01-31 09:30:00.5+00', '"0001-01-31T09:30:00.5Z"'],
    [nestedTimestamp, '0044-03-15 00:00:00+00 BC', '"0044-03-15T00:00:00Z BC"'],
    [nestedTimestamp, '294276-12-31 23:59:59.999999', '"294276-12-31T23:59:59.999999"'],
    [nestedTimestamp, 'infinity', '"infinity"'],
    [json, '{"a":\r\n 1.0}', '{"a":  1.0}'],
  ])('%o %s', (encode, text, expected) => {
    expect(encode(text)).toBe(expected)
  })

  it.each([
    [number, 'Infinity', 'is infinite'],
    [number, '-Infinity', 'is infinite'],
    [date, 'infinity', 'is infinite'],
    [date, '0044-03-15 BC', 'is before the year 1'],
    [date, '10000-01-01', 'is after the year 9999'],
    [timestamp, '-infinity', 'is infinite'],
    [timestamptz, '0044-03-15 00:00:00+00 BC', 'is before the year 1'],
    [timestamptz, '294276-12-31 00:00:00+00', 'is after the year 9999'],
    [arrayOf(wholeNumber, ','), '[0:1]={1,2}', 'is an array whose first index is not 1'],
  ])('%o rejects %s', (encode, text, reason) => {
    expect(() => encode(text)).toThrow(reason)
  })
})

type Item = string | null | readonly Item[]

/** As the server writes an array, with the most quotes. */
function arrayText(items: readonly Item[], delimiter: string): string {
  const parts = items.map((item) => {
    if (item === null) return 'NULL'
    return typeof item === 'string'
      ? `"${item.replace(/["\\]/g, '\\$&')}"`
      : arrayText(item, delimiter)
  })
  return `{${parts.join(delimiter)}}`
}

const unit = fc.constantFrom(
  'a',
  '"',
  '\\',
  ',',
  ';',
  '{',
  '}',
  '(',
  ')',
  ' ',
  '\n',
  'NULL',
  'é',
  '😀',
)
const text = fc.string({ unit, maxLength: 6 })
const cell = fc.option(text, { nil: null })

it('an array is the same in JSON, whatever its texts', () => {
  const flat = fc.array(cell, { maxLength: 5 })
  const deep = fc.array(fc.array(cell, { minLength: 2, maxLength: 2 }), { minLength: 1 })
  fc.assert(
    fc.property(fc.oneof(flat, deep), fc.constantFrom(',', ';'), (items, delimiter) => {
      const encoded = arrayOf(textValue, delimiter)(arrayText(items, delimiter))
      expect(parseJson(encoded)).toEqual(items)
    }),
  )
})

it('a composite value is an object of the same values', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(text, cell), { minLength: 1, maxLength: 5 }), (pairs) => {
      const names = pairs.map(([name], index) => `${name}${index}`)
      const parts = pairs.map(([, value]) =>
        value === null ? '' : `"${value.replace(/["\\]/g, '$&$&')}"`,
      )
      const encode = compositeOf(names.map((name) => ({ name, encode: textValue })))
      const expected = Object.fromEntries(names.map((name, index) => [name, pairs[index]?.[1]]))
      expect(parseJson(encode(`(${parts.join(',')})`))).toEqual(expected)
    }),
  )
})

it('no text makes the parsers hang or throw anything but an error of the value', () => {
  fc.assert(
    fc.property(fc.string({ unit }), (any) => {
      for (const encode of [
        arrayOf(textValue, ','),
        compositeOf([
          { name: 'a', encode: textValue },
          { name: 'b', encode: textValue },
        ]),
      ]) {
        try {
          encode(any)
        } catch (error) {
          expect(error).toMatchObject({ name: 'ValueError' })
        }
      }
    }),
  )
})

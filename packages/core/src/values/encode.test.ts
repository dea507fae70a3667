import { DEFAULT_DIALECT, type Dialect, type Table } from '@chatlayer-tables/contract'
import { describe, expect, test } from 'vitest'
import { InvalidInputError, NotExpressibleError } from '../errors.ts'
import type { Values } from '../types.ts'
import { encodeFields, holdsNul, readsAsNull } from './encode.ts'

const table: Table = {
  id: 't1',
  name: 'people',
  columns: [
    { name: 'name', type: 'text' },
    { name: 'age', type: 'integer' },
    { name: 'data', type: 'jsonb' },
    { name: '__proto__', type: 'text' },
    { name: 'constructor', type: 'text' },
    { name: '', type: 'text' },
    { name: 'place', type: 'geography' },
  ],
}

function fields(
  values: Values,
  dialect: Partial<Dialect> = {},
  kind: 'insert' | 'update' = 'insert',
) {
  return encodeFields(values, table, { ...DEFAULT_DIALECT, ...dialect }, kind)
}

describe('encodeFields', () => {
  test('names the column, its wire type and the literal', () => {
    expect(fields({ name: 'Ann', age: 33, data: { a: 1 }, place: 'POINT(1 2)' })).toEqual([
      { columnName: 'name', columnType: 'text', value: 'Ann' },
      { columnName: 'age', columnType: 'int', value: '33' },
      { columnName: 'data', columnType: 'jsonb', value: '{"a":1}' },
      { columnName: 'place', value: 'POINT(1 2)' },
    ])
  })

  test('takes any column name that is there, and none that is only in a prototype', () => {
    const values: Values = Object.fromEntries([
      ['__proto__', 'p'],
      ['constructor', 'c'],
      ['', 'e'],
    ])
    expect(fields(values).map(({ columnName, value }) => [columnName, value])).toEqual([
      ['__proto__', 'p'],
      ['constructor', 'c'],
      ['', 'e'],
    ])
    expect(() => fields({ toString: 'x' } as never)).toThrow(/has no column "toString"/)
  })

  test('an unknown column names the nearest, else lists what there is', () => {
    const attempt = (values: Values) => () => fields(values)
    expect(attempt({ Nmae: 'x' })).toThrow(InvalidInputError)
    expect(attempt({ Nmae: 'x' })).toThrow(
      expect.objectContaining({ field: 'values.Nmae', hint: 'Did you mean "name"?' }),
    )
    expect(attempt({ telephone: 'x' })).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('name, age, data') }),
    )
  })

  test('an unknown column is rejected also when its value is undefined', () => {
    expect(() => fields({ nme: undefined } as never)).toThrow(InvalidInputError)
  })

  test('leaves undefined out', () => {
    expect(fields({ name: 'Ann', age: undefined } as never)).toHaveLength(1)
    expect(fields({ name: 'Ann', age: undefined } as never, {}, 'update')).toHaveLength(1)
  })

  test('names the place of a wrong value', () => {
    expect(() => fields({ age: 1.5 })).toThrow(expect.objectContaining({ field: 'values.age' }))
    expect(() => fields(Object.fromEntries([['', 5]]))).toThrow(
      expect.objectContaining({ field: 'values[""]' }),
    )
  })
})

describe('null', () => {
  const nullField = { columnName: 'name', columnType: 'text' }

  test.each([
    ['omit', 'insert', []],
    ['empty', 'insert', [{ ...nullField, value: '' }]],
    ['empty', 'update', [{ ...nullField, value: '' }]],
    ['word', 'insert', [{ ...nullField, value: 'null' }]],
    ['word', 'update', [{ ...nullField, value: 'null' }]],
    ['json', 'insert', [{ ...nullField, value: null }]],
    ['json', 'update', [{ ...nullField, value: null }]],
  ] as const)('under %s, in an %s', (nullEncoding, kind, expected) => {
    expect(fields({ name: null }, { nullEncoding }, kind)).toEqual(expected)
  })

  test('cannot be omitted of an update', () => {
    const attempt = () => fields({ name: null }, { nullEncoding: 'omit' }, 'update')
    expect(attempt).toThrow(NotExpressibleError)
    expect(attempt).toThrow(
      expect.objectContaining({
        field: 'values.name',
        hint: expect.stringContaining('nullEncoding'),
      }),
    )
  })

  test.each([
    ['omit', '', true],
    ['omit', 'null', true],
    ['empty', '', false],
    ['empty', 'null', true],
    ['word', '', true],
    ['word', 'null', false],
    ['word', 'NULL', true],
    ['json', '', true],
    ['json', 'null', true],
  ] as const)('under %s, the text %j can be written: %s', (nullEncoding, text, can) => {
    const attempt = () => fields({ name: text }, { nullEncoding })
    if (can) {
      expect(attempt()).toEqual([{ ...nullField, value: text }])
    } else {
      expect(attempt).toThrow(NotExpressibleError)
      expect(attempt).toThrow(
        expect.objectContaining({ hint: expect.stringContaining('nullEncoding') }),
      )
    }
  })

  test('the empty string as JSON is not an empty literal', () => {
    expect(fields({ data: '' }, { nullEncoding: 'empty' })[0]?.value).toBe('""')
    expect(readsAsNull('""', { ...DEFAULT_DIALECT, nullEncoding: 'empty' })).toBe(false)
  })
})

describe('NUL', () => {
  test('is kept unless the dialect states that it is rejected', () => {
    expect(fields({ name: 'a\0b' })[0]?.value).toBe('a\0b')
    const attempt = () => fields({ name: 'a\0b' }, { nulInText: 'refused' })
    expect(attempt).toThrow(NotExpressibleError)
    expect(attempt).toThrow(
      expect.objectContaining({ field: 'values.name', hint: expect.stringContaining('nulInText') }),
    )
  })

  test('is found where JSON escapes it, and only there', () => {
    const jsonWithNul = JSON.stringify({ a: ['x\0'] })
    expect(holdsNul(jsonWithNul, 'jsonb')).toBe(true)
    expect(holdsNul(JSON.stringify('\\\0'), 'jsonb')).toBe(true)
    expect(holdsNul(JSON.stringify('\\u0000'), 'jsonb')).toBe(false)
    expect(holdsNul('\\u0000', 'text')).toBe(false)
    expect(() => fields({ data: { a: '\0' } }, { nulInText: 'refused' })).toThrow(
      NotExpressibleError,
    )
    expect(fields({ data: '\\u0000' }, { nulInText: 'refused' })).toHaveLength(1)
  })
})

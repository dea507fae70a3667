import { DEFAULT_DIALECT, type Table } from '@chatlayer-tables/contract'
import { expect, test } from 'vitest'
import type { Where } from '../query/where-types.ts'
import type { Values } from '../types.ts'
import { identityOf } from './identity.ts'

const table: Table = {
  id: 't',
  name: 't',
  columns: [
    { name: 'a', type: 'text' },
    { name: 'b', type: 'text' },
    { name: 'n', type: 'numeric' },
    { name: 'at', type: 'timestamp' },
    { name: 'j', type: 'jsonb' },
    { name: 'x', type: 'citext' },
  ],
}

function identity(values: Values, key?: readonly string[], nullEncoding: 'omit' | 'json' = 'omit') {
  const found = identityOf({ values, table, key }, { ...DEFAULT_DIALECT, nullEncoding })
  if (found === undefined) throw new Error('no identity')
  return found
}

const record = (values: Values) => ({ id: '1', createdAt: '', updatedAt: '', values })

const PARTS: [string, Values, Where[]][] = [
  ['by its values', { a: 'x', n: '1.5' }, [{ '"a"': { eq: 'x' } }, { '"n"': { eq: '1.5' } }]],
  ['not by null', { a: 'x', b: null }, [{ '"a"': { eq: 'x' } }]],
  ['not by a text that may mean null', { a: '', b: 'null' }, []],
  ['not by white space', { a: ' x' }, []],
  ['not by more digits than a double holds', { n: '1.23456789012345678' }, []],
  ['not by a type that is not known', { x: 'y' }, []],
  [
    'by the millisecond',
    { at: '2024-01-31T09:30:00.123456Z' },
    [{ '"at"': { gte: '2024-01-31T09:30:00.123Z', lte: '2024-01-31T09:30:00.124Z' } }],
  ],
  ['by JSON', { j: { a: 1 } }, [{ '"j"': { eq: { a: 1 } } }]],
]

test.each(PARTS)('a row is searched for %s', (_, values, parts) => {
  expect(identity(values).where).toEqual({ and: parts })
})

test('where it is known how null is written, any text is searched for', () => {
  expect(identity({ a: '', b: 'null' }, undefined, 'json').where).toEqual({
    and: [{ '"a"': { eq: '' } }, { '"b"': { eq: 'null' } }],
  })
})

test('a record is equal when it holds all values, and null where the row has none', () => {
  const { isEqual, isKeyed } = identity({ a: 'x', n: '1.50' })
  expect(isKeyed).toBe(false)
  expect(isEqual(record({ a: 'x', n: '1.5', b: null }))).toBe(true)
  expect(isEqual(record({ a: 'x', n: '1.5', b: 'by default' }))).toBe(false)
  expect(isEqual(record({ a: 'x', n: '1.6' }))).toBe(false)
})

test('by a key, nothing else counts', () => {
  const { where, isEqual, isKeyed } = identity({ a: 'x', b: 'y' }, ['a'])
  expect([isKeyed, where]).toEqual([true, { and: [{ '"a"': { eq: 'x' } }] }])
  expect(isEqual(record({ a: 'x', b: 'z', n: '1' }))).toBe(true)
})

test.each([[{ b: 'y' }], [{ a: null, b: 'y' }], [{ a: undefined as never, b: 'y' }]])(
  'a key that the row %o does not fill is none',
  (values) => {
    const { where, isKeyed } = identity(values, ['a'])
    expect([isKeyed, where]).toEqual([false, { and: [{ '"b"': { eq: 'y' } }] }])
  },
)

test('a column with values that the gateway changes is not used to search', () => {
  const row = { values: { a: 'x', b: 'y' }, table, key: undefined }
  const found = identityOf(row, DEFAULT_DIALECT, new Set(['a']))
  expect(found?.where).toEqual({ and: [{ '"b"': { eq: 'y' } }] })
  expect(identityOf(row, DEFAULT_DIALECT, new Set(['a', 'b']))).toBe(undefined)
})

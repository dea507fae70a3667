import { expect, it } from 'vitest'
import { COLUMN_TYPES, columnTypeOf } from './column-types.ts'

it('has the seven types of the wire, each its own name', () => {
  expect(COLUMN_TYPES).toEqual(['text', 'int', 'numeric', 'uuid', 'bool', 'timestamp', 'jsonb'])
  for (const type of COLUMN_TYPES) expect(columnTypeOf(type)).toBe(type)
})

it.each([
  ['TEXT', 'text'],
  [' varchar ', 'text'],
  ['Character Varying', 'text'],
  ['bigint', 'int'],
  ['decimal', 'numeric'],
  ['boolean', 'bool'],
  ['timestamptz', 'timestamp'],
  ['json', 'jsonb'],
])('reads %j as %s', (declared, type) => {
  expect(columnTypeOf(declared)).toBe(type)
})

it.each(['', 'point', 'int[]', 'constructor', '__proto__'])('knows no %j', (declared) => {
  expect(columnTypeOf(declared)).toBeUndefined()
})

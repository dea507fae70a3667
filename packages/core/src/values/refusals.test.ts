/** What the rejection of a value states: the place, what is wrong there, and what would be right. */
import { DEFAULT_DIALECT, type Dialect, type Table } from '@chatlayer-tables/contract'
import { describe, expect, test } from 'vitest'
import type { Values } from '../types.ts'
import { encodeFields, unknownColumn } from './encode.ts'

const people: Table = {
  id: 't1',
  name: 'people',
  columns: [
    { name: 'name', type: 'text' },
    { name: 'data', type: 'jsonb' },
  ],
}

function refusal(values: Values, dialect: Partial<Dialect>, kind: 'insert' | 'update' = 'insert') {
  return () => encodeFields(values, people, { ...DEFAULT_DIALECT, ...dialect }, kind)
}

describe('under a dialect that has no form for a value', () => {
  test('null in an update', () => {
    expect(refusal({ name: null }, { nullEncoding: 'omit' }, 'update')).toThrow(
      'values.name: null cannot be written by an update',
    )
  })

  test.each([
    ['empty', '', 'an empty string'],
    ['word', 'null', 'the text "null"'],
  ] as const)('a text that would be read as null (%s)', (nullEncoding, name, called) => {
    expect(refusal({ name }, { nullEncoding })).toThrow(
      `values.name: ${called} cannot be written, since the gateway reads it as null`,
    )
  })

  test.each([{ name: 'a\0b' }, { data: { deep: ['\0'] } }])(
    'U+0000, also within JSON: %j',
    (values) => {
      const place = `values.${Object.keys(values)[0]}`
      expect(refusal(values, { nulInText: 'refused' })).toThrow(
        `${place}: the text must not contain the character U+0000 (NUL)`,
      )
      expect(refusal(values, { nulInText: 'kept' })).not.toThrow()
    },
  )
})

describe('a column that is not there', () => {
  const wide = (count: number): Table => ({
    ...people,
    columns: Array.from({ length: count }, (_, n) => ({ name: `column ${n}`, type: 'text' })),
  })
  const hintFor = (table: Table) => unknownColumn('telephone', table, 'values.telephone').hint

  test('gets up to twenty columns listed, and a sign that there are more', () => {
    const twenty = Array.from({ length: 20 }, (_, n) => `column ${n}`).join(', ')
    expect(hintFor(wide(20))).toBe(`Its columns: ${twenty}.`)
    expect(hintFor(wide(21))).toBe(`Its columns: ${twenty}, ….`)
  })

  test('is likened to what else would be right in its place', () => {
    const { hint } = unknownColumn('creatdAt', people, 'where.creatdAt', ['createdAt'])
    expect(hint).toBe('Did you mean "createdAt"?')
    expect(unknownColumn('xyz', people, 'where.xyz').hint).toBe('Its columns: name, data.')
  })
})

import { COLUMN_TYPES, type ColumnType } from '@chatlayer-tables/contract'
import { InvalidInputError, type Value } from '@chatlayer-tables/core'
import { describe, expect, it } from 'vitest'
import { cellToValue, valueToCell } from './cells.ts'

const read = (cell: string | null, type: ColumnType | undefined): Value =>
  cellToValue(cell, type, 'values.x')

describe('cellToValue', () => {
  it.each(['00501', '+32470123456', '1e5', 'TRUE', ' spaced ', 'NA', 'null', '=1+1', ''])(
    'leaves %j alone in a text column',
    (cell) => {
      expect(read(cell, 'text')).toBe(cell)
      expect(read(cell, undefined)).toBe(cell)
    },
  )

  it('takes an empty cell for null, a quoted one only where it can be no text', () => {
    for (const type of [...COLUMN_TYPES, undefined]) expect(read(null, type)).toBeNull()
    for (const type of COLUMN_TYPES) expect(read('', type)).toBe(type === 'text' ? '' : null)
  })

  it('keeps every digit of numbers, and trims what is no text', () => {
    expect(read(' 9007199254740993 ', 'int')).toBe('9007199254740993')
    expect(read('-89.23450472000000000001', 'numeric')).toBe('-89.23450472000000000001')
    expect(read(' 2026-01-31T10:00:00Z', 'timestamp')).toBe('2026-01-31T10:00:00Z')
  })

  it('reads the words of a boolean, and no others', () => {
    for (const word of ['true', 'TRUE', 't', 'Yes', 'y', 'on', '1', ' true ']) {
      expect(read(word, 'bool'), word).toBe(true)
    }
    for (const word of ['false', 'False', 'f', 'NO', 'n', 'off', '0']) {
      expect(read(word, 'bool'), word).toBe(false)
    }
    for (const word of ['2', 'ja', 'o', 'toString']) {
      expect(() => read(word, 'bool'), word).toThrow(InvalidInputError)
    }
  })

  it('reads JSON without loss, and says without the text when it is none', () => {
    expect(read('{"a":[9007199254740993]}', 'jsonb')).toEqual({ a: [9007199254740993n] })
    expect(read('"text"', 'jsonb')).toBe('text')
    expect(() => read('{secret', 'jsonb')).toThrow(/^(?!.*secret)/)
    expect(() => read('{secret', 'jsonb')).toThrow(InvalidInputError)
  })
})

describe('valueToCell', () => {
  it.each<[Value, ColumnType | undefined, string | null]>([
    [null, 'text', null],
    ['', 'text', ''],
    ['00M', 'text', '00M'],
    ['12.50', 'numeric', '12.50'],
    [7, 'int', '7'],
    [9007199254740993n, 'int', '9007199254740993'],
    [true, 'bool', 'true'],
    [{ a: 9007199254740993n }, 'jsonb', '{"a":9007199254740993}'],
    ['text', 'jsonb', '"text"'],
    ['', 'jsonb', '""'],
    [[1], undefined, '[1]'],
    [new Date(0), 'timestamp', '1970-01-01T00:00:00.000Z'],
  ])('writes %s of type %s', (value, type, cell) => {
    expect(valueToCell(value, type)).toBe(cell)
  })
})

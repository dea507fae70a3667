import { COLUMN_TYPES, type ColumnType } from '@chatlayer-tables/contract'
import { describe, expect, it } from 'vitest'
import { read, rejection } from '../../test/cells.ts'
import { type CellOptions, cellToValue } from './read-cell.ts'

describe('text columns', () => {
  it.each([
    '00501',
    '+32470123456',
    '1e5',
    'TRUE',
    ' spaced ',
    'NA',
    'null',
    '=1+1',
    '',
    '03/04/2024',
  ])('take %j as it is', (cell) => {
    expect(read(cell, 'text')).toBe(cell)
    expect(read(cell)).toBe(cell)
    expect(read({ json: cell }, 'text')).toBe(cell)
  })

  it('take of a number what a spreadsheet shows', () => {
    expect(read({ json: 501, shown: '00501' }, 'text')).toBe('00501')
    expect(read({ json: 501, shown: '00501' }, 'int')).toBe(501)
    expect(read({ json: 0.375, shown: '09:00', problem: 'it is a time' }, 'text')).toBe('09:00')
    expect(rejection({ json: 0.375, shown: '09:00', problem: 'it is a time' }, 'int').reason).toBe(
      'cannot be taken: it is a time',
    )
    expect(read({ json: 0, shown: '-' }, 'text', { nullText: '-' })).toBeNull()
    const hidden = rejection({ json: 5, shown: { unknown: 'its format hides it' } }, 'text')
    expect(hidden.reason).toBe('cannot be taken as text: its format hides it')
  })

  it('take numbers and booleans of typed formats as their text, where that is certain', () => {
    expect(read({ json: 1776 }, 'text')).toBe('1776')
    expect(read({ json: 12345678901234567890n }, 'text')).toBe('12345678901234567890')
    expect(read({ json: -0.5 }, 'text')).toBe('-0.5')
    expect(read({ json: true }, 'text')).toBe('true')
    expect(rejection({ json: 1e21 }, 'text').reason).toContain('not certain')
    expect(rejection({ json: { a: 1 } }, 'text').hint).toContain('jsonb')
  })

  it('take dates only in a format that was said and holds all of them', () => {
    const noon = { json: new Date('2024-05-06T12:00:00Z') }
    const { reason, hint } = rejection(noon, 'text')
    expect(reason).toContain('is a date')
    expect(hint).toContain('--date-format')
    expect(read(noon, 'text', { dateFormat: 'D/M/YYYY h:mm A' })).toBe('6/5/2024 12:00 PM')
    expect(rejection(noon, 'text', { dateFormat: 'DD/MM/YYYY' }).hint).toContain('time included')
    const day = { json: new Date('2024-05-06T00:00:00Z') }
    expect(read(day, 'text', { dateFormat: 'DD/MM/YYYY' })).toBe('06/05/2024')
  })
})

describe('null', () => {
  it('is an empty cell, and an empty text where that can be no text', () => {
    for (const type of [...COLUMN_TYPES, undefined]) {
      expect(read(null, type)).toBeNull()
      expect(read({ json: null }, type)).toBeNull()
    }
    for (const type of COLUMN_TYPES) {
      expect(read('', type)).toBe(type === 'text' ? '' : null)
      expect(read(' ', type)).toBe(type === 'text' ? ' ' : null)
    }
    expect(read({ json: '' }, 'jsonb')).toBe('')
  })

  it('is what was said to mean it, to the letter', () => {
    const options = { nullText: 'NULL' }
    for (const type of [...COLUMN_TYPES, undefined]) {
      expect(read('NULL', type, options)).toBeNull()
      expect(read({ json: 'NULL' }, type, options)).toBeNull()
    }
    expect(read('null', 'text', options)).toBe('null')
    expect(read(' NULL', 'text', options)).toBe(' NULL')
    expect(read('', 'text', { nullText: '' })).toBeNull()
  })
})

describe('numbers', () => {
  it.each<[string, ColumnType, string]>([
    [' 9007199254740993 ', 'int', '9007199254740993'],
    ['-7', 'int', '-7'],
    ['1,234,567', 'int', '1234567'],
    ['1 234', 'int', '1234'],
    ["12'345", 'int', '12345'],
    ['12.50', 'numeric', '12.50'],
    ['.097', 'numeric', '0.097'],
    ['5.', 'numeric', '5'],
    ['-89.23450472000000000001', 'numeric', '-89.23450472000000000001'],
    ['1.5e-7', 'numeric', '1.5e-7'],
    ['1,234.56', 'numeric', '1234.56'],
    ['1\u00a0234.56', 'numeric', '1234.56'],
    ['NaN', 'numeric', 'NaN'],
  ])('%j of a column of type %s is %s', (cell, type, value) => {
    expect(read(cell, type)).toBe(value)
  })

  it.each<[string, ColumnType, string]>([
    ['12,5', 'numeric', '12.5'],
    ['1.234,56', 'numeric', '1234.56'],
    ['1.234', 'int', '1234'],
    ['1 234,5', 'numeric', '1234.5'],
    ['-1.234.567', 'int', '-1234567'],
    [',5', 'numeric', '0.5'],
    ['1,234', 'numeric', '1.234'],
  ])('%j of type %s is %s with a decimal comma', (cell, type, value) => {
    expect(read(cell, type, { decimal: ',' })).toBe(value)
  })

  it('rejects what is 1234 to some and 1.234 to others', () => {
    for (const type of ['int', 'numeric'] as const) {
      const { reason, hint } = rejection('1,234', type)
      expect(reason).toBe('could be 1234 or 1.234')
      expect(hint).toContain('--decimal ,')
    }
    expect(rejection('-123,456', 'int').reason).toBe('could be 123456 or 123.456')
  })

  it.each<[string, ColumnType, CellOptions?]>([
    ['12,5', 'numeric'],
    ['1.234,56', 'numeric'],
    ['12,34,567', 'int'],
    ['1,2345', 'int'],
    ['1 234,567.5', 'numeric'],
    ["1'234 567", 'int'],
    ['0,123', 'int'],
    ['1234,567.8', 'numeric'],
    ['1.5', 'int'],
    ['1e5', 'int'],
    ['1.234.5', 'numeric'],
    ['.', 'numeric'],
    ['-', 'numeric'],
    ['e5', 'numeric'],
    ['$5', 'numeric'],
    ['5%', 'numeric'],
    ['0x1F', 'int'],
    ['Infinity', 'numeric'],
    ['١', 'int'],
    ['1.5', 'numeric', { decimal: ',' }],
    ['0.123', 'numeric', { decimal: ',' }],
    ['1,234.5', 'numeric', { decimal: ',' }],
    ['1.5', 'int', { decimal: ',' }],
  ])('rejects %j of type %s %j', (cell, type, options) => {
    expect(rejection(cell, type, options).reason).toMatch(/^is not a (?:whole )?number$/)
  })

  it.each<[string, string]>([
    ['1.0', '1'],
    ['-12.00', '-12'],
    ['5.', '5'],
    ['1,234.0', '1234'],
    ['0.000', '0'],
  ])('takes a fraction of zeros for none: %s in an int column is %s', (cell, value) => {
    expect(read(cell, 'int')).toBe(value)
  })

  it('rejects a fraction of three zeros, which may be thousands, until the mark is said', () => {
    expect(rejection('1.000', 'int').reason).toBe('could be 1000 or 1.000')
    expect(read('1.000', 'int', { decimal: '.' })).toBe('1')
    expect(read('1.000', 'int', { decimal: ',' })).toBe('1000')
    expect(read('1,234', 'int', { decimal: '.' })).toBe('1234')
    expect(rejection('1.234', 'int').hint).toContain('--decimal ,')
  })

  it('rejects an exponent in an int column, whose digits may be missing', () => {
    expect(rejection('1.23E+11', 'int').hint).toContain('may replace some of them')
  })

  it('names the option where the other mark would make it a number', () => {
    expect(rejection('12,5', 'numeric').hint).toContain('--decimal ,')
    expect(rejection('1.5', 'numeric', { decimal: ',' }).hint).toContain('--decimal .')
    expect(rejection('abc', 'numeric').hint).toContain('--null')
  })

  it('come as numbers out of typed formats, whole ones only into int', () => {
    expect(read({ json: 5 }, 'int')).toBe(5)
    expect(read({ json: 2n ** 70n }, 'int')).toBe(2n ** 70n)
    expect(read({ json: 1.5 }, 'numeric')).toBe(1.5)
    expect(read({ json: '12.50' }, 'numeric')).toBe('12.50')
    expect(rejection({ json: 1.5 }, 'int').reason).toBe('is not a whole number')
    expect(rejection({ json: 2 ** 60 }, 'int').reason).toBe('is not a whole number')
    expect(rejection({ json: true }, 'int').reason).toBe('is not a whole number')
    expect(rejection({ json: new Date(0) }, 'numeric').reason).toBe('is not a number')
  })
})

describe('jsonb and uuid', () => {
  it('reads JSON without loss; text of JSON formats is the value itself', () => {
    expect(read('{"a":[9007199254740993]}', 'jsonb')).toEqual({ a: [9007199254740993n] })
    expect(read('"text"', 'jsonb')).toBe('text')
    expect(read({ json: 'text' }, 'jsonb')).toBe('text')
    expect(read({ json: { a: [null] } }, 'jsonb')).toEqual({ a: [null] })
    expect(rejection('{secret', 'jsonb').reason).toBe('is not JSON')
    expect(rejection({ json: new Date(0) }, 'jsonb').reason).toContain('is a date')
  })

  it('reads uuids in the forms that PostgreSQL takes', () => {
    const uuid = '5b2f63c0-9f6e-4d7a-8a51-0c1d2e3f4a5b'
    for (const text of [uuid, uuid.toUpperCase(), uuid.replaceAll('-', ''), `{${uuid}}`]) {
      expect(read(text, 'uuid')).toBe(text)
    }
    for (const text of ['x', `{${uuid}`, uuid.slice(1)]) {
      expect(rejection(text, 'uuid').reason).toBe('is not a uuid')
    }
    expect(rejection({ json: 5 }, 'uuid').reason).toBe('is not a uuid')
  })
})

describe('what is said of a cell', () => {
  it('is the place, the value, the reason and what to do', () => {
    const error = rejection('12,5', 'int')
    expect(error.message).toBe('values.x: "12,5" is not a whole number')
    expect(error).toMatchObject({ code: 'INVALID_INPUT', field: 'values.x', value: '12,5' })
  })

  it('holds 40 characters of the value at most, and nothing that a terminal acts upon', () => {
    expect(rejection('x'.repeat(100), 'int').value).toBe(`${'x'.repeat(39)}…`)
    expect(rejection('x'.repeat(40), 'int').value).toBe('x'.repeat(40))
    expect(rejection('\u001b[31m\n\u202e', 'int').value).toBe('\\u001b[31m\\n\\u202e')
    expect(rejection('😀'.repeat(50), 'int').value).toBe(`${'😀'.repeat(19)}…`)
  })

  it('reports a spreadsheet error in any column', () => {
    const cell = { json: '#N/A', problem: 'the cell shows the error #N/A' }
    for (const type of COLUMN_TYPES) {
      expect(rejection(cell, type).reason).toContain('the cell shows the error #N/A')
    }
  })
})

it('columns of a type that is not known take what there is', () => {
  expect(cellToValue('x', undefined, 'x')).toBe('x')
  expect(cellToValue({ json: { a: 1 } }, undefined, 'x')).toEqual({ a: 1 })
  expect(cellToValue({ json: new Date(0) }, undefined, 'x')).toBe('1970-01-01T00:00:00.000Z')
})

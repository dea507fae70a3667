import { COLUMN_TYPES, type ColumnType } from '@chatlayer-tables/contract'
import { InvalidInputError, type Value } from '@chatlayer-tables/core'
import { describe, expect, it } from 'vitest'
import type { SourceCell } from '../source/source.ts'
import { CellError } from './cell-error.ts'
import { type CellOptions, cellReader, cellToValue } from './read-cell.ts'

const read = (cell: SourceCell, type?: ColumnType, options?: CellOptions): Value =>
  cellReader(options)(cell, type, 'values.x')

function refusal(cell: SourceCell, type: ColumnType, options?: CellOptions): CellError {
  try {
    read(cell, type, options)
  } catch (error) {
    if (error instanceof CellError) return error
  }
  throw new Error('it was not refused')
}

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
    expect(read({ json: 0.375, shown: '09:00', trouble: 'it is a time' }, 'text')).toBe('09:00')
    expect(refusal({ json: 0.375, shown: '09:00', trouble: 'it is a time' }, 'int').reason).toBe(
      'cannot be taken: it is a time',
    )
    expect(read({ json: 0, shown: '-' }, 'text', { nullText: '-' })).toBeNull()
    const hidden = refusal({ json: 5, shown: { unknown: 'its format hides it' } }, 'text')
    expect(hidden.reason).toBe('cannot be taken as text: its format hides it')
  })

  it('take numbers and booleans of typed formats as their text, where that is certain', () => {
    expect(read({ json: 1776 }, 'text')).toBe('1776')
    expect(read({ json: 12345678901234567890n }, 'text')).toBe('12345678901234567890')
    expect(read({ json: -0.5 }, 'text')).toBe('-0.5')
    expect(read({ json: true }, 'text')).toBe('true')
    expect(refusal({ json: 1e21 }, 'text').reason).toContain('not certain')
    expect(refusal({ json: { a: 1 } }, 'text').hint).toContain('jsonb')
  })

  it('take dates only in a format that was said and holds all of them', () => {
    const noon = { json: new Date('2024-05-06T12:00:00Z') }
    const { reason, hint } = refusal(noon, 'text')
    expect(reason).toContain('is a date')
    expect(hint).toContain('--date-format')
    expect(read(noon, 'text', { dateFormat: 'D/M/YYYY h:mm A' })).toBe('6/5/2024 12:00 PM')
    expect(refusal(noon, 'text', { dateFormat: 'DD/MM/YYYY' }).hint).toContain('time included')
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
  ])('%j of type %s is %s where a comma stands before the fraction', (cell, type, value) => {
    expect(read(cell, type, { decimal: ',' })).toBe(value)
  })

  it('refuses what is 1234 to some and 1.234 to others', () => {
    for (const type of ['int', 'numeric'] as const) {
      const { reason, hint } = refusal('1,234', type)
      expect(reason).toBe('could be 1234 or 1.234')
      expect(hint).toContain('--decimal ,')
    }
    expect(refusal('-123,456', 'int').reason).toBe('could be 123456 or 123.456')
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
  ])('refuses %j of type %s %j', (cell, type, options) => {
    expect(refusal(cell, type, options).reason).toMatch(/^is no (?:whole )?number$/)
  })

  it('names the option where the other mark would make it a number', () => {
    expect(refusal('12,5', 'numeric').hint).toContain('--decimal ,')
    expect(refusal('1.5', 'numeric', { decimal: ',' }).hint).toContain('--decimal .')
    expect(refusal('abc', 'numeric').hint).toContain('--null')
  })

  it('come as numbers out of typed formats, whole ones only into int', () => {
    expect(read({ json: 5 }, 'int')).toBe(5)
    expect(read({ json: 2n ** 70n }, 'int')).toBe(2n ** 70n)
    expect(read({ json: 1.5 }, 'numeric')).toBe(1.5)
    expect(read({ json: '12.50' }, 'numeric')).toBe('12.50')
    expect(refusal({ json: 1.5 }, 'int').reason).toBe('is no whole number')
    expect(refusal({ json: 2 ** 60 }, 'int').reason).toBe('is no whole number')
    expect(refusal({ json: true }, 'int').reason).toBe('is no whole number')
    expect(refusal({ json: new Date(0) }, 'numeric').reason).toBe('is no number')
  })
})

describe('booleans', () => {
  it('are the words for them, and no others', () => {
    for (const word of ['true', 'TRUE', 't', 'Yes', 'y', 'on', '1', ' true ']) {
      expect(read(word, 'bool'), word).toBe(true)
    }
    for (const word of ['false', 'False', 'f', 'NO', 'n', 'off', '0']) {
      expect(read(word, 'bool'), word).toBe(false)
    }
    for (const word of ['2', 'ja', 'o', 'toString', '__proto__']) {
      expect(refusal(word, 'bool').hint, word).toContain('yes, no')
    }
  })

  it('come out of typed formats as themselves, or as 0 and 1', () => {
    expect(read({ json: false }, 'bool')).toBe(false)
    expect(read({ json: 1 }, 'bool')).toBe(true)
    expect(refusal({ json: 2 }, 'bool').reason).toBe('is neither true nor false')
  })
})

describe('timestamps', () => {
  it.each([
    '2024-01-31',
    '2024-02-29 09:30',
    '2026-01-31T10:00:00Z',
    '2026-01-31T10:00:00.123456+02:00',
    '2026-01-31 10:00:00+02',
  ])('%s are ISO 8601', (text) => {
    expect(read(` ${text}`, 'timestamp')).toBe(text)
    expect(read({ json: text }, 'timestamp')).toBe(text)
  })

  it.each([
    '2024-02-30',
    '2023-02-29',
    '2024-13-01',
    '0000-01-01',
    '2024-01-31T24:00:00',
    '2024-1-1',
    '2024',
    'Jun 12 1998',
    '20240131',
  ])('%s are none', (text) => {
    expect(refusal(text, 'timestamp').reason).toContain('is not an ISO 8601 date-time')
  })

  it('are refused where the day or the month could come first', () => {
    const { reason, hint } = refusal('03/04/2024', 'timestamp')
    expect(reason).toBe('could have the day or the month first')
    expect(hint).toBe('Say --date-format "DD/MM/YYYY" or "MM/DD/YYYY".')
    expect(refusal('3.4.2024 9:05:00', 'timestamp').hint).toContain('"D.M.YYYY H:mm:ss"')
  })

  it('are refused without a format even where only one fits', () => {
    expect(refusal('31/12/2024', 'timestamp').hint).toContain('Say --date-format "DD/MM/YYYY"')
    expect(refusal('12/31/2024 1:05 PM', 'timestamp').hint).toContain('"MM/DD/YYYY h:mm A"')
  })

  it.each([
    ['DD/MM/YYYY', '03/04/2024', '2024-04-03'],
    ['MM/DD/YYYY', '03/04/2024', '2024-03-04'],
    ['D.M.YYYY HH:mm', '3.4.2024 09:05', '2024-04-03T09:05:00'],
    ['M/D/YYYY h:mm A', '12/1/2024 12:05 am', '2024-12-01T00:05:00'],
    ['M/D/YYYY h:mm A', '12/1/2024 12:05 PM', '2024-12-01T12:05:00'],
    ['YYYYMMDDHHmmss', '20240131093015', '2024-01-31T09:30:15'],
    ['(YYYY) MM-DD', '(2024) 01-31', '2024-01-31'],
  ])('in %s: %s is %s', (dateFormat, text, value) => {
    expect(read(text, 'timestamp', { dateFormat })).toBe(value)
  })

  it('may be ISO 8601 beside the format, but not where they look alike', () => {
    expect(read('2024-04-03', 'timestamp', { dateFormat: 'DD/MM/YYYY' })).toBe('2024-04-03')
    const swapped = { dateFormat: 'YYYY-DD-MM' }
    expect(read('2024-03-04', 'timestamp', swapped)).toBe('2024-04-03')
    expect(refusal('2024-03-13', 'timestamp', swapped).reason).toContain('not in the date format')
  })

  it.each(['31/02/2024', '1/2/2024', '01/02/24', '01/02/2024 10:00'])(
    'in DD/MM/YYYY: %s is none',
    (text) => {
      expect(refusal(text, 'timestamp', { dateFormat: 'DD/MM/YYYY' }).hint).toContain(
        '--date-format',
      )
    },
  )

  it.each([
    'DD/MM',
    'DD/MM/YY',
    'YYYY-MM-DD hh:mm',
    'YYYY-MM-DD HH',
    'DD/DD/YYYY',
    'YYYY-MM-DD mm',
    'MMM D YYYY',
    '',
  ])('have no format %j', (dateFormat) => {
    expect(() => cellReader({ dateFormat })).toThrow(InvalidInputError)
  })

  it('come out of a spreadsheet as dates, and not as numbers', () => {
    const date = new Date(0)
    expect(read({ json: date }, 'timestamp')).toBe(date)
    expect(refusal({ json: 1706693400 }, 'timestamp').reason).toBe('is no timestamp')
  })
})

describe('jsonb and uuid', () => {
  it('reads JSON without loss; text of JSON formats is the value itself', () => {
    expect(read('{"a":[9007199254740993]}', 'jsonb')).toEqual({ a: [9007199254740993n] })
    expect(read('"text"', 'jsonb')).toBe('text')
    expect(read({ json: 'text' }, 'jsonb')).toBe('text')
    expect(read({ json: { a: [null] } }, 'jsonb')).toEqual({ a: [null] })
    expect(refusal('{secret', 'jsonb').reason).toBe('is no JSON')
    expect(refusal({ json: new Date(0) }, 'jsonb').reason).toContain('is a date')
  })

  it('reads uuids in the forms that PostgreSQL takes', () => {
    const uuid = '5b2f63c0-9f6e-4d7a-8a51-0c1d2e3f4a5b'
    for (const text of [uuid, uuid.toUpperCase(), uuid.replaceAll('-', ''), `{${uuid}}`]) {
      expect(read(text, 'uuid')).toBe(text)
    }
    for (const text of ['x', `{${uuid}`, uuid.slice(1)]) {
      expect(refusal(text, 'uuid').reason).toBe('is no uuid')
    }
    expect(refusal({ json: 5 }, 'uuid').reason).toBe('is no uuid')
  })
})

describe('what is said of a cell', () => {
  it('is the place, the value, the reason and what to do', () => {
    const error = refusal('12,5', 'int')
    expect(error.message).toBe('values.x: "12,5" is no whole number')
    expect(error).toMatchObject({ code: 'INVALID_INPUT', field: 'values.x', value: '12,5' })
  })

  it('holds 40 characters of the value at most, and nothing that a terminal acts upon', () => {
    expect(refusal('x'.repeat(100), 'int').value).toBe(`${'x'.repeat(39)}…`)
    expect(refusal('x'.repeat(40), 'int').value).toBe('x'.repeat(40))
    expect(refusal('\u001b[31m\n\u202e', 'int').value).toBe('\\u001b[31m\\n\\u202e')
    expect(refusal('😀'.repeat(50), 'int').value).toBe(`${'😀'.repeat(19)}…`)
  })

  it('tells of a spreadsheet error, whatever the column', () => {
    const cell = { json: '#N/A', trouble: 'the cell shows the error #N/A' }
    for (const type of COLUMN_TYPES) {
      expect(refusal(cell, type).reason).toContain('the cell shows the error #N/A')
    }
  })
})

it('columns of a type that is not known take what there is', () => {
  expect(cellToValue('x', undefined, 'x')).toBe('x')
  expect(cellToValue({ json: { a: 1 } }, undefined, 'x')).toEqual({ a: 1 })
  expect(cellToValue({ json: new Date(0) }, undefined, 'x')).toBe('1970-01-01T00:00:00.000Z')
})

import { InvalidInputError } from '@chatlayer-tables/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { read, rejection } from '../../test/cells.ts'
import { parseDateFormat } from './date-format.ts'
import { cellReader } from './read-cell.ts'

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
    'Jun 31 1998',
    '31 Foo 2024',
    'Jan 2024',
    '20240131',
  ])('%s are none', (text) => {
    expect(rejection(text, 'timestamp').reason).toContain('is not an ISO 8601 date-time')
  })

  it('are rejected where the day or the month could come first', () => {
    const { reason, hint } = rejection('03/04/2024', 'timestamp')
    expect(reason).toBe('could have the day or the month first')
    expect(hint).toBe('Pass --date-format "DD/MM/YYYY" or "MM/DD/YYYY".')
    expect(rejection('3.4.2024 9:05:00', 'timestamp').hint).toContain('"D.M.YYYY H:mm:ss"')
  })

  it('are rejected without a format even where only one fits', () => {
    expect(rejection('31/12/2024', 'timestamp').hint).toContain('Pass --date-format "DD/MM/YYYY"')
    expect(rejection('12/31/2024 1:05 PM', 'timestamp').hint).toContain('"MM/DD/YYYY h:mm A"')
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

  it('may be ISO 8601 next to the format, but not where they look alike', () => {
    expect(read('2024-04-03', 'timestamp', { dateFormat: 'DD/MM/YYYY' })).toBe('2024-04-03')
    const swapped = { dateFormat: 'YYYY-DD-MM' }
    expect(read('2024-03-04', 'timestamp', swapped)).toBe('2024-04-03')
    expect(rejection('2024-03-13', 'timestamp', swapped).reason).toContain('not in the date format')
  })

  it.each(['31/02/2024', '1/2/2024', '01/02/24', '01/02/2024 10:00'])(
    'in DD/MM/YYYY: %s is not one',
    (text) => {
      expect(rejection(text, 'timestamp', { dateFormat: 'DD/MM/YYYY' }).hint).toContain(
        '--date-format',
      )
    },
  )

  it.each([
    'DD/MM',
    'DD/MM/Y',
    'DD/MM/YYYY YY',
    'YYYY-MM-DD hh:mm',
    'YYYY-MM-DD HH',
    'DD/DD/YYYY',
    'YYYY-MM-DD mm',
    'MMMMM D YYYY',
    'MM MMM D YYYY',
    '',
  ])('have no format %j', (dateFormat) => {
    expect(() => cellReader({ dateFormat })).toThrow(InvalidInputError)
  })

  it('come out of a spreadsheet as dates, and not as numbers', () => {
    const date = new Date(0)
    expect(read({ json: date }, 'timestamp')).toBe(date)
    expect(rejection({ json: 1706693400 }, 'timestamp').reason).toBe('is not a timestamp')
  })
})

describe('timestamps with the English name of a month', () => {
  it.each([
    ['31-Jan-2024', '2024-01-31'],
    ['1 february 2024', '2024-02-01'],
    ['Jan 31, 2024', '2024-01-31'],
    ['MAY 1 2024', '2024-05-01'],
    ['31. December 2024', '2024-12-31'],
    ['31-Jan-2024 9:05', '2024-01-31T09:05:00'],
    ['Jan 31, 2024, 9:30 PM', '2024-01-31T21:30:00'],
    ['Jan 31 2024 12:05AM', '2024-01-31T00:05:00'],
    ['Wed, 31 Jan 2024 09:30:00 GMT', '2024-01-31T09:30:00Z'],
    ['Wednesday, January 31, 2024', '2024-01-31'],
    ['31 Jan 2024 09:30:00.123456000 +0200', '2024-01-31T09:30:00.123456000+0200'],
  ])('%s is %s, without a format', (text, value) => {
    expect(read(text, 'timestamp')).toBe(value)
    // The client reads it too.
    expect(Number.isNaN(Date.parse(value))).toBe(false)
  })

  it.each([
    '31-Feb-2024',
    '31-Jam-2024',
    '31-Jan 2024',
    'Jan 31, 2024 25:00',
    'Jan 31, 2024 13:00 PM',
    'Jan 31, 2024 9:30 CET',
    '2024-Jan-31',
    'Janu 31, 2024',
  ])('%s is not one', (text) => {
    expect(rejection(text, 'timestamp').hint).toContain('--date-format')
  })

  it('need a format for a year of two digits, and the hint has it', () => {
    expect(rejection('31-Jan-24', 'timestamp').hint).toContain('"DD-MMM-YY"')
    expect(read('31-Jan-24', 'timestamp', { dateFormat: 'DD-MMM-YY' })).toBe('2024-01-31')
    expect(read('5-MAY-99', 'timestamp', { dateFormat: 'D-MMM-YY' })).toBe('1999-05-05')
  })
})

describe('timestamps with a year of two digits', () => {
  it.each([
    ['M/D/YY', '1/31/24', '2024-01-31'],
    ['M/D/YY', '1/31/69', '2069-01-31'],
    ['M/D/YY', '1/31/70', '1970-01-31'],
    ['DD.MM.YY HH:mm', '29.02.00 09:30', '2000-02-29T09:30:00'],
    ['YY-MM-DD', '24-01-31', '2024-01-31'],
    ['MMMM D, YYYY', 'january 5, 2024', '2024-01-05'],
  ])('in %s: %s is %s', (dateFormat, text, value) => {
    expect(read(text, 'timestamp', { dateFormat })).toBe(value)
  })

  it('are rejected without a format, and the hint has those that make it a day', () => {
    expect(rejection('1/31/24', 'timestamp').hint).toBe(
      'Pass --date-format "M/D/YY" if all dates are written like this.',
    )
    expect(rejection('03.04.24', 'timestamp').hint).toContain(
      '"DD.MM.YY" or "MM.DD.YY" or "YY.MM.DD"',
    )
    expect(rejection('2024/1/31', 'timestamp').hint).toContain('"YYYY/M/D"')
  })
})

describe('timestamps of databases', () => {
  it.each([
    ['2024-01-31 09:30:00 UTC', '2024-01-31 09:30:00Z'],
    ['2024-01-31 09:30:00.5 utc', '2024-01-31 09:30:00.5Z'],
    ['2024-01-31T09:30:00 GMT', '2024-01-31T09:30:00Z'],
    ['2024-01-31 09:30:00+00', '2024-01-31 09:30:00+00'],
  ])('%s is %s', (text, value) => {
    expect(read(text, 'timestamp')).toBe(value)
  })

  it.each([
    ['2024-01-31T09:30:00.1234567', '2024-01-31T09:30:00.123457'],
    ['2024-01-31 09:30:00.1230000Z', '2024-01-31 09:30:00.123000Z'],
    ['2024-01-31T09:30:00.123456499+02:00', '2024-01-31T09:30:00.123456+02:00'],
    ['2024-12-31T23:59:59.9999999 UTC', '2025-01-01T00:00:00Z'],
    ['2024-02-28T23:59:59.9999999-05:00', '2024-02-29T00:00:00-05:00'],
  ])('round %s to microseconds', (text, expected) => {
    expect(read(text, 'timestamp')).toBe(expected)
  })

  it.each(['09:30:00 UTC', '09:30', '9:30 PM', '09:30:00+00'])(
    '%s is reported to be a time of day',
    (text) => {
      expect(rejection(text, 'timestamp').reason).toBe('is a time of day without a day')
    },
  )
})

it('what a format writes is what it reads', () => {
  const formats = fc.constantFrom('D-MMM-YY', 'MMMM D, YYYY h:mm A', 'M/D/YY HH:mm:ss', 'YYYYMMDD')
  const min = new Date('0100-01-01T00:00:00Z')
  const max = new Date('9999-12-31T23:59:59Z')
  fc.assert(
    fc.property(formats, fc.date({ min, max, noInvalidDate: true }), (text, date) => {
      const format = parseDateFormat(text)
      const day = new Date(Math.floor(date.getTime() / 86_400_000) * 86_400_000)
      const written = format.write(day)
      if (text.includes('YYYY')) expect(written).toBeDefined()
      if (written !== undefined) {
        expect(new Date(`${format.read(written)?.slice(0, 10)}T00:00:00Z`)).toEqual(day)
      }
    }),
  )
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readDate, readTimestamp, timestampKey } from './timestamp.ts'

function textOf(input: string): string {
  const reading = readTimestamp(input)
  return reading.ok ? reading.text : `refused: it ${reading.reason}`
}

describe('readTimestamp', () => {
  test.each([
    ['2024-01-31T09:30:00Z', '2024-01-31T09:30:00.000Z'],
    ['2024-01-31 09:30:00', '2024-01-31T09:30:00.000Z'],
    ['2024-01-31T09:30', '2024-01-31T09:30:00.000Z'],
    ['2024-01-31', '2024-01-31T00:00:00.000Z'],
    ['2024-01-31T09:30:00.5Z', '2024-01-31T09:30:00.500Z'],
    ['2024-01-31T09:30:00,25Z', '2024-01-31T09:30:00.250Z'],
    ['2024-01-31T09:30:00.123456Z', '2024-01-31T09:30:00.123456Z'],
    ['2024-01-31T09:30:00.000001Z', '2024-01-31T09:30:00.000001Z'],
    ['2024-01-31T09:30:00.123000000Z', '2024-01-31T09:30:00.123Z'],
    ['2024-01-31T09:30:00+02:00', '2024-01-31T07:30:00.000Z'],
    ['2024-01-31T09:30:00-0530', '2024-01-31T15:00:00.000Z'],
    ['2024-01-31 09:30:00+02', '2024-01-31T07:30:00.000Z'],
    ['2024-01-31 09:30:00 z', '2024-01-31T09:30:00.000Z'],
    ['2024-01-01T00:30:00.000001+01:00', '2023-12-31T23:30:00.000001Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999Z'],
    ['0099-03-01T00:00:00Z', '0099-03-01T00:00:00.000Z'],
    ['2000-02-29', '2000-02-29T00:00:00.000Z'],
  ])('%s is %s', (input, text) => {
    expect(textOf(input)).toBe(text)
  })

  test.each([
    ['2024-02-30', /day that does not exist/],
    ['2023-02-29T00:00:00Z', /day that does not exist/],
    ['1900-02-29', /day that does not exist/],
    ['2024-13-01', /day that does not exist/],
    ['2024-00-10', /day that does not exist/],
    ['2024-01-00', /day that does not exist/],
    ['2024-01-01T24:00:00Z', /invalid time of day/],
    ['2024-01-01T12:60:00Z', /invalid time of day/],
    ['2024-01-01T12:00:60Z', /invalid time of day/],
    ['2024-01-01T12:00:00.1234567Z', /six fraction digits/],
    ['2024-01-01T12:00:00+16:00', /zone/],
    ['2024-01-01T12:00:00+02:60', /zone/],
    ['0000-01-01', /years 0001 to 9999/],
    ['0001-01-01T00:00:00+01:00', /years 0001 to 9999/],
    ['9999-12-31T23:00:00-02:00', /years 0001 to 9999/],
    ['31/01/2024', /no.*ISO 8601|ISO 8601/],
    ['+012024-01-01T00:00:00Z', /ISO 8601/],
    ['2024-1-1', /ISO 8601/],
    ['2024-01-31T09', /ISO 8601/],
    ['2024-01-31Z', /ISO 8601/],
    ['now', /ISO 8601/],
    ['', /ISO 8601/],
    [' 2024-01-31', /ISO 8601/],
  ])('%s is rejected', (input, reason) => {
    expect(textOf(input)).toMatch(/^refused/)
    expect(textOf(input)).toMatch(reason)
  })

  const date = fc.date({
    min: new Date('0001-01-02T00:00:00Z'),
    max: new Date('9999-12-30T00:00:00Z'),
    noInvalidDate: true,
  })
  const micros = fc.nat({ max: 999 })

  test('is the instant of a Date, in any zone', () => {
    fc.assert(
      fc.property(date, micros, fc.integer({ min: -959, max: 959 }), (instant, below, zone) => {
        const local = new Date(instant.getTime() + zone * 60_000).toISOString().slice(0, -1)
        const sign = zone < 0 ? '-' : '+'
        const [hours, minutes] = [Math.floor(Math.abs(zone) / 60), Math.abs(zone) % 60]
        const pad = (number: number, size: number) => String(number).padStart(size, '0')
        const text = `${local}${pad(below, 3)}${sign}${pad(hours, 2)}:${pad(minutes, 2)}`
        const expected = instant.toISOString().slice(0, -1) + (below === 0 ? '' : pad(below, 3))
        expect(textOf(text)).toBe(`${expected}Z`)
      }),
    )
  })

  test('keys sort as instants do', () => {
    fc.assert(
      fc.property(date, micros, date, micros, (a, aMicros, b, bMicros) => {
        const write = (instant: Date, below: number) =>
          `${instant.toISOString().slice(0, -1)}${String(below).padStart(3, '0')}Z`
        const left = timestampKey(write(a, aMicros)) ?? ''
        const right = timestampKey(write(b, bMicros)) ?? ''
        const order = a.getTime() - b.getTime() || aMicros - bMicros
        expect(left < right ? -1 : left > right ? 1 : 0).toBe(Math.sign(order))
      }),
    )
    expect(timestampKey('never')).toBeUndefined()
  })
})

describe('readDate', () => {
  test('is the ISO string', () => {
    const date = new Date('2024-01-31T09:30:00.120Z')
    expect(readDate(date)).toEqual({ ok: true, text: '2024-01-31T09:30:00.120Z' })
  })

  test('rejects an invalid Date, and years beyond four digits', () => {
    expect(readDate(new Date(Number.NaN)).ok).toBe(false)
    expect(readDate(new Date('+010000-01-01T00:00:00Z')).ok).toBe(false)
    expect(readDate(new Date('-000001-01-01T00:00:00Z')).ok).toBe(false)
  })
})

import { expect, it } from 'vitest'
import { parseSpan, parseTime } from './time.ts'

it.each([
  ['90m', 5_400_000],
  ['12h', 43_200_000],
  ['30d', 2_592_000_000],
  ['2w', 1_209_600_000],
])('reads the span %s', (text, ms) => {
  expect(parseSpan(text)).toBe(ms)
})

it('reads dates, times and durations before now', () => {
  const now = Date.UTC(2026, 4, 3)
  expect(parseTime('2d', now)).toBe(Date.UTC(2026, 4, 1))
  expect(parseTime('2026-05-01')).toBe(new Date(2026, 4, 1).getTime())
  expect(parseTime('2026-05-01T12:30')).toBe(new Date(2026, 4, 1, 12, 30).getTime())
  expect(parseTime('2026-05-01T12:30:00Z')).toBe(Date.UTC(2026, 4, 1, 12, 30))
})

it.each(['', 'soon', '3', '3y', '05/01/2026', '2026-13-01'])('rejects %o', (text) => {
  expect(() => parseTime(text)).toThrow(/time/)
})

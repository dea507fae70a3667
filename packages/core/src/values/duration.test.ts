import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatDuration } from './duration.ts'

test.each([
  [0, '0 ms'],
  [-3, '0 ms'],
  [0.4, '0 ms'],
  [50, '50 ms'],
  [999.4, '999 ms'],
  [999.6, '1 s'],
  [1234.5678, '1.2 s'],
  [9_960, '10 s'],
  [29_999.7, '30 s'],
  [119_400, '119 s'],
  [119_900, '2 min'],
  [3_590_000, '1 h'],
  [3_600_000, '1 h'],
  [5_400_000, '1.5 h'],
  [99_999_999_000, '1157 days'],
  [Number.POSITIVE_INFINITY, 'forever'],
])('%d ms is %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})

test('any duration is short, and within a twentieth of what it was', () => {
  const unitMs = { ms: 1, s: 1e3, min: 6e4, h: 3.6e6, days: 8.64e7 }
  fc.assert(
    fc.property(fc.double({ min: 10, max: 1e11, noNaN: true }), (ms) => {
      const [, count, unit] =
        /^(\d{1,4}(?:\.\d)?) (ms|s|min|h|days)$/.exec(formatDuration(ms)) ?? []
      const read = Number(count) * unitMs[unit as keyof typeof unitMs]
      expect(Math.abs(read - ms)).toBeLessThanOrEqual(ms / 19)
    }),
  )
})

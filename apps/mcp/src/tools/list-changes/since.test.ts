import { expect, it } from 'vitest'
import { readSince } from './since.ts'

const NOW = Date.UTC(2026, 4, 2)

it.each([
  ['90m', Date.UTC(2026, 4, 1, 22, 30)],
  ['24h', Date.UTC(2026, 4, 1)],
  ['7d', Date.UTC(2026, 3, 25)],
  ['2026-05-01', Date.UTC(2026, 4, 1)],
  ['2026-05-01T12:30:00+02:00', Date.UTC(2026, 4, 1, 10, 30)],
])('reads %s', (text, at) => {
  expect(readSince(text, NOW)).toBe(at)
})

it.each(['', 'soon', '5', '7x', '1', 'May 1'])('rejects %j', (text) => {
  expect(() => readSince(text, NOW)).toThrow('Invalid time')
})

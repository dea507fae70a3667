import { expect, test } from 'vitest'
import { GatewayClock } from './clock.ts'

const at = (ms: number): string => new Date(ms).toISOString()
const T = Date.parse('2026-01-01T12:00:00.000Z')

test('before anything is learned, a record of the last minutes may be ours, an older one not', () => {
  const clock = new GatewayClock(() => T)
  expect(clock.canFollow(at(T - 60_000), T)).toBe(true)
  expect(clock.canFollow(at(T - 10 * 60_000), T)).toBe(false)
})

test('the date of an inserted record tells to the round trip', () => {
  const clock = new GatewayClock(() => T)
  clock.noteCreated(at(T + 5_000), T + 10)
  // The gateway is some five seconds ahead: a record dated two seconds ahead of us is older than T.
  expect(clock.canFollow(at(T + 2_000), T)).toBe(false)
  expect(clock.canFollow(at(T + 5_001), T)).toBe(true)
})

test('the Date header tells to a second, and better with every answer', () => {
  const clock = new GatewayClock(() => T)
  clock.noteDate(T, T + 900)
  expect(clock.uncertaintyMs()).toBe(900)
  clock.noteDate(T + 1_000, T + 1_010)
  expect(clock.uncertaintyMs()).toBe(10)
  clock.noteDate(T + 1_000, T + 1_700)
  expect(clock.uncertaintyMs()).toBe(10)
})

test('a date-time without a fraction may have lost a second', () => {
  const clock = new GatewayClock(() => T)
  clock.noteCreated(at(T), T)
  expect(clock.canFollow('2026-01-01T12:00:00Z', T + 900)).toBe(true)
  expect(clock.canFollow('2026-01-01T12:00:00.000Z', T + 900)).toBe(false)
})

test('a record without a date rules nothing out', () => {
  const clock = new GatewayClock(() => T)
  clock.noteCreated(at(T), T)
  expect(clock.canFollow('', T + 60_000)).toBe(true)
})

test('what was learned is forgotten, also when our own clock is set back', () => {
  let now = T
  const clock = new GatewayClock(() => now)
  clock.noteCreated(at(T), T)
  now = T + 61_000
  expect(clock.uncertaintyMs()).toBe(2)
  now = T + 200_000
  expect(clock.uncertaintyMs()).toBe(300_000)
  clock.noteCreated(at(now), now)
  now = T
  expect(clock.uncertaintyMs()).toBe(300_000)
})

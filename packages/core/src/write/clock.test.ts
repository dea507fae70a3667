import { expect, test } from 'vitest'
import { createGatewayClock } from './clock.ts'

const at = (ms: number): string => new Date(ms).toISOString()
const T = Date.parse('2026-01-01T12:00:00.000Z')
const HOUR = 3_600_000

test('before anything is learned, only a record of long ago is known not to be ours', () => {
  const clock = createGatewayClock(() => T)
  expect(clock.whenMade(at(T + 1), T)).toBe('open')
  expect(clock.whenMade(at(T - 60_000), T)).toBe('open')
  expect(clock.whenMade(at(T - 10 * 60_000), T)).toBe('before')
})

test('the date of an inserted record tells to the round trip', () => {
  const clock = createGatewayClock(() => T)
  clock.noteCreated(at(T + 60_000), T + 10)
  // The gateway is a minute ahead.
  expect(clock.whenMade(at(T + 60_001), T)).toBe('after')
  expect(clock.whenMade(at(T + 59_990), T)).toBe('after')
  expect(clock.whenMade(at(T + 59_980), T)).toBe('open')
  expect(clock.whenMade(at(T + 57_000), T)).toBe('before')
})

test('the Date header tells to a second, and better with every answer', () => {
  const clock = createGatewayClock(() => T)
  clock.noteDate(T, T + 900)
  expect(clock.whenMade(at(T - 800), T)).toBe('after')
  clock.noteDate(T + 1_000, T + 1_010)
  expect(clock.whenMade(at(T - 800), T)).toBe('open')
  expect(clock.whenMade(at(T - 5), T)).toBe('after')
  clock.noteDate(T + 1_000, T + 1_700)
  expect(clock.whenMade(at(T - 800), T)).toBe('open')
  expect(clock.whenMade(at(T - 5_000), T)).toBe('before')
})

test.each([-3 * HOUR, 3 * HOUR])(
  'records %i ms off the Date header go by their own clock',
  (off) => {
    const clock = createGatewayClock(() => T)
    clock.noteDate(T, T)
    clock.noteCreated(at(T + off), T)
    expect(clock.whenMade(at(T + off + 5), T)).toBe('after')
    expect(clock.whenMade(at(T + off - 60_000), T)).toBe('before')
  },
)

test('a record from the future shows that the Date header is another clock', () => {
  const clock = createGatewayClock(() => T)
  clock.noteDate(T, T)
  expect(clock.whenMade(at(T + 3 * HOUR), T)).toBe('open')
})

test('a date-time without a fraction may have lost a second', () => {
  const clock = createGatewayClock(() => T)
  clock.noteCreated(at(T), T)
  expect(clock.whenMade('2026-01-01T12:00:00Z', T + 900)).toBe('after')
  expect(clock.whenMade('2026-01-01T12:00:00.000Z', T + 900)).toBe('open')
  expect(clock.whenMade('2026-01-01T12:00:00.000Z', T + 3_000)).toBe('before')
})

test('a record without a date leaves it open', () => {
  const clock = createGatewayClock(() => T)
  clock.noteCreated(at(T), T)
  clock.noteCreated('', T)
  expect(clock.whenMade('', T + 60_000)).toBe('open')
})

test('a record made longer ago than the horizon is known to be older', () => {
  const clock = createGatewayClock(() => T)
  for (const learn of [() => {}, () => clock.noteDate(T, T), () => clock.noteCreated(at(T), T)]) {
    learn()
    expect(clock.whenMade(at(T - clock.horizonMs() - 10), T)).toBe('before')
  }
})

test('what was learned is forgotten, also when our own clock is set back', () => {
  let now = T
  const clock = createGatewayClock(() => now)
  const isLearned = (): boolean => clock.whenMade(at(now), now) !== 'open'
  clock.noteCreated(at(T), T)
  now = T + 61_000
  expect(isLearned()).toBe(true)
  now = T + 200_000
  expect(isLearned()).toBe(false)
  clock.noteCreated(at(now), now)
  expect(isLearned()).toBe(true)
  now = T
  expect(isLearned()).toBe(false)
})

import { expect, it } from 'vitest'
import { GatewayClock } from './gateway-clock.ts'

it('continues from the date of a record at the moment that it was read', () => {
  const clock = new GatewayClock()
  clock.see(500_000, 10)
  expect(clock.atLeast(10)).toBe(500_000)
  expect(clock.atLeast(4_010)).toBe(504_000)
})

it('uses the record with the highest bound, independent of order', () => {
  const clock = new GatewayClock()
  clock.see(500_000, 10)
  clock.see(400_000, 20)
  expect(clock.atLeast(20)).toBe(500_010)
  clock.see(600_000, 30)
  expect(clock.atLeast(30)).toBe(600_000)
})

it('ignores a record without a date, and stays below the stated time for one of the future', () => {
  const clock = new GatewayClock()
  expect(clock.isLimited).toBe(false)
  clock.limit(1_000_000, 10)
  expect(clock.isLimited).toBe(true)
  clock.see(Number.NaN, 10)
  expect(clock.atLeast(10)).toBe(Number.NEGATIVE_INFINITY)
  clock.see(9_000_000, 10)
  expect(clock.atLeast(10)).toBe(1_000_000)
  expect(clock.atLeast(5_010)).toBe(1_005_000)
})

it('uses the lowest of the stated times', () => {
  const clock = new GatewayClock()
  clock.see(9_000_000, 10)
  for (const [now, at] of [
    [1_000_000, 10],
    [5_000_000, 20],
    [999_000, 30],
    [1_000_050, 40],
  ] as const) {
    clock.limit(now, at)
  }
  expect(clock.atLeast(40)).toBe(999_010)
})

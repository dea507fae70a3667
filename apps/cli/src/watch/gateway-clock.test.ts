import { expect, it } from 'vitest'
import { GatewayClock } from './gateway-clock.ts'

const WALL = 1_000_000

it('goes on from the date of a record at the moment that it was seen', () => {
  const clock = new GatewayClock()
  clock.see(500_000, 10)
  expect(clock.atLeast(10, WALL)).toBe(500_000)
  expect(clock.atLeast(4_010, WALL)).toBe(504_000)
})

it('believes the record that says most, whichever was seen last', () => {
  const clock = new GatewayClock()
  clock.see(500_000, 10)
  clock.see(400_000, 20)
  expect(clock.atLeast(20, WALL)).toBe(500_010)
  clock.see(600_000, 30)
  expect(clock.atLeast(30, WALL)).toBe(600_000)
})

it('does not believe a record of the future, nor one without a date', () => {
  const clock = new GatewayClock()
  clock.see(Number.NaN, 10)
  expect(clock.atLeast(10, WALL)).toBe(Number.NEGATIVE_INFINITY)
  clock.see(9_000_000, 10)
  expect(clock.atLeast(10, WALL)).toBe(WALL)
})

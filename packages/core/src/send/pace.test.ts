import { describe, expect, test } from 'vitest'
import { createPace, type Pace } from './pace.ts'

/** Requests leave as the pace lets them, `ms` long; answers the time then. */
function run(pace: Pace, from: number, ms: number): number {
  let now = from
  while (now < from + ms) {
    now = Math.max(now, pace.readyAt())
    pace.take(now)
    pace.accepted(now)
  }
  return now
}

/** A pace that was refused after `count` requests in one second. */
function refusedAfter(count: number): Pace {
  const pace = createPace()
  for (let n = 0; n < count; n++) {
    const now = (n * 1000) / count
    pace.take(now)
    pace.accepted(now)
  }
  pace.refused(999, true)
  pace.resume(2000, 1000)
  return pace
}

describe('without a refusal', () => {
  test('there is no pace', () => {
    const pace = createPace()
    pace.take(5)
    pace.take(5)
    expect(pace.rate).toBeUndefined()
    expect(pace.readyAt()).toBeLessThan(5)
  })
})

describe('the first refusal', () => {
  test('takes what the last second let through, a little less', () => {
    const pace = createPace()
    for (let now = 0; now < 5000; now += 10) pace.accepted(now)
    pace.refused(4999, true)
    expect(pace.rate).toBeGreaterThan(90)
    expect(pace.rate).toBeLessThanOrEqual(97)
  })

  test('takes a short start for what it is, not for a whole second', () => {
    const pace = createPace()
    for (let now = 0; now < 200; now += 10) pace.accepted(now)
    pace.refused(200, false)
    expect(pace.rate).toBeCloseTo(100 * 0.97)
  })

  test('never stops altogether', () => {
    const pace = createPace()
    pace.refused(0, true)
    expect(pace.rate).toBe(1)
  })
})

describe('the search', () => {
  test('goes up in growing steps while nothing is refused', () => {
    const pace = refusedAfter(100)
    const rates = [pace.rate ?? 0]
    let now = 2000
    while (rates.length < 6) {
      now = run(pace, now, 100)
      if (pace.rate !== rates.at(-1)) rates.push(pace.rate ?? 0)
    }
    const steps = rates.slice(1).map((rate, n) => rate / (rates[n] ?? 1))
    expect(steps.map((step) => Number(step.toFixed(2)))).toEqual([1.06, 1.18, 1.54, 2.62, 3])
  })

  test('does not go up when the pace was not used', () => {
    const pace = refusedAfter(100)
    for (let now = 2000; now < 20_000; now += 1000) pace.take(now)
    expect(pace.rate).toBe(97)
  })

  test('back to what was kept when a small step is refused, and stays there for a while', () => {
    const pace = refusedAfter(100)
    let now = run(pace, 2000, 3000)
    expect(pace.rate).toBeCloseTo(97 * 1.06)
    pace.refused(now, true)
    pace.resume(now + 1000, 1000)
    expect(pace.rate).toBe(97)
    now = run(pace, now + 1000, 29_000)
    expect(pace.rate).toBe(97)
    run(pace, now, 4000)
    expect(pace.rate).toBeCloseTo(97 * 1.02)
  })

  test('tries the middle when a large step is refused, until both ends are close', () => {
    const pace = refusedAfter(100)
    let now = 2000
    while ((pace.rate ?? 0) < 150) now = run(pace, now, 100)
    pace.refused(now, true)
    const floor = 97 * 1.06 * 1.18
    const ceiling = floor * 1.54
    const middle = Math.sqrt(floor * ceiling)
    expect(pace.rate).toBeCloseTo(middle)
    pace.resume(now, 250)
    now = run(pace, now, 2500)
    expect(pace.rate).toBeCloseTo(Math.sqrt(middle * ceiling))
    pace.refused(now, true)
    expect(pace.rate).toBeCloseTo(Math.sqrt(middle * Math.sqrt(middle * ceiling)))
  })

  test('steps down when the floor itself is refused, further each time in a row', () => {
    const pace = refusedAfter(100)
    const rates: number[] = []
    for (let n = 0; n < 4; n++) {
      pace.refused(3000 + n, true)
      rates.push(Number((pace.rate ?? 0).toFixed(2)))
    }
    const expected = [0.94, 0.94 * 0.82, 0.94 * 0.82 * 0.5, 0.94 * 0.82 * 0.25]
    expect(rates).toEqual(expected.map((part) => Number((97 * part).toFixed(2))))
  })

  test('has a slowest pace', () => {
    const pace = refusedAfter(1)
    for (let n = 0; n < 50; n++) pace.refused(3000 + n, true)
    expect(pace.rate).toBe(0.1)
  })
})

describe('the spacing', () => {
  test('is even', () => {
    const pace = refusedAfter(100)
    pace.take(2000)
    expect(pace.readyAt()).toBeCloseTo(2000 + 1000 / 97)
  })

  test('a late timer is caught up, but no more than a little', () => {
    const pace = refusedAfter(100)
    pace.take(2000)
    pace.take(2015)
    expect(pace.readyAt()).toBeCloseTo(2000 + 2000 / 97)
    pace.take(9000)
    expect(pace.readyAt()).toBeCloseTo(9000 - 20 + 1000 / 97)
  })
})

describe('set by hand', () => {
  test('is never exceeded, and gone below when refused', () => {
    const pace = createPace(50)
    let now = run(pace, 0, 60_000)
    expect(pace.rate).toBe(50)
    pace.refused(now, true)
    pace.resume(now, 250)
    expect(pace.rate).toBeCloseTo(47)
    now = run(pace, now, 120_000)
    expect(pace.rate).toBe(50)
  })
})

import { describe, expect, test } from 'vitest'
import { type Concurrency, createConcurrency } from './concurrency.ts'

/** One epoch of a server that answers `perSecond`, each after `latency`; answers the time then. */
function epoch(
  concurrency: Concurrency,
  from: number,
  given: { latency: number; failed?: number; perSecond?: number; reached?: boolean },
): number {
  const { latency, failed = 0, perSecond = 1000, reached = true } = given
  if (reached) concurrency.reached()
  const length = Math.max(100, 2 * latency)
  const count = Math.max(2, Math.round((perSecond * length) / 1000))
  // The first answer comes after a round trip, the last one ends the epoch.
  for (let n = 0; n < count; n++) {
    const at = from + latency + ((length - latency) * n) / (count - 1)
    concurrency.answered(at, latency, n < failed * count)
  }
  return from + length
}

const grown = (limit: number) => {
  const concurrency = createConcurrency({ max: 64, initial: limit })
  const now = epoch(concurrency, 0, { latency: 50, reached: false })
  return { concurrency, now }
}

describe('growing', () => {
  test('doubles while the limit holds requests back, up to the maximum', () => {
    const concurrency = createConcurrency({ max: 64 })
    const limits = [concurrency.limit]
    let now = 0
    for (let n = 0; n < 5; n++) {
      now = epoch(concurrency, now, { latency: 10 })
      limits.push(concurrency.limit)
    }
    expect(limits).toEqual([8, 16, 32, 64, 64, 64])
  })

  test('does not while the limit holds no request back', () => {
    const { concurrency, now } = grown(8)
    epoch(concurrency, now, { latency: 50, reached: false })
    expect(concurrency.limit).toBe(8)
  })

  test('is within what was set', () => {
    expect(createConcurrency({ max: 4 }).limit).toBe(4)
    expect(createConcurrency({ max: 64, initial: 20 }).limit).toBe(20)
  })

  test('an epoch takes two round trips, and a tenth of a second at least', () => {
    const slow = createConcurrency({ max: 64 })
    slow.reached()
    slow.answered(400, 400, false)
    slow.answered(799, 400, false)
    expect(slow.limit).toBe(8)
    slow.answered(800, 400, false)
    expect(slow.limit).toBe(16)
    const fast = createConcurrency({ max: 64 })
    fast.reached()
    fast.answered(1, 1, false)
    fast.answered(99, 1, false)
    expect(fast.limit).toBe(8)
    fast.answered(100, 1, false)
    expect(fast.limit).toBe(16)
  })
})

describe('shrinking', () => {
  test('halves when most answers are failures, down to one, and comes back', () => {
    const { concurrency, now } = grown(8)
    let time = now
    const limits: number[] = []
    for (let n = 0; n < 4; n++) {
      time = epoch(concurrency, time, { latency: 50, failed: 0.5 })
      limits.push(concurrency.limit)
    }
    expect(limits).toEqual([4, 2, 1, 1])
    for (let n = 0; n < 3; n++) time = epoch(concurrency, time, { latency: 50 })
    expect(concurrency.limit).toBe(8)
  })

  test('a few failures do not matter', () => {
    const { concurrency, now } = grown(32)
    epoch(concurrency, now, { latency: 50, failed: 0.4 })
    expect(concurrency.limit).toBe(64)
  })

  test('when answers take far longer than usual and throughput does not suffer', () => {
    const { concurrency, now } = grown(40)
    let time = epoch(concurrency, now, { latency: 400, perSecond: 100 })
    expect(concurrency.limit).toBe(28)
    time = epoch(concurrency, time, { latency: 350, perSecond: 100 })
    expect(concurrency.limit).toBe(19)
    // Near enough to usual: grows again, by a tenth and not by doubling.
    time = epoch(concurrency, time, { latency: 290, perSecond: 100 })
    expect(concurrency.limit).toBe(21)
  })

  test('is taken back when throughput suffers, and the latency accepted', () => {
    const { concurrency, now } = grown(40)
    let time = epoch(concurrency, now, { latency: 400, perSecond: 100 })
    time = epoch(concurrency, time, { latency: 400, perSecond: 70 })
    expect(concurrency.limit).toBe(40)
    time = epoch(concurrency, time, { latency: 400, perSecond: 100 })
    expect(concurrency.limit).toBe(44)
  })

  test('not when a fast server is merely busy', () => {
    const { concurrency, now } = grown(32)
    epoch(concurrency, now, { latency: 299 })
    expect(concurrency.limit).toBe(64)
  })

  test('not when a slow server is a little slower', () => {
    const concurrency = createConcurrency({ max: 64, initial: 32 })
    const now = epoch(concurrency, 0, { latency: 2000, reached: false })
    epoch(concurrency, now, { latency: 3900 })
    expect(concurrency.limit).toBe(64)
  })
})

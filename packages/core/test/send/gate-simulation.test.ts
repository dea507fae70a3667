import { describe, expect, test } from 'vitest'
import { paceCases } from './pace-cases.ts'
import { measure } from './pace-goals.ts'
import {
  around,
  busy,
  distant,
  erratic,
  fixedWindow,
  type Headers,
  refusingSome,
  type ServerModel,
  slidingWindow,
  tokenBucket,
} from './server-models.ts'
import { simulate } from './simulator.ts'

const WARM_UP = 15
const LENGTH = 75

type Kind = 'fixed window' | 'sliding window' | 'token bucket'

function limited(
  kind: Kind,
  perSecond: number | ((now: number) => number),
  headers: Headers,
  latency: number,
): ServerModel {
  const limit = typeof perSecond === 'number' ? () => perSecond : perSecond
  const options = { perSecond: limit, latencyMs: around(latency), headers }
  switch (kind) {
    case 'fixed window':
      return fixedWindow({ ...options, phaseMs: 370 })
    case 'sliding window':
      return slidingWindow(options)
    case 'token bucket':
      return tokenBucket({ ...options, burst: limit(0) })
  }
}

const kinds: Kind[] = ['fixed window', 'sliding window', 'token bucket']

/**
 * Refusals of these models take a whole round trip. At 80 ms some twenty requests more are on their
 * way before the first refusal of a closing is known; the goals there are lower.
 */
const goals = (latency: number) =>
  latency < 80 ? { used: 0.93, refused: 0.03 } : { used: 0.9, refused: 0.055 }

describe('a rate limit is used to 93%, with under 3% refused', () => {
  // One run for each kind, rate and form of the headers; pace-table.ts runs all combinations.
  const cases = kinds.flatMap(
    (kind) =>
      [
        { kind, headers: 'none', perSecond: 50, latency: 2 },
        { kind, headers: 'seconds', perSecond: 300, latency: 2 },
        { kind, headers: 'exact', perSecond: 300, latency: 80 },
        { kind, headers: 'none', perSecond: 300, latency: 80 },
        { kind, headers: 'ambiguous', perSecond: 300, latency: 80 },
        { kind, headers: 'ambiguous', perSecond: 1000, latency: 2 },
      ] as const,
  )

  test.each(cases)(
    '$kind of $perSecond/s, headers: $headers, latency $latency ms',
    ({ kind, perSecond, headers, latency }) => {
      const { acceptedRate, throttledShare } = simulate({
        server: limited(kind, perSecond, headers, latency),
        seconds: LENGTH,
      })
      const { used, refused } = goals(latency)
      expect(acceptedRate(WARM_UP, LENGTH) / perSecond).toBeGreaterThanOrEqual(used)
      expect(throttledShare(0, LENGTH)).toBeLessThan(refused)
      // The warm-up, too, is used.
      expect(acceptedRate(0, WARM_UP) / perSecond).toBeGreaterThan(0.75)
    },
  )

  test('a small bucket takes longer to learn', () => {
    const server = tokenBucket({
      perSecond: () => 300,
      latencyMs: around(2),
      headers: 'seconds',
      burst: 30,
    })
    const { acceptedRate, throttledShare } = simulate({ server, seconds: 120 })
    expect(acceptedRate(30, 120) / 300).toBeGreaterThanOrEqual(0.93)
    expect(throttledShare(0, 120)).toBeLessThan(0.03)
  })

  test('three clients that share a limit use all of it', () => {
    // Each has its own gate; they only meet at the server.
    const server = limited('token bucket', 300, 'seconds', 20)
    const { acceptedRate, throttledShare } = simulate({ server, seconds: 90, clients: 3 })
    expect(acceptedRate(20, 90) / 300).toBeGreaterThanOrEqual(0.9)
    expect(throttledShare(20, 90)).toBeLessThan(0.05)
  })
})

describe('a limit that changes', () => {
  test.each([
    { from: 300, to: 150, headers: 'none' },
    { from: 300, to: 600, headers: 'none' },
    { from: 300, to: 150, headers: 'seconds' },
    { from: 300, to: 600, headers: 'seconds' },
    { from: 50, to: 1000, headers: 'none' },
    { from: 1000, to: 50, headers: 'seconds' },
  ] as const)('from $from to $to, headers: $headers, is found again', ({ from, to, headers }) => {
    for (const kind of kinds) {
      const changing = (now: number) => (now < 40_000 ? from : to)
      const { acceptedRate, throttledShare } = simulate({
        server: limited(kind, changing, headers, 5),
        seconds: 120,
      })
      expect(acceptedRate(90, 120) / to).toBeGreaterThanOrEqual(0.93)
      expect(throttledShare(0, 120)).toBeLessThan(0.03)
    }
  })
})

describe('without a limit', () => {
  test.each([1, 20, 80, 200])('%s ms away, all connections are soon in use', (latency) => {
    const { acceptedRate, finalState } = simulate({ server: distant(around(latency)), seconds: 8 })
    const ideal = (64 / latency) * 1000
    expect(acceptedRate(2, 8) / ideal).toBeGreaterThanOrEqual(0.95)
    expect(finalState).toMatchObject({ limit: 64, pace: undefined, pausedMs: 0 })
    if (latency <= 80) expect(acceptedRate(1, 2) / ideal).toBeGreaterThanOrEqual(0.9)
  })

  test('a fast server that is busy keeps all connections', () => {
    // One core, 70 µs a request: 64 in flight take 4.5 ms each.
    const { acceptedRate, finalState } = simulate({ server: busy(1, 0.07), seconds: 4 })
    expect(acceptedRate(1, 4) * 0.07).toBeGreaterThanOrEqual(990)
    expect(finalState.limit).toBe(64)
  })

  test.each([
    { workers: 1, serviceMs: 100, most: 20 },
    { workers: 2, serviceMs: 100, most: 30 },
    { workers: 20, serviceMs: 1000, most: 64 },
  ])(
    'a slow server of $workers x $serviceMs ms is kept busy without a long line before it',
    ({ workers, serviceMs, most }) => {
      const { acceptedRate, finalState, latenciesMs } = simulate({
        server: busy(workers, serviceMs),
        seconds: 90,
      })
      expect((acceptedRate(30, 90) * serviceMs) / workers).toBeGreaterThanOrEqual(950)
      expect(finalState.limit).toBeLessThanOrEqual(most)
      const last = latenciesMs.slice(-100)
      const latency = last.reduce((sum, each) => sum + each, 0) / last.length
      // With 64 in flight it would be 64 / workers times the service.
      expect(latency).toBeLessThan((64 / workers) * serviceMs)
    },
  )

  test('a slow server is not mistaken for an overloaded one', () => {
    const { acceptedRate, finalState } = simulate({
      server: distant((now) => (now < 5000 ? 20 : 600)),
      seconds: 60,
    })
    expect(finalState.limit).toBeGreaterThanOrEqual(45)
    expect(acceptedRate(40, 60) / (64 / 0.6)).toBeGreaterThanOrEqual(0.85)
  })
})

describe('a gateway that refuses some at any pace, without Retry-After', () => {
  const seeds = [1, 2, 3]
  test.each([
    { share: 0.003, soon: 0.9, later: 0.95 },
    { share: 0.01, soon: 0.85, later: 0.95 },
    { share: 0.05, soon: 0.04, later: 0.8 },
  ])('is not slowed down for long: $share', ({ share, soon, later }) => {
    for (const latency of [20, 150]) {
      const capacity = (64 / latency) * 1000
      for (const seed of seeds) {
        const server = refusingSome(distant(around(latency)), share, seed)
        const { acceptedRate } = simulate({ server, seconds: 40 })
        expect(acceptedRate(0, 10) / capacity).toBeGreaterThan(soon)
        expect(acceptedRate(10, 40) / capacity).toBeGreaterThan(later)
      }
    }
  })

  test.each(kinds)('and has a %s too, which is used', (kind) => {
    // A sliding window that was once overrun lets requests through in the rhythm of then.
    const used = kind === 'sliding window' ? 0.35 : 0.8
    for (const headers of ['none', 'seconds'] as const) {
      for (const share of [0.003, 0.01]) {
        const rates = seeds.map((seed) => {
          const server = refusingSome(limited(kind, 300, headers, 20), share, seed)
          return simulate({ server, seconds: 60 }).acceptedRate(15, 60) / 300
        })
        if (share < 0.01) expect(Math.min(...rates)).toBeGreaterThan(used)
        else expect(rates.reduce((sum, rate) => sum + rate, 0) / seeds.length).toBeGreaterThan(used)
        expect(Math.min(...rates)).toBeGreaterThan(used - 0.05)
      }
    }
  })
})

test('an outage brings the number in flight down, and its end brings it back', () => {
  const server: ServerModel = {
    arrive: (now) => ({
      throttled: false,
      afterMs: 20,
      failed: now > 5000 && now < 15_000,
    }),
  }
  const { seconds, acceptedRate } = simulate({ server, seconds: 25 })
  expect(seconds[4]?.accepted).toBeGreaterThan(3000)
  expect(seconds[10]?.failed).toBeLessThan(100)
  expect(acceptedRate(17, 25)).toBeGreaterThan(3000)
})

test('a timer that is late does not slow the pace down', () => {
  const { acceptedRate } = simulate({
    server: limited('fixed window', 300, 'none', 2),
    seconds: LENGTH,
    timerLatenessMs: 12,
  })
  expect(acceptedRate(WARM_UP, LENGTH) / 300).toBeGreaterThanOrEqual(0.93)
})

test('an allowance by the minute is waited for, all senders together', () => {
  let used = 0
  let minute = 0
  const server: ServerModel = {
    arrive(now) {
      const current = Math.floor(now / 60_000)
      if (current !== minute) {
        minute = current
        used = 0
      }
      used += 1
      const wait = Math.ceil((60_000 - (now % 60_000)) / 1000) * 1000
      return {
        throttled: used > 600,
        afterMs: 10,
        retryAfter: used > 600 ? { atLeastMs: wait, atMostMs: wait } : undefined,
      }
    },
  }
  const { acceptedRate, throttledShare } = simulate({ server, seconds: 600 })
  expect(acceptedRate(0, 600) / 10).toBeGreaterThanOrEqual(0.9)
  expect(throttledShare(0, 600)).toBeLessThan(0.03)
})

/** Whole runs of 20 s from the first request on, one for each kind; pace-table.ts prints them all. */
describe('in 20 s', () => {
  const cases = paceCases()
  const named = (group: string, ...parts: string[]) =>
    cases.filter((each) => each.group === group && parts.every((part) => each.name.includes(part)))

  test('buckets of 300 and 1,000 a second are used to 88%, under 6% refused', () => {
    for (const perSecond of ['300/s', '1000/s']) {
      for (const each of named('bucket', perSecond, ' 20 ms')) {
        const { all, late, throttled } = measure(each)
        expect([each.name, all > 0.88, late > 0.88, throttled < 0.06]).toEqual([
          each.name,
          true,
          true,
          true,
        ])
      }
    }
  })

  test('where responses report what remains, next to nothing is refused', () => {
    for (const group of [
      'throttler',
      'throttler two',
      'fixed 1 s',
      'sliding 1 s',
      'sliding 10 s',
    ]) {
      for (const each of named(group, ' all')) {
        const { all, throttled } = measure(each)
        expect([each.name, all > 0.85, throttled < 0.03]).toEqual([each.name, true, true])
      }
    }
  })

  test('a throttler that shuts the gate for a second is overrun once, not again and again', () => {
    for (const each of named('throttler', '300 per 1 s', 'none')) {
      const { all, late } = measure(each)
      expect([each.name, all > 0.9, late > 0.9]).toEqual([each.name, true, true])
    }
  })

  test('a limit that changes or is shared is found again', () => {
    for (const group of ['changes', 'other client']) {
      for (const each of named(group)) {
        expect([each.name, measure(each).all > 0.75]).toEqual([each.name, true])
      }
    }
  })

  test('a bucket that holds one is used to 20% and more', () => {
    for (const each of named('burst 1')) {
      expect([each.name, measure(each).all > 0.2]).toEqual([each.name, true])
    }
  })
})

test('no refusal and no report holds requests back for much over a minute', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const { seconds } = simulate({ server: erratic(seed), seconds: 180, senders: 16, seed })
    let idle = 0
    for (const { accepted, failed, throttled } of seconds) {
      idle = accepted + failed + throttled === 0 ? idle + 1 : 0
      expect(idle, `seed ${seed}`).toBeLessThan(70)
    }
  }
})

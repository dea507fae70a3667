/** Clients of one token that divide its limit, on simulated time. */
import { describe, expect, test } from 'vitest'
import { around, distant, refusingSome, type ServerModel, tokenBucket } from './server-models.ts'
import { fairnessOf, measureShared, sharedCases, times } from './shared-cases.ts'
import { simulate } from './simulator.ts'

const LIMIT = 300
const sharing = { latencyMs: 10 }

function bucket(perSecond: (now: number) => number = () => LIMIT): ServerModel {
  const options = { perSecond, burst: 60, headers: 'seconds', quick: true } as const
  return tokenBucket({ ...options, latencyMs: around(20) })
}

describe('clients that divide a bucket of 300/s', () => {
  const [headers, none] = sharedCases()

  test.each([1, 2, 4, 8])('%s of them use nine tenths, fairly, with few refused', (count) => {
    for (const seed of [1, 2]) {
      for (const each of [headers, none]) {
        if (each === undefined) throw new Error('there is no such case')
        const { all, late, refused, fairness } = measureShared(each, count, seed)
        expect(all).toBeGreaterThan(0.9)
        expect(late).toBeGreaterThan(0.9)
        expect(refused).toBeLessThan(each === none ? 0.06 : 0.035)
        expect(fairness).toBeGreaterThan(0.97)
      }
    }
  })

  test('without sharing, some get much more than others', () => {
    if (headers === undefined) throw new Error('there is no such case')
    const runs = [1, 2, 3, 4, 5].map((seed) => measureShared(headers, 4, seed, false).fairness)
    expect(Math.min(...runs)).toBeLessThan(0.9)
  })
})

test('clients that join have equal shares within two seconds', () => {
  const clients = [...times(4), ...times(4, { fromMs: 8000 })]
  const run = simulate({ server: bucket(), seconds: 20, clients, sharing })
  expect(fairnessOf(run, 10, 12)).toBeGreaterThan(0.97)
  expect(run.acceptedRate(9, 20)).toBeGreaterThan(0.9 * LIMIT)
  expect(run.throttledShare(8, 20)).toBeLessThan(0.04)
})

test('the share of clients that vanish is divided among the others', () => {
  const clients = [...times(4), ...times(4, { untilMs: 8000 })]
  const run = simulate({ server: bucket(), seconds: 20, clients, sharing })
  expect(run.acceptedRate(8, 10)).toBeLessThan(0.6 * LIMIT)
  expect(run.acceptedRate(12, 20)).toBeGreaterThan(0.9 * LIMIT)
  expect(fairnessOf(run, 12, 20, [0, 1, 2, 3])).toBeGreaterThan(0.97)
})

test('a client that needs little keeps that, and lends the rest', () => {
  const clients = [...times(3), { senders: 1, thinkMs: 30 }]
  const run = simulate({ server: bucket(), seconds: 20, clients, sharing })
  const small = (run.byClient[3] ?? []).slice(5).reduce((sum, each) => sum + each, 0) / 15
  // One sender, 50 ms a request.
  expect(small).toBeGreaterThan(17)
  expect(run.acceptedRate(5, 20)).toBeGreaterThan(0.93 * LIMIT)
  expect(fairnessOf(run, 5, 20, [0, 1, 2])).toBeGreaterThan(0.97)
})

test('so does one with a lower rate that was set by hand', () => {
  const clients = [...times(3), { perSecond: 20 }]
  const run = simulate({ server: bucket(), seconds: 20, clients, sharing })
  const small = (run.byClient[3] ?? []).slice(5).reduce((sum, each) => sum + each, 0) / 15
  expect(small).toBeGreaterThan(18)
  expect(small).toBeLessThan(20.5)
  expect(run.acceptedRate(5, 20)).toBeGreaterThan(0.9 * LIMIT)
  expect(fairnessOf(run, 5, 20, [0, 1, 2])).toBeGreaterThan(0.97)
})

test('refusals at random, without a limit, are forgotten by a client that is alone', () => {
  const server = refusingSome(distant(around(20)), 0.01, 1)
  const run = simulate({ server, seconds: 20, clients: 1, sharing })
  expect(run.acceptedRate(10, 20)).toBeGreaterThan(0.9 * (64 / 0.02))
})

test('a limit that halves or doubles is found by all', () => {
  for (const [from, to] of [
    [300, 150],
    [300, 600],
  ] as const) {
    const server = bucket((now) => (now < 10_000 ? from : to))
    const run = simulate({ server, seconds: 40, clients: 4, sharing })
    expect(run.acceptedRate(20, 40) / to).toBeGreaterThan(0.9)
    expect(run.throttledShare(0, 40)).toBeLessThan(0.04)
    expect(fairnessOf(run, 20, 40)).toBeGreaterThan(0.97)
  }
})

test('while exchanges fail, each continues alone; later they divide it again', () => {
  const failing = { ...sharing, failsFromMs: 6000, failsUntilMs: 18_000 }
  const run = simulate({ server: bucket(), seconds: 34, clients: 4, sharing: failing })
  expect(run.acceptedRate(6, 18)).toBeGreaterThan(0.9 * LIMIT)
  expect(run.acceptedRate(22, 34)).toBeGreaterThan(0.9 * LIMIT)
  expect(fairnessOf(run, 22, 34)).toBeGreaterThan(0.97)
  expect(run.throttledShare(0, 34)).toBeLessThan(0.05)
})

test('a client that is alone uses all of it, as without sharing', () => {
  const alone = simulate({ server: bucket(), seconds: 20 })
  const shared = simulate({ server: bucket(), seconds: 20, clients: 1, sharing })
  expect(shared.acceptedRate(0, 20)).toBeGreaterThan(0.97 * alone.acceptedRate(0, 20))
})

test('a long pause that one was asked for is kept by all', () => {
  const until = 10_000
  let refusals = 0
  const free = bucket()
  const server: ServerModel = {
    arrive(now, random) {
      if (now < 5000 || now >= until) return free.arrive(now, random)
      refusals += 1
      const wait = { atLeastMs: until - now, atMostMs: until - now }
      return { throttled: true, afterMs: 2, retryAfter: wait }
    },
  }
  // The later four ask for the first time when the pause has begun.
  const clients = [...times(4), ...times(4, { fromMs: 6000, senders: 1 })]
  const run = simulate({ server, seconds: 15, clients, sharing })
  const late = run.byClient.slice(4).map((each) => each.slice(6, 10).reduce((a, b) => a + b, 0))
  expect(late).toEqual([0, 0, 0, 0])
  expect(run.seconds.slice(7, 9).every(({ throttled }) => throttled === 0)).toBe(true)
  expect(refusals).toBeGreaterThan(0)
  expect(run.acceptedRate(11, 15)).toBeGreaterThan(0.7 * LIMIT)
})

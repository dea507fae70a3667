/** The rate limits of the simulation, and what each allows. */
import { makeRandom } from '../random.ts'
import {
  around,
  behind,
  distant,
  fixedWindow,
  type Headers,
  outage,
  refusingSome,
  type ServerModel,
  shared,
  slidingWindow,
  throttler,
  tokenBucket,
} from './server-models.ts'

export interface PaceCase {
  readonly name: string
  readonly group: string
  readonly server: () => ServerModel
  /** Requests a second that the limit allows from one time to another, on average. */
  readonly allowed: (fromSecond: number, toSecond: number) => number
  readonly seconds: number
  /** From where on the later part of a run counts. */
  readonly lateFrom: number
  readonly timerLatenessMs?: number
}

const LENGTH = 20
const HEADERS: Headers[] = ['none', 'seconds', 'exact', 'ambiguous', 'all']
const LIMITS = [10, 50, 300, 1000]

type Rest = Partial<Pick<PaceCase, 'allowed' | 'seconds' | 'lateFrom'>>

function paceCase(
  group: string,
  name: string,
  perSecond: number,
  server: () => ServerModel,
  rest: Rest = {},
): PaceCase {
  return { group, name, server, allowed: () => perSecond, seconds: LENGTH, lateFrom: 3, ...rest }
}

/** The part of each limit that a latency lets 64 connections reach. */
const carried = (perSecond: number, latency: number) =>
  Math.min(perSecond, (64 / latency) * 1000 * 0.93)

function* buckets(): Iterable<PaceCase> {
  for (const perSecond of LIMITS) {
    for (const burst of [Math.max(20, perSecond / 5), Math.max(20, perSecond)]) {
      for (const latency of [5, 20, 80, 300]) {
        if (carried(perSecond, latency) < perSecond) continue
        for (const headers of HEADERS) {
          for (const quick of [true, false]) {
            yield paceCase(
              'bucket',
              `${perSecond}/s burst ${burst}, ${latency} ms, ${headers}${quick ? ', quick' : ''}`,
              perSecond,
              () =>
                tokenBucket({
                  perSecond: () => perSecond,
                  burst,
                  latencyMs: around(latency),
                  headers,
                  quick,
                }),
            )
          }
        }
      }
    }
  }
}

function* windows(): Iterable<PaceCase> {
  for (const seconds of [1, 10]) {
    for (const perSecond of LIMITS) {
      for (const latency of [5, 20, 80, 300]) {
        if (carried(perSecond, latency) < perSecond) continue
        for (const headers of HEADERS) {
          for (const quick of [true, false]) {
            const options = {
              perSecond: () => perSecond,
              latencyMs: around(latency),
              headers,
              quick,
              windowMs: seconds * 1000,
            }
            const name = `${perSecond}/s, ${seconds} s, ${latency} ms, ${headers}${quick ? ', quick' : ''}`
            // After a first rush nothing can be had before the window ends.
            const rest = seconds === 1 ? {} : { lateFrom: seconds }
            yield paceCase(
              `fixed ${seconds} s`,
              name,
              perSecond,
              () => fixedWindow({ ...options, phaseMs: seconds === 1 ? 370 : 0 }),
              rest,
            )
            yield paceCase(
              `sliding ${seconds} s`,
              name,
              perSecond,
              () => slidingWindow(options),
              rest,
            )
          }
        }
      }
    }
  }
}

function* throttlers(): Iterable<PaceCase> {
  for (const headers of ['all', 'none'] as const) {
    for (const quick of [true, false]) {
      for (const latency of [5, 20, 80, 300]) {
        const options = () => ({ headers, quick, latencyMs: around(latency) })
        const name = (what: string) => `${what}, ${latency} ms, ${headers}${quick ? ', quick' : ''}`
        for (const limit of [10, 50, 300]) {
          if (carried(limit, latency) < limit) continue
          yield paceCase('throttler', name(`${limit} per 1 s`), limit, () =>
            throttler([{ limit, windowMs: 1000 }], options()),
          )
        }
        yield paceCase(
          'throttler',
          name('600 per 10 s'),
          60,
          () => throttler([{ limit: 600, windowMs: 10_000 }], options()),
          { lateFrom: 10 },
        )
        yield paceCase(
          'throttler two',
          name('100 per 1 s and 600 per 10 s'),
          60,
          () =>
            throttler(
              [
                { limit: 100, windowMs: 1000 },
                { limit: 600, windowMs: 10_000 },
              ],
              options(),
            ),
          { lateFrom: 10 },
        )
      }
    }
  }
}

function* others(): Iterable<PaceCase> {
  for (const headers of HEADERS) {
    for (const latency of [5, 20, 80]) {
      const base = { latencyMs: around(latency), headers, quick: true }
      const bucket = (perSecond: (now: number) => number, burst = 60) =>
        tokenBucket({ ...base, perSecond, burst })
      const name = `${latency} ms, ${headers}`
      for (const factor of [0.5, 2]) {
        const perSecond = (now: number) => (now < 10_000 ? 300 : 300 * factor)
        const allowed = (from: number, to: number) =>
          (300 * (Math.min(10, to) - Math.min(10, from)) +
            300 * factor * (Math.max(10, to) - Math.max(10, from))) /
          (to - from)
        yield paceCase('changes', `300 x ${factor} bucket, ${name}`, 300, () => bucket(perSecond), {
          allowed,
        })
        yield paceCase(
          'changes',
          `300 x ${factor} window, ${name}`,
          300,
          () => fixedWindow({ ...base, perSecond, phaseMs: 370 }),
          { allowed },
        )
      }
      yield paceCase(
        'other client',
        `100 of 300 from 8 s, ${name}`,
        300,
        () =>
          shared(
            bucket(() => 300),
            100,
            8000,
            makeRandom(7),
          ),
        {
          allowed: (from, to) => 300 - (100 * (Math.max(8, to) - Math.max(8, from))) / (to - from),
        },
      )
      yield paceCase(
        'two limits',
        `300 bucket and 2000 per 10 s, ${name}`,
        200,
        () =>
          behind(
            bucket(() => 300),
            fixedWindow({ ...base, perSecond: () => 200, windowMs: 10_000, phaseMs: 0 }),
          ),
        { lateFrom: 10 },
      )
      for (const perSecond of [50, 300, 1000]) {
        yield paceCase('burst 1', `${perSecond}/s, ${name}`, perSecond, () =>
          bucket(() => perSecond, 1),
        )
      }
      yield paceCase('1% chance', `300/s bucket, ${name}`, 297, () =>
        refusingSome(
          bucket(() => 300),
          0.01,
          5,
        ),
      )
      const minute = { ...base, perSecond: () => 2000 / 60, windowMs: 60_000 }
      yield paceCase(
        'minute',
        `2000 a minute, fixed, ${name}`,
        2000 / 60,
        () => fixedWindow({ ...minute, phaseMs: 0 }),
        { seconds: 180, lateFrom: 60 },
      )
    }
  }
  for (const latency of [5, 20, 80, 300]) {
    const capacity = (64 / latency) * 1000
    yield paceCase('no limit', `${latency} ms`, capacity, () => distant(around(latency)))
    for (const seed of [1, 2, 3, 4]) {
      yield paceCase('1% chance', `no limit, ${latency} ms, seed ${seed}`, capacity, () =>
        refusingSome(distant(around(latency)), 0.01, seed),
      )
    }
  }
  yield paceCase(
    'outage',
    '503 for 3 s, Retry-After 3, 20 ms',
    3200,
    () => outage(distant(around(20)), 6000, 9000, { atLeastMs: 3000, atMostMs: 3000 }),
    { allowed: (from, to) => (3200 * (to - from - 3)) / (to - from) },
  )
}

export function paceCases(): PaceCase[] {
  return [...buckets(), ...windows(), ...throttlers(), ...others()]
}

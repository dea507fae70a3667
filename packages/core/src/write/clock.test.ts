import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createGatewayClock, earlierMoment } from './clock.ts'

const at = (ms: number): string => new Date(ms).toISOString()
/** A time of the gateway's clock. */
const T = Date.parse('2026-01-01T12:00:00.000Z')
const HOUR = 3_600_000

/** A clock that cannot be set, and what has been learned from it. */
function setUp(start = 1_000) {
  let now = start
  return {
    clock: createGatewayClock(() => now),
    pass(ms: number): void {
      now += ms
    },
  }
}

test('before anything is learned, nothing is known', () => {
  const { clock } = setUp()
  expect(clock.moment()).toBe(undefined)
  expect(clock.whenMade(at(T - 24 * HOUR), undefined)).toBe('open')
})

test('the date of an inserted record shows the clock that dates records', () => {
  const { clock, pass } = setUp()
  clock.noteCreated(at(T))
  pass(500)
  const moment = clock.moment()
  expect(moment).toEqual({ records: T + 500, dates: undefined })
  expect(clock.whenMade(at(T + 500), moment)).toBe('after')
  expect(clock.whenMade(at(T + 490), moment)).toBe('open')
  expect(clock.whenMade(at(T - 2_000), moment)).toBe('before')
})

test('the Date header shows it to a second, and better with every response', () => {
  const { clock, pass } = setUp()
  pass(900)
  clock.noteDate(T)
  expect(clock.moment()).toEqual({ records: undefined, dates: T })
  pass(110)
  clock.noteDate(T + 1_000)
  expect(clock.moment()).toEqual({ records: undefined, dates: T + 1_000 })
  pass(690)
  clock.noteDate(T + 1_000)
  expect(clock.moment()).toEqual({ records: undefined, dates: T + 1_690 })
  const moment = clock.moment()
  expect(clock.whenMade(at(T + 1_690), moment)).toBe('after')
  expect(clock.whenMade(at(T + 1_000), moment)).toBe('open')
  expect(clock.whenMade(at(T - 1_000), moment)).toBe('before')
})

test.each([-3 * HOUR, 3 * HOUR])(
  'records %i ms off the Date header are judged by their own clock',
  (off) => {
    const { clock } = setUp()
    clock.noteDate(T)
    clock.noteCreated(at(T + off))
    const moment = clock.moment()
    expect(clock.whenMade(at(T + off + 5), moment)).toBe('after')
    expect(clock.whenMade(at(T + off - 60_000), moment)).toBe('before')
  },
)

test('a record from the future shows that the Date header is another clock', () => {
  const { clock } = setUp()
  clock.noteDate(T)
  expect(clock.whenMade(at(T + 3 * HOUR), clock.moment())).toBe('open')
})

test('a date-time without a fraction may have lost a second', () => {
  const { clock } = setUp()
  clock.noteCreated(at(T + 900))
  const moment = clock.moment()
  expect(clock.whenMade('2026-01-01T12:00:00Z', moment)).toBe('after')
  expect(clock.whenMade('2026-01-01T12:00:00.000Z', moment)).toBe('open')
  expect(clock.whenMade('2026-01-01T11:59:58.000Z', moment)).toBe('before')
})

test('a record without a date leaves it open', () => {
  const { clock } = setUp()
  clock.noteCreated(at(T))
  clock.noteCreated('')
  expect(clock.whenMade('', clock.moment())).toBe('open')
})

test('a record made longer ago than the horizon is known to be older', () => {
  for (const learn of ['noteDate', 'noteCreated'] as const) {
    const { clock } = setUp()
    if (learn === 'noteDate') clock.noteDate(T)
    else clock.noteCreated(at(T))
    expect(clock.whenMade(at(T - clock.horizonMs - 10), clock.moment())).toBe('before')
  }
})

test('a moment that the gateway has not reached yet decides nothing', () => {
  const { clock } = setUp()
  clock.noteDate(T)
  const later = { records: T + 60_000, dates: T + 60_000 }
  expect(clock.whenMade(at(T), later)).toBe('open')
})

test('what was learned is forgotten', () => {
  const { clock, pass } = setUp()
  clock.noteDate(T)
  pass(119_000)
  expect(clock.moment()).toBeDefined()
  pass(62_000)
  expect(clock.moment()).toBe(undefined)
})

test('of two moments the earlier one is known where both are', () => {
  const a = { records: 5, dates: 7 }
  expect(earlierMoment(a, { records: 6, dates: 3 })).toEqual({ records: 5, dates: 3 })
  expect(earlierMoment(a, { records: undefined, dates: 3 })).toEqual({
    records: undefined,
    dates: 3,
  })
  expect(earlierMoment(a, undefined)).toBe(undefined)
})

/** The gateway's time at a moment of the steady clock; what we know of it comes with delays. */
test('a record is never placed on the wrong side of a moment, with any delays', () => {
  const ms = fc.integer({ min: 0, max: 100_000 })
  const response = fc.record({
    at: ms,
    delay: fc.integer({ min: 0, max: 3_000 }),
    isDate: fc.boolean(),
  })
  fc.assert(
    fc.property(
      fc.array(response, { maxLength: 20 }),
      ms,
      fc.array(ms),
      (responses, attempt, made) => {
        let now = 0
        const clock = createGatewayClock(() => now)
        const events = responses.map(({ at: sent, delay, isDate }) => ({
          sent,
          got: sent + delay,
          isDate,
        }))
        for (const event of events
          .filter(({ got }) => got <= attempt)
          .toSorted((a, b) => a.got - b.got)) {
          now = event.got
          if (event.isDate) clock.noteDate(Math.floor((T + event.sent) / 1_000) * 1_000)
          else clock.noteCreated(at(T + event.sent))
        }
        now = attempt
        const moment = clock.moment()
        for (const when of made) {
          const verdict = clock.whenMade(at(T + when), moment)
          if (when >= attempt) expect(verdict).not.toBe('before')
          if (when < attempt - 2_000 - 3_000 - 1_010) expect(verdict).not.toBe('after')
        }
      },
    ),
  )
})

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FAILURE_KINDS, type Failure, type FailureKind } from './failure.ts'
import {
  type Attempt,
  BACKOFF,
  backoff,
  DEFAULT_MAX_ATTEMPTS,
  decide,
  RETRY_RULES,
} from './retry-policy.ts'

const failureOf = (kind: FailureKind, more: Partial<Failure> = {}): Failure => ({
  kind,
  executed: 'maybe',
  message: '',
  hint: '',
  ...more,
})

const attemptOf = (kind: FailureKind, more: Partial<Attempt> = {}): Attempt => ({
  failure: failureOf(kind),
  repeatable: true,
  attempts: 1,
  maxAttempts: 5,
  remainingMs: 100_000,
  heldMs: 0,
  affordable: true,
  random: 0.5,
  ...more,
})

const wait = (atLeastMs: number) => ({ atLeastMs, atMostMs: atLeastMs })

describe('what may have been executed', () => {
  test.each(['broken', 'timeout', 'unavailable', 'unreadable'] as const)(
    '%s: a read is repeated, a write is not',
    (kind) => {
      expect(decide(attemptOf(kind)).retry).toBe(true)
      const write = decide(attemptOf(kind, { repeatable: false }))
      expect(write).toEqual({
        retry: false,
        why: 'it may have been executed, and doing it twice could do harm',
      })
    },
  )

  test('if it certainly was not, a write is repeated too', () => {
    const failure = failureOf('timeout', { executed: 'no' })
    expect(decide(attemptOf('timeout', { failure, repeatable: false }))).toMatchObject({
      retry: true,
      why: 'nothing was executed',
    })
    expect(decide(attemptOf('timeout'))).toMatchObject({ why: 'doing it twice does no harm' })
  })

  test('a write that may have been executed is never repeated', () => {
    const attempt = fc.record({
      failure: fc.record({
        kind: fc.constantFrom(...FAILURE_KINDS),
        executed: fc.constant('maybe' as const),
        message: fc.constant(''),
        hint: fc.constant(''),
      }),
      repeatable: fc.constant(false),
      attempts: fc.integer({ min: 1, max: 9 }),
      maxAttempts: fc.integer({ min: 1, max: 9 }),
      remainingMs: fc.integer({ min: -10, max: 100_000 }),
      heldMs: fc.nat(1000),
      affordable: fc.boolean(),
      random: fc.double({ min: 0, max: 0.999, noNaN: true }),
    })
    fc.assert(
      fc.property(attempt, (value) => {
        // These cannot have been executed.
        fc.pre(!['unreachable', 'throttled'].includes(value.failure.kind))
        expect(decide(value).retry).toBe(false)
      }),
    )
  })
})

test('a request that would fail again is not retried', () => {
  expect(decide(attemptOf('rejected'))).toEqual({
    retry: false,
    why: 'the same request would fail again',
  })
})

describe('transient failures', () => {
  test('are tried up to the maximum', () => {
    expect(decide(attemptOf('unreachable', { attempts: 4 })).retry).toBe(true)
    expect(decide(attemptOf('unreachable', { attempts: 5 }))).toEqual({
      retry: false,
      why: 'it was tried 5 times',
    })
    expect(decide(attemptOf('unreachable', { attempts: 1, maxAttempts: 1 })).retry).toBe(false)
  })

  test('are final when the budget is used up', () => {
    expect(decide(attemptOf('broken', { affordable: false }))).toMatchObject({
      retry: false,
      why: expect.stringContaining('too many requests failed recently'),
    })
  })

  test('wait no longer than the call has', () => {
    expect(decide(attemptOf('broken', { remainingMs: 101 })).retry).toBe(true)
    expect(decide(attemptOf('broken', { remainingMs: 100 }))).toMatchObject({
      retry: false,
      why: 'the next attempt would start after the timeout of the call',
    })
  })

  test('wait at least what the gateway asks, up to a minute', () => {
    const asking = (ms: number) => failureOf('unavailable', { retryAfter: wait(ms) })
    expect(decide(attemptOf('unavailable', { failure: asking(3000) }))).toMatchObject({
      delayMs: 3000,
    })
    expect(decide(attemptOf('unavailable', { failure: asking(1) }))).toMatchObject({ delayMs: 100 })
    const failure = asking(3_600_000)
    expect(decide(attemptOf('unavailable', { failure, remainingMs: 4_000_000 }))).toMatchObject({
      delayMs: 60_000,
    })
  })
})

test('a gateway that is unavailable for longer than the call lasts fails it at once', () => {
  const failure = { ...failureOf('unavailable'), retryAfter: wait(90_000) }
  const decideWith = (more: object) => decide(attemptOf('unavailable', { failure, ...more }))
  expect(decideWith({ remainingMs: 30_000 })).toEqual({
    retry: false,
    why: 'the gateway asks to wait 90 s, and the call has 30 s left',
  })
  expect(decideWith({ remainingMs: 90_001 })).toMatchObject({ retry: true, delayMs: 60_000 })
  expect(decideWith({ remainingMs: 30_000, repeatable: false })).toMatchObject({
    why: 'it may have been executed, and doing it twice could do harm',
  })
})

describe('the wait', () => {
  test('doubles up to its cap, and is a random part of that', () => {
    expect([1, 2, 3, 4].map((attempts) => backoff(attempts, 1))).toEqual([200, 400, 800, 1600])
    expect(backoff(30, 1)).toBe(BACKOFF.capMs)
    expect(backoff(3, 0.25)).toBe(200)
    expect(backoff(3, 0)).toBe(0)
  })
})

describe('the rate limit', () => {
  const throttled = failureOf('throttled', { executed: 'no' })

  test('may refuse any number of times, without count or budget, also writes', () => {
    const attempt = { failure: throttled, attempts: 99, affordable: false, repeatable: false }
    expect(decide(attemptOf('throttled', { ...attempt, heldMs: 700 }))).toEqual({
      retry: true,
      delayMs: 700,
      why: 'the rate limit refused it, nothing was executed',
    })
  })

  test('fails the call at once when it asks for more time than the call has', () => {
    const failure = { ...throttled, retryAfter: wait(90_000) }
    expect(decide(attemptOf('throttled', { failure, remainingMs: 30_000 }))).toEqual({
      retry: false,
      why: 'the gateway asks to wait 90 s, and the call has 30 s left',
    })
    expect(decide(attemptOf('throttled', { failure, remainingMs: 90_000 })).retry).toBe(false)
    expect(decide(attemptOf('throttled', { failure, remainingMs: 90_001 })).retry).toBe(true)
  })

  test('fails the call at once when the gate holds it back for longer than the call has', () => {
    const late = { failure: throttled, heldMs: 500 }
    expect(decide(attemptOf('throttled', { ...late, remainingMs: 500 }))).toMatchObject({
      retry: false,
      why: 'the timeout of the call leaves no time to wait for the rate limit',
    })
    expect(decide(attemptOf('throttled', { ...late, remainingMs: 501 })).retry).toBe(true)
    expect(decide(attemptOf('throttled', { failure: throttled, remainingMs: 0 })).retry).toBe(false)
  })
})

describe('docs/how-it-works/retry-policy.md', () => {
  const doc = readFileSync(
    new URL('../../../../docs/how-it-works/retry-policy.md', import.meta.url),
    'utf8',
  )

  test('contains the table that the function follows', () => {
    // The formatter pads the columns.
    expect(doc.replace(/ {2,}/g, ' ').replace(/-{3,}/g, '---')).toContain(table())
  })

  test('states the numbers that the function uses', () => {
    expect(doc).toContain(`${BACKOFF.baseMs} ms`)
    expect(doc).toContain(`${BACKOFF.capMs / 1000} s`)
    expect(doc).toContain(`${DEFAULT_MAX_ATTEMPTS} attempts`)
  })
})

/** The name of each kind of failure in the table, and whether the request can have been executed. */
const ROWS: Readonly<Record<FailureKind, { what: string; executed: 'no' | 'maybe' }>> = {
  unreachable: { what: 'no connection: refused, no such host, connect timeout', executed: 'no' },
  untrusted: { what: 'the certificate or the handshake is invalid', executed: 'no' },
  proxy: { what: 'rejected by the proxy: 407, or no tunnel (except 5xx)', executed: 'no' },
  dispatcher: { what: 'rejected by the dispatcher that the caller passed', executed: 'no' },
  broken: { what: 'the connection broke after the request was sent', executed: 'maybe' },
  timeout: { what: 'no complete response in time', executed: 'maybe' },
  throttled: { what: '429', executed: 'no' },
  unavailable: { what: '408, 5xx (except 501, 505)', executed: 'maybe' },
  faulty: { what: '501, 505, an unknown status', executed: 'maybe' },
  unreadable: { what: '2xx whose body is not JSON', executed: 'maybe' },
  misfit: { what: '2xx whose JSON does not match the contract', executed: 'maybe' },
  'too-large': { what: 'a response over the size limit', executed: 'maybe' },
  redirect: { what: '3xx', executed: 'maybe' },
  unauthenticated: { what: '401', executed: 'no' },
  forbidden: { what: '403', executed: 'no' },
  missing: { what: '404', executed: 'no' },
  rejected: { what: '400, 409, 413, 422 and every other 4xx', executed: 'no' },
}

function table(): string {
  const yes = { never: '', always: 'yes', repeatable: 'yes', paced: 'yes, paced by the gate' }
  const lines = FAILURE_KINDS.map((kind) => {
    const { what, executed } = ROWS[kind]
    const cell = (repeatable: boolean) => {
      const failure = failureOf(kind, { executed })
      return decide(attemptOf(kind, { failure, repeatable })).retry ? yes[RETRY_RULES[kind]] : 'no'
    }
    return `| ${what} | ${executed} | ${cell(true)} | ${cell(false)} |`
  })
  return [
    '| what happened | executed | a read is sent again | a write is sent again |',
    '| --- | --- | --- | --- |',
    ...lines,
  ].join('\n')
}

import { describe, expect, test } from 'vitest'
import { Fault, type FaultInput, type RateLimitFault } from './faults.ts'
import { limitHeaders, makeLimiter } from './rate-limit.ts'

function faultOf(over: Partial<FaultInput>): RateLimitFault {
  return Fault.parse({ kind: 'rate-limit', perSecond: 2, ...over }) as RateLimitFault
}

function allowedAt(fault: RateLimitFault, times: readonly number[]): boolean[] {
  const limiter = makeLimiter(fault)
  return times.map((time) => limiter.take(time).allowed)
}

describe('window', () => {
  test('counts again a second after its first request', () => {
    const allowed = allowedAt(faultOf({}), [5000, 5001, 5002, 5999, 6000, 6999, 7000.5])
    expect(allowed).toEqual([true, true, false, false, true, true, true])
  })

  test('reports what remains and when it counts again', () => {
    const limiter = makeLimiter(faultOf({}))
    expect(limiter.take(100)).toEqual({ allowed: true, remaining: 1, resetMs: 1000 })
    expect(limiter.take(300)).toEqual({ allowed: true, remaining: 0, resetMs: 800 })
    expect(limiter.take(1000)).toEqual({ allowed: false, remaining: 0, resetMs: 100 })
  })

  test.each([0.1, 77.7, 1234.3])('begins a whole second from its end (at %d)', (now) => {
    expect(makeLimiter(faultOf({})).take(now)).toMatchObject({ resetMs: 1000 })
  })
})

describe('bucket', () => {
  test('is full at first and refills steadily', () => {
    const fault = faultOf({ algorithm: 'bucket', perSecond: 10, burst: 3 })
    const allowed = allowedAt(fault, [0, 0, 0, 0, 50, 100, 101, 1100, 1100, 1100, 1100])
    expect(allowed).toEqual([
      ...[true, true, true, false, false],
      ...[true, false, true, true, true, false],
    ])
  })

  test('holds one even when it refills more slowly than one a second', () => {
    const fault = faultOf({ algorithm: 'bucket', perSecond: 0.5 })
    expect(allowedAt(fault, [0, 1000, 2000])).toEqual([true, false, true])
    const limiter = makeLimiter(fault)
    expect(limiter.take(0)).toEqual({ allowed: true, remaining: 0, resetMs: 2000 })
    expect(limiter.take(1500)).toEqual({ allowed: false, remaining: 0, resetMs: 500 })
  })
})

describe('headers', () => {
  const now = new Date('2026-01-01T00:00:00.400Z')
  const refused = { allowed: false, remaining: 0, resetMs: 1250 }

  test.each([
    ['none', {}],
    ['retry-after-seconds', { 'retry-after': '2' }],
    ['retry-after-date', { 'retry-after': 'Thu, 01 Jan 2026 00:00:02 GMT' }],
    [
      'x-ratelimit-seconds',
      { 'x-ratelimit-limit': '2', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '2' },
    ],
    [
      'x-ratelimit-ms',
      { 'x-ratelimit-limit': '2', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1250' },
    ],
  ] as const)('%s', (headers, expected) => {
    expect(limitHeaders(faultOf({ headers }), refused, now)).toEqual(expected)
  })

  test('retry-after is set on rejections only', () => {
    const allowed = { ...refused, allowed: true }
    expect(limitHeaders(faultOf({}), allowed, now)).toEqual({})
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allowancesOf, parseRateLimitReset, parseRetryAfter, retryAfterOf } from './retry-after.ts'

const now = Date.parse('2026-03-01T12:00:00.500Z')
const exactly = (ms: number) => ({ atLeastMs: ms, atMostMs: ms })

describe('Retry-After', () => {
  test.each([
    ['1', exactly(1000)],
    [' 120 ', exactly(120_000)],
    ['0.5', exactly(500)],
    ['86400', exactly(86_400_000)],
    ['Sun, 01 Mar 2026 12:00:03 GMT', exactly(2500)],
    ['Sunday, 01-Mar-26 12:00:03 GMT', exactly(2500)],
    ['Sun Mar  1 12:00:03 2026 GMT', exactly(2500)],
  ])('%s', (value, wait) => {
    expect(parseRetryAfter(value, now)).toEqual(wait)
  })

  test.each([
    '',
    '0',
    '-1',
    'soon',
    '1e3',
    '0x10',
    'Infinity',
    '2026-03-01',
    '2027-03-01T12:00:00Z',
    'on Sun, 01 Mar 2027 12:00:03 GMT',
    'Sun, 99 Foo',
    'Sun, 01 Mar 2026 11:59:59 GMT',
    '9'.repeat(400),
  ])('says nothing: %j', (value) => {
    expect(parseRetryAfter(value, now)).toBeUndefined()
  })
})

describe('x-ratelimit-reset', () => {
  test('since 1970, in seconds and in milliseconds', () => {
    expect(parseRateLimitReset(String(now + 750), now)).toEqual(exactly(750))
    expect(parseRateLimitReset(String(Math.floor(now / 1000) + 2), now)).toEqual(exactly(1500))
  })

  test('since 1970 begins at the bound', () => {
    expect(parseRateLimitReset('1000000000', 1e12 - 5)).toEqual(exactly(5))
    expect(parseRateLimitReset('1000000000000', 1e12 - 5)).toEqual(exactly(5))
  })

  test('since 1970, from the first number on that can be meant so', () => {
    expect(parseRateLimitReset('999999999', 0)).toEqual(exactly(999_999_999))
    expect(parseRateLimitReset('1000000000', 0)).toEqual(exactly(1e12))
    expect(parseRateLimitReset('999999999999', 0)).toEqual(exactly(999_999_999_999_000))
    expect(parseRateLimitReset(' 1000000000000 ', 0)).toEqual(exactly(1e12))
  })

  test('from now: milliseconds when too large for seconds', () => {
    expect(parseRateLimitReset('61', now)).toEqual(exactly(61))
    expect(parseRateLimitReset(' 640 ', now)).toEqual(exactly(640))
    expect(parseRateLimitReset('30000', now)).toEqual(exactly(30_000))
  })

  test('from now: either of the two when it can be both', () => {
    expect(parseRateLimitReset('1', now)).toEqual({ atLeastMs: 1, atMostMs: 1000 })
    expect(parseRateLimitReset('60', now)).toEqual({ atLeastMs: 60, atMostMs: 60_000 })
    expect(parseRateLimitReset('0.25', now)).toEqual({ atLeastMs: 0.25, atMostMs: 250 })
  })

  test.each([
    '',
    '0',
    '-5',
    'soon',
    '1e3',
    '1e9',
    String(now - 1000),
    String(Math.floor(now / 1000) - 5),
  ])('says nothing: %j', (value) => {
    expect(parseRateLimitReset(value, now)).toBeUndefined()
  })
})

test('Retry-After counts before x-ratelimit-reset, and where it says nothing, the other', () => {
  expect(retryAfterOf({ 'retry-after': '2', 'x-ratelimit-reset': '640' }, now)).toEqual(
    exactly(2000),
  )
  expect(retryAfterOf({ 'retry-after': 'soon', 'x-ratelimit-reset': '640' }, now)).toEqual(
    exactly(640),
  )
  expect(retryAfterOf({ 'retry-after': ['3', '9'] }, now)).toEqual(exactly(3000))
  expect(retryAfterOf({}, now)).toBeUndefined()
})

test('of limits with names, the longest wait counts', () => {
  expect(retryAfterOf({ 'retry-after-short': '1', 'retry-after-long': '8' }, now)).toEqual(
    exactly(8000),
  )
})

describe('what remains', () => {
  test('of x-ratelimit headers, with and without names', () => {
    const headers = {
      'x-ratelimit-limit-short': '300',
      'x-ratelimit-remaining-short': '17',
      'x-ratelimit-reset-short': '1',
      'x-ratelimit-remaining-long': '5',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': '640',
      'x-ratelimit-remainingness': '3',
    }
    expect(allowancesOf(headers, now)).toEqual([
      { name: '-short', limit: 300, remaining: 17, reset: { atLeastMs: 1, atMostMs: 1000 } },
      { name: '-long', remaining: 5, reset: undefined },
      { name: '', remaining: 0, reset: exactly(640) },
    ])
  })

  test('of RateLimit fields', () => {
    const headers = {
      ratelimit: '"burst";r=5;t=3, "day";r=900;t=40000',
      'ratelimit-policy': '"burst";q=100;w=60, "day";q=1000;w=86400',
    }
    expect(allowancesOf(headers, now)).toEqual([
      { name: 'burst', remaining: 5, reset: exactly(3000), windowMs: 60_000 },
      { name: 'day', remaining: 900, reset: exactly(40_000_000), windowMs: 86_400_000 },
    ])
  })

  test('of early RateLimit fields', () => {
    expect(allowancesOf({ ratelimit: 'limit=100, remaining=50, reset=5' }, now)).toEqual([
      { name: '', remaining: 50, reset: exactly(5000), windowMs: undefined },
    ])
    const headers = {
      'ratelimit-remaining': '7',
      'ratelimit-reset': '2',
      'ratelimit-policy': '100;w=10',
    }
    expect(allowancesOf(headers, now)).toEqual([
      { name: '', remaining: 7, reset: exactly(2000), windowMs: 10_000 },
    ])
  })

  test('says nothing', () => {
    for (const headers of [
      {},
      { 'x-ratelimit-remaining': 'many' },
      { 'x-ratelimit-remaining': '-1' },
      { 'x-ratelimit-limit': '300' },
      { ratelimit: '"burst";t=3' },
      { ratelimit: ',,;;==' },
    ]) {
      expect(allowancesOf(headers, now)).toBeUndefined()
    }
  })

  test('is a whole number for any content of a field', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (state, policy) => {
        for (const each of allowancesOf({ ratelimit: state, 'ratelimit-policy': policy }, now) ??
          []) {
          expect(Number.isInteger(each.remaining) && each.remaining >= 0).toBe(true)
          expect(each.windowMs ?? 1).toBeGreaterThan(0)
        }
      }),
    )
  })
})

test('for any header, a wait is positive and in order', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.double().map(String), fc.nat().map(String)), (value) => {
      for (const wait of [parseRetryAfter(value, now), parseRateLimitReset(value, now)]) {
        if (wait === undefined) continue
        expect(wait.atLeastMs).toBeGreaterThan(0)
        expect(wait.atMostMs).toBeGreaterThanOrEqual(wait.atLeastMs)
        expect(Number.isFinite(wait.atMostMs)).toBe(true)
      }
    }),
  )
})

import { expect, it } from 'vitest'
import { createRateLimit } from './rate-limit.ts'

it('allows a burst, then the configured rate', () => {
  let now = 0
  const limit = createRateLimit(60, () => now)
  for (let count = 0; count < 60; count++) expect(limit('a')).toBeUndefined()
  expect(limit('a')).toEqual({ retryAfter: 1 })
  now = 999
  expect(limit('a')).toEqual({ retryAfter: 1 })
  now = 2_000
  expect(limit('a')).toBeUndefined()
})

it('counts each key separately', () => {
  const limit = createRateLimit(1, () => 0)
  expect(limit('a')).toBeUndefined()
  expect(limit('a')).toEqual({ retryAfter: 60 })
  expect(limit('b')).toBeUndefined()
})

it('neither allows nor penalizes callers who keep trying', () => {
  let now = 0
  const limit = createRateLimit(60, () => now)
  for (let count = 0; count < 500; count++) limit('a')
  now = 1_000
  expect(limit('a')).toBeUndefined()
  expect(limit('a')).toEqual({ retryAfter: 1 })
})

it('counts every call of a batch', () => {
  let now = 0
  const limit = createRateLimit(60, () => now)
  expect(limit('a', 50)).toBeUndefined()
  expect(limit('a', 20)).toEqual({ retryAfter: 10 })
  now = 60_000
  expect(limit('a', 60)).toBeUndefined()
  expect(limit('a', 1)).toEqual({ retryAfter: 1 })
})

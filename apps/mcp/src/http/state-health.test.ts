import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createStateHealth } from './state-health.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A database whose response the test gives. */
function database() {
  const waiting: PromiseWithResolvers<void>[] = []
  return {
    isShared: true,
    waiting,
    probe() {
      const probe = Promise.withResolvers<void>()
      waiting.push(probe)
      return probe.promise
    },
  }
}

it('a state in a folder has no health', async () => {
  const health = createStateHealth({ ...database(), isShared: false })
  expect(await health()).toBeUndefined()
})

it('asks a database once for many checks, and again later', async () => {
  const state = database()
  const health = createStateHealth(state)
  const checks = Promise.all([health(), health(), health()])
  state.waiting[0]?.resolve()
  expect(await checks).toEqual(['ok', 'ok', 'ok'])
  expect(await health()).toBe('ok')
  expect(state.waiting).toHaveLength(1)
  vi.advanceTimersByTime(2_001)
  const later = health()
  expect(state.waiting).toHaveLength(2)
  state.waiting[1]?.reject(new Error('away'))
  expect(await later).toBe('unreachable')
})

it('does not wait for a database that does not respond, until it does', async () => {
  const state = database()
  const health = createStateHealth(state)
  const first = health()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(await first).toBe('unreachable')
  const second = health()
  await vi.advanceTimersByTimeAsync(0)
  expect(await second).toBe('unreachable')
  expect(state.waiting).toHaveLength(1)
  state.waiting[0]?.resolve()
  expect(await health()).toBe('ok')
})

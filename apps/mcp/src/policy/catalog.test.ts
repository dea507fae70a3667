import type { Client } from '@chatlayer-tables/core'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createLogger } from '../logger.ts'
import { Catalog } from './catalog.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: Date.parse('2026-06-01') })
})
afterEach(() => {
  vi.useRealTimers()
})

it.each([
  ['back by an hour', -60 * MINUTE],
  ['back by a year', -365 * DAY],
  ['ahead by a day', DAY],
])('keeps a list for a minute, even if the system clock is set %s', async (_, step) => {
  const list = vi.fn(async () => [])
  const settings = { tables: undefined, hideColumns: [], maskColumns: [] }
  const catalog = new Catalog(
    { tables: { list } } as unknown as Client,
    settings as never,
    createLogger('error', undefined, () => undefined),
  )
  const { signal } = new AbortController()
  await catalog.visible(signal)
  vi.setSystemTime(Date.now() + step)
  await catalog.visible(signal)
  expect(list).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(MINUTE)
  await catalog.visible(signal)
  expect(list).toHaveBeenCalledTimes(2)
})

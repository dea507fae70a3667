import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { JournalEntry } from '../../protocol/journal.ts'
import { byDay, dayTitle, localDay, timeText } from './days.ts'

beforeEach(() => {
  vi.stubEnv('TZ', 'Pacific/Auckland')
})
afterEach(() => {
  vi.unstubAllEnvs()
})

const entry = (at: string): JournalEntry => ({
  changeSet: at,
  at,
  table: 'stores',
  version: 'DRAFT',
  who: 'clt import',
  counts: { inserted: 1, updated: 0, deleted: 0, rejected: 0, unknown: 0 },
  undone: 0,
  status: 'settled',
})

it('groups by the day of the reader, not of UTC', () => {
  const days = byDay(
    ['2026-11-28T12:30:00Z', '2026-11-28T11:30:00Z', '2026-11-28T10:59:00Z'].map(entry),
  )
  expect(days.map(({ day, entries }) => [day, entries.length])).toEqual([
    ['2026-11-29', 2],
    ['2026-11-28', 1],
  ])
  expect(timeText('2026-11-28T11:30:00Z')).toBe('00:30')
})

it('names today and yesterday', () => {
  const now = new Date('2026-11-28T12:00:00Z')
  expect(localDay(now)).toBe('2026-11-29')
  expect(dayTitle('2026-11-29', now)).toBe('Today, Sunday 29 November 2026')
  expect(dayTitle('2026-11-28', now)).toBe('Yesterday, Saturday 28 November 2026')
  expect(dayTitle('2026-01-02', now)).toBe('Friday 2 January 2026')
})

it('keeps entries whose time is not known', () => {
  expect(byDay([entry('soon')])).toMatchObject([{ day: '', entries: [{}] }])
  expect(dayTitle('', new Date())).toBe('Time unknown')
  expect(timeText('soon')).toBe('')
})

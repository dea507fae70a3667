import { expect, it } from 'vitest'
import { readTables, readVersions } from './version-list.ts'

it.each([
  [{ live: false }, undefined],
  [{ live: true }, ['LIVE']],
  [{ live: false, versions: 'draft' }, ['DRAFT']],
  [{ live: false, versions: 'LIVE, draft' }, ['DRAFT', 'LIVE']],
  [{ live: true, versions: 'both' }, ['DRAFT', 'LIVE']],
])('%j is %j', (flags, versions) => {
  expect(readVersions(flags)).toEqual(versions)
})

it.each(['', 'final', 'draft,', 'draft live'])('rejects --versions %j', (versions) => {
  expect(() => readVersions({ versions, live: false })).toThrow('--versions must be')
})

it('rejects --live with --versions draft', () => {
  expect(() => readVersions({ versions: 'draft', live: true })).toThrow('contradict each other')
})

it('reads tables with their versions, and rejects profiles', () => {
  expect(readTables([])).toBeUndefined()
  expect(readTables(['stores@live', ':a:b'])).toEqual([
    { table: 'stores', version: 'LIVE' },
    { table: 'a:b', version: undefined },
  ])
  expect(() => readTables(['prod:stores'])).toThrow('a backup contains one bot')
})

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

it.each(['', 'final', 'draft,', 'draft live'])('refuses --versions %j', (versions) => {
  expect(() => readVersions({ versions, live: false })).toThrow('--versions takes')
})

it('refuses --live beside --versions draft', () => {
  expect(() => readVersions({ versions: 'draft', live: true })).toThrow('do not agree')
})

it('reads tables with their versions, and refuses profiles', () => {
  expect(readTables([])).toBeUndefined()
  expect(readTables(['stores@live', ':a:b'])).toEqual([
    { table: 'stores', version: 'LIVE' },
    { table: 'a:b', version: undefined },
  ])
  expect(() => readTables(['prod:stores'])).toThrow('a backup is of one bot')
})

import { expect, it } from 'vitest'
import type { JournalEntry } from '../../protocol/journal.ts'
import { countParts, entryTitle, isOfTable, undoneText } from './entry-text.ts'

const NONE = { inserted: 0, updated: 0, deleted: 0, rejected: 0, unknown: 0 }
const entry = (counts: Partial<JournalEntry['counts']>, undone = 0): JournalEntry => ({
  ...{ changeSet: 'a', at: '', table: 'stores', version: 'LIVE', who: '', status: 'settled' },
  ...{ counts: { ...NONE, ...counts }, undone },
})

it('names only what was written', () => {
  expect(entryTitle(entry({ inserted: 1200, unknown: 1 }))).toBe(
    '1,200 inserted, 1 with unknown outcome',
  )
  expect(countParts(entry({ deleted: 2 }))).toEqual([{ kind: 'deleted', text: '2 deleted' }])
  expect(entryTitle(entry({}))).toBe('nothing written')
})

it('says how much of it is undone', () => {
  const counts = { inserted: 10, updated: 2, rejected: 5 }
  expect([0, 3, 12].map((undone) => undoneText(entry(counts, undone)))).toEqual([
    undefined,
    '3 of 12 undone',
    'undone',
  ])
})

it('filters by table, with or without its version', () => {
  const filters = [undefined, 'stores', 'stores@live', 'stores@draft', 'shops']
  expect(filters.map((filter) => isOfTable(entry({}), filter))).toEqual([
    ...[true, true, true, false, false],
  ])
})

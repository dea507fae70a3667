/** An invented table, its journal and its groups. */
import type { JournalEntry } from '../../src/protocol/journal.ts'
import type { ColumnProfile, GroupsFacts, ProfileFacts } from '../../src/protocol/profile.ts'

export function columnProfile(name: string, more: Partial<ColumnProfile> = {}): ColumnProfile {
  return {
    ...{ name, type: 'text', filled: 1_200, empty: 34, distinct: 40 },
    ...{ top: [], histogram: [], facts: [], suspicious: [] },
    ...more,
  }
}

const RATINGS = [4, 9, 12, 31, 58, 96, 143, 187, 201, 164, 121, 83, 44, 21, 12, 6, 4, 2, 1, 1]

export const PROFILE: ProfileFacts = {
  table: 'stores',
  version: 'DRAFT',
  records: 1_234,
  facts: [['where', 'country = BE']],
  columns: [
    columnProfile('code', {
      filled: 1_234,
      empty: 0,
      distinct: 1_234,
      facts: [['length', '6 characters']],
    }),
    columnProfile('name', {
      distinct: 1_187,
      isDistinctEstimated: true,
      facts: [['length', '4 to 61 characters']],
      suspicious: [
        {
          reason: 'with a space at the beginning or end',
          count: 12,
          examples: [' Ghent North', 'Liège '],
        },
        {
          reason: 'with invisible characters',
          count: 2,
          examples: ['Bru\u200bges', 'Namur\u00a0Citadel'],
        },
      ],
    }),
    columnProfile('city', {
      distinct: 48,
      top: [
        { value: 'Brussels', count: 312 },
        { value: 'Antwerp', count: 208 },
        { value: 'Ghent', count: 167 },
        { value: 'Liège', count: 98 },
        { value: 'Saint-Josse-ten-Noode, near the northern station', count: 41 },
      ],
      suspicious: [
        {
          reason: 'same as another except for letter case or spaces',
          count: 3,
          examples: ['ghent (1), Ghent (167)'],
        },
      ],
    }),
    columnProfile('open', {
      type: 'bool',
      distinct: 2,
      filled: 1_234,
      empty: 0,
      histogram: [
        { label: 'true', count: 1_101 },
        { label: 'false', count: 133 },
      ],
    }),
    columnProfile('rating', {
      type: 'numeric',
      distinct: 311,
      facts: [
        ['range', '0.5 to 5'],
        ['mean', '3.41, standard deviation 0.7'],
        ['quantiles', '25% 2.9, median 3.4, 75% 4'],
      ],
      histogram: RATINGS.map((count, index) => ({
        label: `${index * 5} to ${index * 5 + 5}`,
        count,
      })),
    }),
    columnProfile('fax', { filled: 0, empty: 1_234, distinct: 0 }),
  ],
  activity: Array.from({ length: 12 }, (_, index) => ({
    day: `2026-11-${String(index * 2 + 3).padStart(2, '0')}`,
    changes: (index * 37) % 90,
  })),
}

export const GROUPS: GroupsFacts = {
  title: 'stores@draft by city and open',
  facts: [['where', 'country = BE']],
  columns: ['city', 'open'],
  measures: ['count', 'sum of balance', 'first name'],
  groups: [
    { labels: ['Ghent', true], values: [150, -20.5, 'Ghent North'] },
    { labels: ['Antwerp', true], values: [208, { number: '1200.75' }, 'Antwerp'] },
    { labels: ['Brussels', null], values: [12, null, null] },
    { labels: ['Bru\u202eges', false], values: [3, 300, ''] },
  ],
}

export function journalEntry(index: number, more: Partial<JournalEntry> = {}): JournalEntry {
  const at = new Date(Date.UTC(2026, 10, 29, 12) - index * 5 * 3_600_000).toISOString()
  return {
    ...{ changeSet: `chg_${String(1000 - index)}`, at, table: 'stores', version: 'DRAFT' },
    ...{ who: 'clt import stores.csv, by ada', undone: 0, status: 'settled' },
    counts: { inserted: 12 + index, updated: 3, deleted: 0, rejected: 0, unknown: 0 },
    ...more,
  }
}

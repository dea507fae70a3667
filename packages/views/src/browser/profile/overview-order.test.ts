import { expect, it } from 'vitest'
import type { ColumnProfile } from '../../protocol/profile.ts'
import { overviewColumns } from './overview-order.ts'

const column = (name: string, filled: number, distinct?: number, bad = 0): ColumnProfile => ({
  name,
  type: 'text',
  filled,
  empty: 10 - filled,
  ...(distinct !== undefined && { distinct }),
  top: [],
  histogram: [],
  facts: [],
  suspicious: bad === 0 ? [] : [{ reason: 'odd', count: bad, examples: [] }],
})

const COLUMNS = [column('c10', 5, 2), column('C2', 10, undefined, 3), column('a', 5, 7)]
const names = (...args: Parameters<typeof overviewColumns>) =>
  overviewColumns(...args).map(({ name }) => name)

it('sorts by name with numbers by size, and by numbers with unknown ones last', () => {
  expect(names(COLUMNS, '', { key: 'place', descending: false })).toEqual(['c10', 'C2', 'a'])
  expect(names(COLUMNS, '', { key: 'name', descending: false })).toEqual(['a', 'C2', 'c10'])
  expect(names(COLUMNS, '', { key: 'name', descending: true })).toEqual(['c10', 'C2', 'a'])
  expect(names(COLUMNS, '', { key: 'filled', descending: true })).toEqual(['C2', 'c10', 'a'])
  expect(names(COLUMNS, '', { key: 'distinct', descending: false })).toEqual(['c10', 'a', 'C2'])
  expect(names(COLUMNS, '', { key: 'distinct', descending: true })).toEqual(['a', 'c10', 'C2'])
  expect(names(COLUMNS, '', { key: 'suspicious', descending: true })[0]).toBe('C2')
})

it('finds columns by a part of their name, in any letter case', () => {
  expect(names(COLUMNS, ' C1 ', { key: 'place', descending: false })).toEqual(['c10'])
  expect(names(COLUMNS, 'nothing', { key: 'name', descending: false })).toEqual([])
  expect(COLUMNS.map(({ name }) => name)).toEqual(['c10', 'C2', 'a'])
})

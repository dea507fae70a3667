import type { TableRecord } from '@chatlayer-tables/core'
import { columnOf, recordFieldOf } from '../policy/check-where.ts'

interface SortKey {
  readonly column: string
  readonly nulls?: 'first' | 'last' | undefined
}

/** The columns that a sort names, without fields of the record, which are never null. */
export function sortColumns(sort: readonly SortKey[] = []): string[] {
  return sort.map(({ column }) => column).filter((name) => recordFieldOf(name) === undefined)
}

/** Where nulls are, if a sorted page has any in a column that it is sorted by. */
export function sortedNullsNotice(
  sort: readonly SortKey[] = [],
  records: readonly TableRecord[],
): string | undefined {
  const isNull = (column: string) =>
    records.some(({ values }) => (Object.hasOwn(values, column) ? values[column] : null) === null)
  const names = sortColumns(sort).filter((name) => isNull(columnOf(name)))
  if (names.length === 0) return undefined
  const first = sort.find(({ column }) => column === names[0])?.nulls === 'first'
  return `Records without ${names.map((name) => JSON.stringify(columnOf(name))).join(', ')} come ${first ? 'first' : 'last'}.`
}

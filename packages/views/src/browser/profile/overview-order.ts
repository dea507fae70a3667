/** The order of columns in the overview of a profile, and the search in it. Pure. */
import type { ColumnProfile } from '../../protocol/profile.ts'

export const OVERVIEW_KEYS = ['place', 'name', 'filled', 'distinct', 'suspicious'] as const
export type OverviewKey = (typeof OVERVIEW_KEYS)[number]

export interface OverviewOrder {
  readonly key: OverviewKey
  readonly descending: boolean
}

/** Number of suspicious values of all kinds; a value may be counted more than once. */
export function suspiciousCount({ suspicious }: ColumnProfile): number {
  return suspicious.reduce((sum, { count }) => sum + count, 0)
}

/** The columns whose name contains the text, in the order. Unknown numbers are last. */
export function overviewColumns(
  columns: readonly ColumnProfile[],
  search: string,
  { key, descending }: OverviewOrder,
): ColumnProfile[] {
  const text = search.trim().toLowerCase()
  const found = columns.filter(({ name }) => name.toLowerCase().includes(text))
  if (key === 'place') return found
  const sign = descending ? -1 : 1
  if (key === 'name') return found.sort((a, b) => sign * compareNames(a.name, b.name))
  return found.sort((a, b) => {
    const [first, second] = [numberOf(a, key), numberOf(b, key)]
    if (first === undefined || second === undefined) {
      return Number(first === undefined) - Number(second === undefined)
    }
    return sign * (first - second)
  })
}

function numberOf(
  column: ColumnProfile,
  key: Exclude<OverviewKey, 'place' | 'name'>,
): number | undefined {
  return key === 'suspicious' ? suspiciousCount(column) : column[key]
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

function compareNames(a: string, b: string): number {
  return collator.compare(a, b)
}

/**
 * Distinguishes a pending insert from an executed one by the number of matching records: a token must
 * not insert twice, and a server without state can detect the first insert only in the table.
 */
import { columnTypeOf } from '@chatlayer-tables/contract'
import { InvalidInputError, NotExpressibleError, type Values } from '@chatlayer-tables/core'
import type { GuardedTable } from '../policy/guarded-table.ts'

/** Column types that support a filter by a list of values. */
const FILTERABLE = new Set(['text', 'int', 'numeric', 'uuid', 'timestamp'])

/** The number of records that match rows of an insert. */
export interface MatchCount {
  /** The column whose values match; undefined if all records were counted. */
  readonly column: string | undefined
  readonly count: number
}

/**
 * Counts the records with a value of the rows, in the column with the most distinct values. Each inserted
 * row adds one, whatever else is written to the table meanwhile. For rows without such a column, counts
 * all records.
 */
export async function countMatches(
  rows: readonly Values[],
  table: GuardedTable,
): Promise<MatchCount> {
  const columns = table.readable
    .filter(({ type }) => FILTERABLE.has(columnTypeOf(type) ?? ''))
    .map(({ name }) => ({ name, values: valuesOf(rows, name) }))
    .filter(({ values }) => values !== undefined)
    .sort((a, b) => new Set(b.values).size - new Set(a.values).size)
  const [best] = columns
  const matches =
    best?.values === undefined ? undefined : await countOf(best.name, best.values, table)
  return matches ?? { column: undefined, count: await table.count() }
}

/** Undefined if a value does not fit the column's type, so that it cannot be filtered by. */
async function countOf(
  column: string,
  values: readonly unknown[],
  table: GuardedTable,
): Promise<MatchCount | undefined> {
  try {
    const count = await table.count({ [`"${column}"`]: { in: [...new Set(values)] } })
    return { column, count }
  } catch (error) {
    if (error instanceof InvalidInputError || error instanceof NotExpressibleError) return undefined
    throw error
  }
}

/** Undefined if a row has no value: its insert would not change the count. */
function valuesOf(rows: readonly Values[], name: string): unknown[] | undefined {
  const values = rows.map((row) => (Object.hasOwn(row, name) ? row[name] : null))
  return values.every((value) => typeof value === 'string' || typeof value === 'number')
    ? values
    : undefined
}

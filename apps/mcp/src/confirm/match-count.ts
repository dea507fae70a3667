/**
 * What tells an insert that is still to come from one that was carried out: a token must not insert
 * twice, and a server that keeps no state knows of the first time by the table alone.
 */
import { columnTypeOf } from '@chatlayer-tables/contract'
import { InvalidInputError, NotExpressibleError, type Values } from '@chatlayer-tables/core'
import type { GuardedTable } from '../policy/guarded-table.ts'

/** Types of which a list of values finds its records in one request. */
const LISTED = new Set(['text', 'int', 'numeric', 'uuid', 'timestamp'])

/** How many records there are that could be taken for rows of the insert. */
export interface MatchCount {
  /** The column they share values in; undefined where all records were counted. */
  readonly column: string | undefined
  readonly count: number
}

/**
 * Counts the records that hold a value of the rows, in the column that tells the rows apart best.
 * Each row that is inserted adds one, whatever else is written to the table meanwhile. Rows without
 * such a column are told by the number of all records.
 */
export async function countMatches(
  rows: readonly Values[],
  table: GuardedTable,
): Promise<MatchCount> {
  const columns = table.readable
    .filter(({ type }) => LISTED.has(columnTypeOf(type) ?? ''))
    .map(({ name }) => ({ name, values: valuesOf(rows, name) }))
    .filter(({ values }) => values !== undefined)
    .sort((a, b) => new Set(b.values).size - new Set(a.values).size)
  const [best] = columns
  const matches =
    best?.values === undefined ? undefined : await countOf(best.name, best.values, table)
  return matches ?? { column: undefined, count: await table.count() }
}

/** Undefined where a value cannot be looked for, since it is none of the column's type. */
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

/** Undefined where a row has none: its insert would not show. */
function valuesOf(rows: readonly Values[], name: string): unknown[] | undefined {
  const values = rows.map((row) => (Object.hasOwn(row, name) ? row[name] : null))
  return values.every((value) => typeof value === 'string' || typeof value === 'number')
    ? values
    : undefined
}

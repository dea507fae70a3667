import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { sortNullsLast } from './nulls-last.ts'

export interface SortedQuery {
  /** The query that SQLite runs, with nulls last. */
  readonly sql: string
  readonly statement: StatementSync
  /**
   * The query as it was written, for the names of columns: these can be texts of expressions.
   */
  readonly written: StatementSync
}

/**
 * Prepares a query with nulls last. Its errors are those of the query as it was written. That one
 * also runs if SQLite does not accept the other, as where it names a column of a subquery by the
 * text of its expression.
 */
export function prepareSorted(db: DatabaseSync, text: string): SortedQuery {
  const written = db.prepare(text)
  const sql = sortNullsLast(text)
  try {
    return { sql, statement: sql === text ? written : db.prepare(sql), written }
  } catch {
    return { sql: text, statement: written, written }
  }
}

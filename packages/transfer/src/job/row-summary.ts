/** The final states of a job's rows, and their totals. */
import type { DatabaseSync } from 'node:sqlite'

export type RowState = 'inserted' | 'updated' | 'rejected' | 'unknown' | 'deleted'

export const CODES: Readonly<Record<RowState, number>> = {
  inserted: 1,
  updated: 2,
  rejected: 3,
  unknown: 4,
  deleted: 5,
}
export const STATES = Object.keys(CODES) as RowState[]
/** The states of rows that were written. A problem of such a row is what the gateway stored otherwise. */
export const WRITTEN = `(${CODES.inserted}, ${CODES.updated})`

export class RowSummary {
  readonly #database: DatabaseSync

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** How many rows there are in each state. */
  counts(): Record<RowState, number> {
    const counts = { inserted: 0, updated: 0, rejected: 0, unknown: 0, deleted: 0 }
    const query = 'SELECT state, count(*) AS count FROM rows GROUP BY state'
    for (const { state: code, count } of this.#database.prepare(query).iterate()) {
      const state = STATES.find((name) => CODES[name] === code)
      if (state !== undefined) counts[state] = Number(count)
    }
    return counts
  }

  /** How many written rows have a problem: the gateway stored some of their values otherwise. */
  countStored(): number {
    const query = `SELECT count(*) AS max FROM problems JOIN rows USING (n) WHERE state IN ${WRITTEN}`
    return this.max(query)
  }

  /** The columns in which the gateway stored values of written rows otherwise. */
  alteredColumns(): string[] {
    const query = `
      SELECT DISTINCT json_extract(value, '$.column') AS name
      FROM problems JOIN rows USING (n),
        json_each(coalesce(json_extract(detail, '$.problem.stored'), json_extract(detail, '$.stored')))
      WHERE state IN ${WRITTEN}
    `
    return this.#database
      .prepare(query)
      .all()
      .map(({ name }) => String(name))
  }

  /** The problems of rows, in the order of the rows. @param which of all rows when omitted */
  *problems(which?: 'written' | 'other'): Generator<string, void, undefined> {
    const written = `n IN (SELECT n FROM rows WHERE state IN ${WRITTEN})`
    const where = { written, other: `NOT ${written}` }
    const query = `
      SELECT detail FROM problems ${which === undefined ? '' : `WHERE ${where[which]}`} ORDER BY n
    `
    for (const { detail } of this.#database.prepare(query).iterate()) yield String(detail)
  }

  /** The one number that a query selects as `max`; 0 for none. */
  protected max(query: string): number {
    return Number(this.#database.prepare(query).get()?.max ?? 0)
  }
}

/** The marks of a job: rows that may have been sent, with what was known of the gateway's time before. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { GatewayMoment } from '@chatlayer-tables/core'
import type { KeptMark } from './job-replicas.ts'

/** The latest moment before a row can have been sent by an earlier process, where it is known. */
export interface EarlierMark {
  readonly moment: GatewayMoment | undefined
}

/** Rows that are marked, both ends included. */
export interface Mark {
  readonly first: number
  readonly through: number
  readonly moment: GatewayMoment | undefined
}

export class RowMarks {
  readonly #database: DatabaseSync
  readonly #insert: StatementSync
  readonly #select: StatementSync

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#insert = database.prepare('INSERT INTO marks VALUES (NULL, ?, ?, ?, ?)')
    this.#select = database.prepare(`
      SELECT records, dates FROM marks
      WHERE ? BETWEEN first AND through AND id <= ? ORDER BY id LIMIT 1
    `)
  }

  /** The last row that is marked, and the id of the last mark; 0 for none. */
  get ends(): { readonly row: number; readonly id: number } {
    const query = 'SELECT max(through) AS row, max(id) AS id FROM marks'
    const { row, id } = this.#database.prepare(query).get() ?? {}
    return { row: Number(row ?? 0), id: Number(id ?? 0) }
  }

  /** The first mark of row `n` among those up to the id `last`. */
  of(n: number, last = Number.MAX_SAFE_INTEGER): EarlierMark | undefined {
    const mark = this.#select.get(n, last)
    if (mark === undefined) return undefined
    const { records, dates } = mark
    if (records === null && dates === null) return { moment: undefined }
    return { moment: { records: numberIn(records), dates: numberIn(dates) } }
  }

  put({ first, through, moment }: Mark): KeptMark {
    const { records, dates } = moment ?? {}
    const made = this.#insert.run(first, through, records ?? null, dates ?? null)
    return { id: Number(made.lastInsertRowid), first, through, records, dates }
  }

  /** Ranges of rows that are marked by marks up to the id `last`, by their beginnings. */
  ranges(last: number): { readonly first: number; readonly through: number }[] {
    return this.#database
      .prepare('SELECT first, through FROM marks WHERE id <= ? ORDER BY first')
      .all(last)
      .map(({ first, through }) => ({ first: Number(first), through: Number(through) }))
  }

  /**
   * Forgets the marks of rows up to `row`, and all marks after the id `last`. Those of these rows are made
   * again.
   */
  keepOnly(rows: readonly number[], row: number, last: number): void {
    const marks = rows.flatMap((n) => {
      const mark = this.of(n)
      return mark === undefined ? [] : [{ first: n, through: n, moment: mark.moment }]
    })
    const forget = this.#database.prepare('DELETE FROM marks WHERE id > ? OR through <= ?')
    forget.run(last, row)
    this.#database.prepare('UPDATE marks SET first = ? + 1 WHERE first <= ?').run(row, row)
    for (const mark of marks) this.put(mark)
  }

  all(): KeptMark[] {
    const all = this.#database.prepare('SELECT * FROM marks ORDER BY id').all()
    return all.map(({ id, first, through, records, dates }) => ({
      ...{ id: Number(id), first: Number(first), through: Number(through) },
      ...{ records: numberIn(records), dates: numberIn(dates) },
    }))
  }
}

function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

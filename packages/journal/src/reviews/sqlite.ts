/** The reviews of one machine's user. */
import type { DatabaseSync } from 'node:sqlite'
import { transaction } from '@chatlayer-tables/local'
import {
  HEAD_COLUMNS,
  type ReviewColumns,
  type ReviewTable,
  type TableRow,
} from './review-table.ts'
import { openReviewDatabase } from './schema.ts'
import type { DatabaseRow } from './stored-review.ts'
import { StoredReviews } from './stored-reviews.ts'
import type { Reviews } from './types.ts'

export interface OpenReviewsOptions {
  /** Milliseconds since 1970 (default: the machine's clock). */
  readonly now?: () => number
}

/**
 * Opens the reviews of a machine's user, in `reviews.db` of the state folder.
 *
 * @throws StorageError
 */
export function openReviews(
  folder: string,
  { now = () => Date.now() }: OpenReviewsOptions = {},
): Reviews {
  return new StoredReviews(new SqliteReviewTable(openReviewDatabase(folder), now))
}

class SqliteReviewTable implements ReviewTable {
  readonly now: () => number
  readonly #database: DatabaseSync

  constructor(database: DatabaseSync, now: () => number) {
    this.#database = database
    this.now = now
  }

  async add(
    review: ReviewColumns & { readonly id: string },
    rows: readonly TableRow[],
    toDelete: (heads: readonly DatabaseRow[]) => readonly number[],
  ): Promise<DatabaseRow> {
    return transaction(this.#database, () => {
      for (const n of toDelete(this.#heads())) {
        this.#database.prepare('DELETE FROM review_rows WHERE review = ?').run(n)
        this.#database.prepare('DELETE FROM reviews WHERE n = ?').run(n)
      }
      const names = Object.keys(review)
      const { lastInsertRowid } = this.#database
        .prepare(`INSERT INTO reviews (${names}) VALUES (${names.map(() => '?')})`)
        .run(...Object.values(review))
      const add = this.#database.prepare('INSERT INTO review_rows VALUES (?, ?, ?, ?, ?)')
      for (const { set_n: set, place, digest, shown } of rows) {
        add.run(lastInsertRowid, set, place, digest, shown)
      }
      const added = this.#review(review.id)
      if (added === undefined) throw new Error(`review ${review.id} is missing`)
      return added
    })
  }

  async change(
    id: string,
    rule: (review: DatabaseRow) => ReviewColumns,
  ): Promise<DatabaseRow | undefined> {
    return transaction(this.#database, () => {
      const row = this.#review(id)
      const columns = row === undefined ? {} : rule(row)
      const names = Object.keys(columns)
      if (names.length === 0) return row
      const set = names.map((name) => `${name} = ?`)
      this.#database
        .prepare(`UPDATE reviews SET ${set} WHERE id = ?`)
        .run(...Object.values(columns), id)
      return this.#review(id)
    })
  }

  async reviews(ids: readonly string[]): Promise<DatabaseRow[]> {
    return ids.map((id) => this.#review(id)).filter((row) => row !== undefined)
  }

  async heads(): Promise<DatabaseRow[]> {
    return this.#heads()
  }

  async rows(
    id: string,
    { set, offset, limit }: { set: number; offset: number; limit: number },
  ): Promise<DatabaseRow[]> {
    const query = `SELECT place, digest, shown FROM review_rows
      WHERE review = (SELECT n FROM reviews WHERE id = ?) AND set_n = ? AND place >= ?
      ORDER BY place LIMIT ?`
    return this.#database.prepare(query).all(id, set, offset, limit)
  }

  async close(): Promise<void> {
    if (this.#database.isOpen) this.#database.close()
  }

  #review(id: string): DatabaseRow | undefined {
    return this.#database.prepare('SELECT * FROM reviews WHERE id = ?').get(id)
  }

  #heads(): DatabaseRow[] {
    return this.#database.prepare(`SELECT ${HEAD_COLUMNS} FROM reviews ORDER BY n DESC`).all()
  }
}

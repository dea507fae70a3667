/** The reviews of several machines, in PostgreSQL. */
import { randomUUID } from 'node:crypto'
import {
  type DatabaseRow,
  HEAD_COLUMNS,
  type ReviewColumns,
  type Reviews,
  type ReviewTable,
  StoredReviews,
  type TableRow,
} from '@chatlayer-tables/journal/reviews'
import type { Database, Row, Run } from '../database.ts'
import { decodeText, encodeText } from '../encoding.ts'
import { REVIEWS } from '../migrations/0003-reviews.ts'
import { pieces } from '../pieces.ts'
import type { Sessions } from '../sessions.ts'

/** The key of the advisory lock of those that add a review, and delete others before. */
const ADD_LOCK = 0x63_6c_74_03

/** Opens the reviews. The connections are those of the state. */
export function openReviews(database: Database, sessions: Pick<Sessions, 'now'>): Reviews {
  return new StoredReviews(new PostgresReviewTable(database, sessions))
}

class PostgresReviewTable implements ReviewTable {
  readonly #database: Database
  readonly #sessions: Pick<Sessions, 'now'>

  constructor(database: Database, sessions: Pick<Sessions, 'now'>) {
    this.#database = database
    this.#sessions = sessions
  }

  now(): number {
    return this.#sessions.now()
  }

  add(
    review: ReviewColumns & { readonly id: string },
    rows: readonly TableRow[],
    toDelete: (heads: readonly DatabaseRow[]) => readonly number[],
  ): Promise<DatabaseRow> {
    const token = randomUUID()
    const columns = { ...encoded(review), last_change: token }
    const names = Object.keys(columns)
    const places = names.map((_, at) => `$${at + 1}`)
    const insert = `insert into ${REVIEWS.reviews} (${names}) values (${places}) returning *`
    return this.#transaction(async (run) => {
      await run(`select pg_advisory_xact_lock(${ADD_LOCK}, 0)`)
      // It may have been added: the response to the commit can be lost. The lock waits for that commit.
      const [before] = await run(BY_ID, [review.id])
      if (before?.last_change === token) return decoded(before)
      await run(DELETE, [toDelete(await heads(run))])
      const [added] = await run(insert, Object.values(columns))
      if (added === undefined) throw new Error(`review ${review.id} is missing`)
      for (const piece of pieces(rows, ({ shown }) => shown.length)) {
        await run(ADD_ROWS, [
          added.n,
          piece.map(({ set_n: set }) => set),
          piece.map(({ place }) => place),
          piece.map(({ digest }) => encodeText(digest)),
          piece.map(({ shown }) => encodeText(shown)),
        ])
      }
      return decoded(added)
    })
  }

  change(
    id: string,
    rule: (review: DatabaseRow) => ReviewColumns,
  ): Promise<DatabaseRow | undefined> {
    const token = randomUUID()
    return this.#transaction(async (run) => {
      const [before] = await run(`${BY_ID} for update`, [encodeText(id)])
      if (before === undefined) return undefined
      const row = decoded(before)
      // It was changed, but the response to the commit was lost.
      if (row.last_change === token) return row
      const columns = rule(row)
      const isSame = Object.entries(columns).every(([name, value]) => row[name] === value)
      if (isSame) return row
      const names = ['last_change', ...Object.keys(columns)]
      const set = names.map((name, at) => `${name} = $${at + 2}`)
      const values = [encodeText(id), token, ...Object.values(encoded(columns))]
      const update = `update ${REVIEWS.reviews} set ${set} where id = $1 returning *`
      const [after] = await run(update, values)
      return after && decoded(after)
    })
  }

  async reviews(ids: readonly string[]): Promise<DatabaseRow[]> {
    const text = `select * from ${REVIEWS.reviews} where id = any($1::text[])`
    return (await this.#database.query(text, [ids.map(encodeText)])).map(decoded)
  }

  heads(): Promise<DatabaseRow[]> {
    return heads((text) => this.#database.query(text))
  }

  async rows(
    id: string,
    { set, offset, limit }: { set: number; offset: number; limit: number },
  ): Promise<DatabaseRow[]> {
    const rows = await this.#database.query(ROWS, [encodeText(id), set, offset, limit])
    return rows.map(decoded)
  }

  async close(): Promise<void> {
    // The connections are those of the state.
  }

  /** What it does can be repeated: `last_change` shows that it was done. */
  #transaction<T>(work: (run: Run) => Promise<T>): Promise<T> {
    return this.#database.transaction(work, { isRepeatable: true })
  }
}

async function heads(run: Run): Promise<DatabaseRow[]> {
  return (await run(`select ${HEAD_COLUMNS} from ${REVIEWS.reviews} order by n desc`)).map(decoded)
}

function encoded(columns: ReviewColumns): ReviewColumns {
  const entries = Object.entries(columns)
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'string' ? encodeText(value) : value]),
  )
}

function decoded(row: Row): DatabaseRow {
  const entries = Object.entries(row)
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'string' ? decodeText(value) : value]),
  )
}

const BY_ID = `select * from ${REVIEWS.reviews} where id = $1`

const DELETE = `delete from ${REVIEWS.reviews} where n = any($1::bigint[])`

const ADD_ROWS = `
  insert into ${REVIEWS.rows} (review, set_n, place, digest, shown)
  select $1::bigint, * from unnest($2::int[], $3::int[], $4::text[], $5::text[])`

const ROWS = `
  select place, digest, shown from ${REVIEWS.rows}
  where review = (select n from ${REVIEWS.reviews} where id = $1) and set_n = $2 and place >= $3
  order by place limit $4`

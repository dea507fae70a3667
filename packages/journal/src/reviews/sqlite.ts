import { randomBytes } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { stringifyJson } from '@chatlayer-tables/core'
import { transaction } from '@chatlayer-tables/local'
import { newSetId } from '../stored-set.ts'
import { digestOfRows } from './digest.ts'
import { hashOf, isNonce, newNonce } from './nonce.ts'
import { MAX_REVIEW_BYTES, prune } from './prune.ts'
import { openReviewDatabase } from './schema.ts'
import {
  type DatabaseRow,
  isOf,
  objectOf,
  reviewOfRow,
  stateOf,
  textOfPlace,
} from './stored-review.ts'
import { checkedTicks, isEveryRow } from './ticks.ts'
import { ReviewTooLargeError } from './too-large.ts'
import type {
  Approval,
  NewReview,
  ReviewCaller,
  ReviewFilter,
  ReviewOutcome,
  ReviewProof,
  ReviewRefusal,
  ReviewResult,
  ReviewRow,
  Reviews,
  StoredReview,
} from './types.ts'

/** How long a review can be approved, and how long after that its execution can begin. */
export const REVIEW_MINUTES = 30

const REVIEW_MS = REVIEW_MINUTES * 60_000

const DEFAULT_LIMIT = 100

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
  return new SqliteReviews(openReviewDatabase(folder), now)
}

class SqliteReviews implements Reviews {
  readonly #database: DatabaseSync
  readonly #now: () => number

  constructor(database: DatabaseSync, now: () => number) {
    this.#database = database
    this.#now = now
  }

  async create(review: NewReview): Promise<StoredReview> {
    const rows = review.rows.map((set) =>
      set.map(({ digest, shown }) => ({ digest, shown: JSON.stringify(shown) })),
    )
    const facts = JSON.stringify(review.facts)
    const call = stringifyJson(review.call)
    const texts = [facts, call, ...rows.flat().map(({ shown }) => shown)]
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
    if (bytes > MAX_REVIEW_BYTES) throw new ReviewTooLargeError(bytes, MAX_REVIEW_BYTES)
    const now = this.#now()
    const salt = randomBytes(16).toString('base64url')
    return this.#transaction(() => {
      prune(this.#database, now, bytes, review)
      const id = newSetId()
      const { lastInsertRowid } = this.#insert({
        ...{ id, state: 'pending', facts, call, bytes },
        program: review.program,
        client: review.client ?? null,
        command: review.command,
        place: textOfPlace(review.place),
        principal: review.principal,
        table_name: review.table,
        version: review.version,
        bound: review.bound,
        note: review.note ?? null,
        can_tick: review.canTick ? 1 : 0,
        row_counts: JSON.stringify(rows.map((set) => set.length)),
        salt,
        digest: digestOfRows(
          salt,
          review.bound,
          rows.map((set) => set.map(({ digest }) => digest)),
        ),
        created: now,
        expires: now + REVIEW_MS,
      })
      const add = this.#database.prepare('INSERT INTO review_rows VALUES (?, ?, ?, ?, ?)')
      for (const [set, own] of rows.entries()) {
        for (const [place, { digest, shown }] of own.entries()) {
          add.run(lastInsertRowid, set, place, digest, shown)
        }
      }
      return this.#require(id)
    })
  }

  async find(id: string): Promise<StoredReview | undefined> {
    return this.#find(id)
  }

  async rows(
    id: string,
    { set, offset, limit }: { set: number; offset: number; limit: number },
  ): Promise<ReviewRow[]> {
    const query = `SELECT place, digest, shown FROM review_rows
      WHERE review = (SELECT n FROM reviews WHERE id = ?) AND set_n = ? AND place >= ?
      ORDER BY place LIMIT ?`
    return this.#database
      .prepare(query)
      .all(id, set, offset, limit)
      .map(({ place, digest, shown }) => ({
        index: Number(place),
        digest: String(digest),
        shown: objectOf(shown),
      }))
  }

  async list({
    states,
    caller,
    limit = DEFAULT_LIMIT,
  }: ReviewFilter = {}): Promise<StoredReview[]> {
    const now = this.#now()
    return this.#database
      .prepare('SELECT * FROM reviews ORDER BY n DESC')
      .all()
      .filter((row) => caller === undefined || isOf(row, caller))
      .map((row) => reviewOfRow(row, now))
      .filter(({ state }) => states === undefined || states.includes(state))
      .slice(0, limit)
  }

  async openNonce(id: string, caller: ReviewCaller): Promise<string | undefined> {
    const nonce = newNonce()
    return this.#transaction(() => {
      const row = this.#row(id)
      if (row === undefined || !isOf(row, caller)) return undefined
      const now = this.#now()
      if (this.#settle(row, now) !== 'pending') return undefined
      this.#database
        .prepare('UPDATE reviews SET nonce_hash = ?, nonce_created = ? WHERE id = ?')
        .run(hashOf(nonce), now, id)
      return nonce
    })
  }

  async approve(id: string, approval: Approval, proof: ReviewProof): Promise<ReviewOutcome> {
    return this.#decide(id, proof, (row, now) => {
      const { rowCounts, canTick, digest } = reviewOfRow(row, now)
      if (approval.digest !== digest) return 'digest'
      const ticks = approval.ticked && checkedTicks(approval.ticked, rowCounts)
      if (approval.ticked !== undefined && ticks === undefined) return 'ticks'
      const isPart = ticks !== undefined && !isEveryRow(ticks, rowCounts)
      if (isPart && !canTick) return 'ticks'
      this.#note(id, 'approved', proof, approval.note, now)
      this.#database
        .prepare('UPDATE reviews SET ticked = ?, expires = ? WHERE id = ?')
        .run(isPart ? JSON.stringify(ticks) : null, now + REVIEW_MS, id)
      return undefined
    })
  }

  async decline(id: string, proof: ReviewProof, note?: string): Promise<ReviewOutcome> {
    return this.#decide(id, proof, (_, now) => {
      this.#note(id, 'declined', proof, note, now)
      return undefined
    })
  }

  async withdraw(id: string): Promise<void> {
    this.#transaction(() =>
      this.#database
        .prepare(
          "UPDATE reviews SET state = 'expired', nonce_hash = NULL WHERE id = ? AND claimed IS NULL AND state IN ('pending', 'approved')",
        )
        .run(id),
    )
  }

  async claim(id: string): Promise<StoredReview | undefined> {
    return this.#transaction(() => {
      const row = this.#row(id)
      const now = this.#now()
      if (row === undefined || row.claimed !== null) return undefined
      if (this.#settle(row, now) !== 'approved') return undefined
      this.#database.prepare('UPDATE reviews SET claimed = ? WHERE id = ?').run(now, id)
      return this.#require(id)
    })
  }

  async complete(id: string, result: ReviewResult): Promise<void> {
    this.#transaction(() =>
      this.#database
        .prepare(
          "UPDATE reviews SET state = 'done', result = ? WHERE id = ? AND state = 'approved' AND claimed IS NOT NULL",
        )
        .run(JSON.stringify(result), id),
    )
  }

  async close(): Promise<void> {
    if (this.#database.isOpen) this.#database.close()
  }

  /** @param apply writes the decision, or returns why it cannot */
  #decide(
    id: string,
    proof: ReviewProof,
    apply: (row: DatabaseRow, now: number) => ReviewRefusal | undefined,
  ): ReviewOutcome {
    return this.#transaction((): ReviewOutcome => {
      const row = this.#row(id)
      const isOwn = row !== undefined && (proof.way !== 'view' || isOf(row, proof.caller))
      if (!isOwn) return { ok: false, reason: 'missing' }
      const now = this.#now()
      const refuse = (reason: ReviewRefusal): ReviewOutcome => {
        return { ok: false, reason, review: this.#require(id) }
      }
      const state = this.#settle(row, now)
      const isProven = proof.way !== 'view' || isNonce(proof.nonce, row, now)
      if (proof.way === 'view') this.#burnNonce(id)
      if (state !== 'pending') return refuse(state === 'expired' ? 'expired' : 'decided')
      if (!isProven) return refuse('nonce')
      const reason = apply(row, now)
      return reason === undefined ? { ok: true, review: this.#require(id) } : refuse(reason)
    })
  }

  #note(
    id: string,
    state: 'approved' | 'declined',
    { way }: ReviewProof,
    note: string | undefined,
    now: number,
  ): void {
    this.#database
      .prepare(
        'UPDATE reviews SET state = ?, way = ?, decided = ?, decision_note = ?, nonce_hash = NULL WHERE id = ?',
      )
      .run(state, way, now, note ?? null, id)
  }

  #burnNonce(id: string): void {
    this.#database.prepare('UPDATE reviews SET nonce_hash = NULL WHERE id = ?').run(id)
  }

  /** The state now. That a review has expired is kept, whatever the clock says later. */
  #settle(row: DatabaseRow, now: number): StoredReview['state'] {
    const state = stateOf(row, now)
    if (state === 'expired') {
      this.#database
        .prepare("UPDATE reviews SET state = 'expired', nonce_hash = NULL WHERE n = ?")
        .run(Number(row.n))
    }
    return state
  }

  #insert(columns: Readonly<Record<string, string | number | null>>) {
    const names = Object.keys(columns)
    const places = names.map(() => '?').join(', ')
    return this.#database
      .prepare(`INSERT INTO reviews (${names.join(', ')}) VALUES (${places})`)
      .run(...Object.values(columns))
  }

  #row(id: string): DatabaseRow | undefined {
    return this.#database.prepare('SELECT * FROM reviews WHERE id = ?').get(id)
  }

  #find(id: string): StoredReview | undefined {
    const row = this.#row(id)
    return row && reviewOfRow(row, this.#now())
  }

  #require(id: string): StoredReview {
    const review = this.#find(id)
    if (review === undefined) throw new Error(`review ${id} is missing`)
    return review
  }

  #transaction<T>(work: () => T): T {
    return transaction(this.#database, work)
  }
}

/** The reviews of a store, whatever keeps them. */
import { randomBytes } from 'node:crypto'
import { stringifyJson } from '@chatlayer-tables/core'
import { newSetId } from '../stored-set.ts'
import { digestOfRows } from './digest.ts'
import { newNonce } from './nonce.ts'
import { MAX_REVIEW_BYTES, reviewsToDelete } from './prune.ts'
import type { ReviewColumns, ReviewTable, TableRow } from './review-table.ts'
import {
  approve,
  claim,
  complete,
  decline,
  openNonce,
  REVIEW_MS,
  type Verdict,
  withdraw,
} from './rules.ts'
import {
  type DatabaseRow,
  isOf,
  objectOf,
  reviewOfRow,
  stateOf,
  textOfPlace,
} from './stored-review.ts'
import { ReviewTooLargeError } from './too-large.ts'
import type {
  Approval,
  NewReview,
  ReviewCaller,
  ReviewFilter,
  ReviewOutcome,
  ReviewProof,
  ReviewResult,
  ReviewRow,
  Reviews,
  StoredReview,
} from './types.ts'

const DEFAULT_LIMIT = 100

export class StoredReviews implements Reviews {
  readonly #table: ReviewTable

  constructor(table: ReviewTable) {
    this.#table = table
  }

  async create(review: NewReview): Promise<StoredReview> {
    const now = this.#table.now()
    const rows = review.rows.flatMap((set, number) =>
      set.map(
        ({ digest, shown }, place): TableRow => ({
          ...{ set_n: number, place, digest },
          shown: JSON.stringify(shown),
        }),
      ),
    )
    const facts = JSON.stringify(review.facts)
    const call = stringifyJson(review.call)
    const texts = [facts, call, ...rows.map(({ shown }) => shown)]
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
    if (bytes > MAX_REVIEW_BYTES) throw new ReviewTooLargeError(bytes, MAX_REVIEW_BYTES)
    const columns = { ...columnsOf(review, now), id: newSetId(), facts, call, bytes }
    const added = await this.#table.add(columns, rows, (heads) =>
      reviewsToDelete(heads, now, bytes, review),
    )
    return reviewOfRow(added, now)
  }

  async find(id: string): Promise<StoredReview | undefined> {
    const [row] = await this.#table.reviews([id])
    return row && reviewOfRow(row, this.#table.now())
  }

  async rows(
    id: string,
    page: { set: number; offset: number; limit: number },
  ): Promise<ReviewRow[]> {
    const rows = await this.#table.rows(id, page)
    return rows.map(({ place, digest, shown }) => ({
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
    const now = this.#table.now()
    const found = (await this.#table.heads())
      .filter((head) => caller === undefined || isOf(head, caller))
      .filter((head) => states === undefined || states.includes(stateOf(head, now)))
      .slice(0, limit)
    const whole = await this.#table.reviews(found.map(({ id }) => String(id)))
    return whole
      .toSorted((a, b) => Number(b.n) - Number(a.n))
      .map((row) => reviewOfRow(row, now))
      .filter(({ state }) => states === undefined || states.includes(state))
  }

  async openNonce(id: string, caller: ReviewCaller): Promise<string | undefined> {
    const nonce = newNonce()
    let isOpen = false
    await this.#table.change(id, (row) => {
      const opened = openNonce(row, nonce, caller, this.#table.now())
      isOpen = opened.isOpen
      return opened.columns
    })
    return isOpen ? nonce : undefined
  }

  approve(id: string, approval: Approval, proof: ReviewProof): Promise<ReviewOutcome> {
    return this.#decide(id, (row, now) => approve(row, approval, proof, now))
  }

  decline(id: string, proof: ReviewProof, note?: string): Promise<ReviewOutcome> {
    return this.#decide(id, (row, now) => decline(row, note, proof, now))
  }

  async withdraw(id: string): Promise<void> {
    await this.#table.change(id, withdraw)
  }

  async claim(id: string): Promise<StoredReview | undefined> {
    let isClaimed = false
    const row = await this.#table.change(id, (found) => {
      const claimed = claim(found, this.#table.now())
      isClaimed = claimed.isClaimed
      return claimed.columns
    })
    return row !== undefined && isClaimed ? reviewOfRow(row, this.#table.now()) : undefined
  }

  async complete(id: string, result: ReviewResult): Promise<void> {
    const text = JSON.stringify(result)
    await this.#table.change(id, (row) => complete(row, text))
  }

  close(): Promise<void> {
    return this.#table.close()
  }

  async #decide(
    id: string,
    rule: (row: DatabaseRow, now: number) => Verdict,
  ): Promise<ReviewOutcome> {
    let verdict: Verdict = { columns: {}, refusal: 'missing' }
    const row = await this.#table.change(id, (found) => {
      verdict = rule(found, this.#table.now())
      return verdict.columns
    })
    const { refusal } = verdict as Verdict
    if (row === undefined || refusal === 'missing') return { ok: false, reason: 'missing' }
    const review = reviewOfRow(row, this.#table.now())
    return refusal === undefined ? { ok: true, review } : { ok: false, reason: refusal, review }
  }
}

function columnsOf(review: NewReview, now: number): ReviewColumns {
  const salt = randomBytes(16).toString('base64url')
  const digests = review.rows.map((set) => set.map(({ digest }) => digest))
  return {
    state: 'pending',
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
    row_counts: JSON.stringify(review.rows.map((set) => set.length)),
    salt,
    digest: digestOfRows(salt, review.bound, digests),
    created: now,
    expires: now + REVIEW_MS,
  }
}

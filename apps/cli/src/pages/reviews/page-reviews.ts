/** Writes that wait for an approval on the page. They are kept in memory, and end with the program. */
import { createHash, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type PreviewedChange,
  stringifyJson,
  type Table,
  type Version,
} from '@chatlayer-tables/core'
import type {
  ApproveParams,
  ChangeRow,
  ChangesFacts,
  ProgressPage,
  ReviewState,
  WriteResult,
} from '@chatlayer-tables/views'
import { describeFailure, UsageError } from '../../failures.ts'
import { countOf } from '../../output/preview-output.ts'
import type { TableLocks } from '../../table-locks.ts'
import { previewedRow } from './change-rows.ts'
import type { ReviewedWrite, WritePreview } from './reviewed-write.ts'

/** A preview that is older is read again before it can be approved. */
const VALID_MS = 30 * 60_000
/** Reviews that are kept, those that are done included. */
const MAX_KEPT = 100
/** Time that a request waits for the end of a write, or the next step of it. */
const WAIT_MS = 2_000

interface Review {
  readonly id: string
  readonly write: ReviewedWrite
  preview: WritePreview
  digest: string
  state: ReviewState
  expiresAt: number
  done: number
  total: number
  /** Of the last approval. */
  result?: WriteResult | undefined
  /** Settled at the end of the write; never rejects. */
  running?: Promise<void>
}

export interface ReviewHost {
  /** Ends writes, as Ctrl-C does for commands. */
  readonly stop: AbortSignal
  /** Why the table cannot be written; undefined if it can. */
  lockOf(table: Pick<Table, 'id' | 'name'>, version: Version): UsageError | undefined
  /** Waits until no other process writes to the table by key. */
  lockTable(write: ReviewedWrite): Promise<Pick<TableLocks, 'lost'> & AsyncDisposable>
  /** Called when records have changed. */
  onWritten(tableId: string): void
  redact(text: string): string
}

export class PageReviews {
  readonly #host: ReviewHost
  readonly #reviews = new Map<string, Review>()

  constructor(host: ReviewHost) {
    this.#host = host
  }

  /** @throws UsageError if there is nothing to write, or the table cannot be written */
  async create(
    write: ReviewedWrite,
    signal: AbortSignal,
  ): Promise<{ review: string; state: ReviewState }> {
    this.#checkWritable(write)
    const preview = await write.preview({ signal })
    if (preview.changes.length === 0) throw nothingToDo(preview)
    const review: Review = {
      ...{ id: randomUUID(), write, preview, digest: digestOf(write, preview) },
      ...{ state: 'pending', expiresAt: Date.now() + VALID_MS, done: 0, total: 0 },
    }
    this.#reviews.set(review.id, review)
    const oldest = [...this.#reviews.values()].find(({ state }) => state !== 'approved')
    if (this.#reviews.size > MAX_KEPT && oldest !== undefined) this.#reviews.delete(oldest.id)
    return { review: review.id, state: review.state }
  }

  changes(id: string): ChangesFacts {
    const { write, preview, digest, state, expiresAt, result } = this.#find(id)
    const { changes, problems, unchanged } = preview
    const count = (kind: string): number => changes.filter(({ change }) => change === kind).length
    return {
      title: `${write.what}: ${countOf(changes.length)}`,
      facts: [],
      remarks: problems.length === 0 ? [] : [`${countOf(problems.length)} would not be changed.`],
      sets: [
        {
          ...{ table: write.table.name, version: write.version, rows: changes.length, problems },
          columns: write.table.columns.map(({ name, type }) => ({ name, type })),
          counts: {
            ...{ inserted: count('inserted'), updated: count('updated') },
            ...{ deleted: count('deleted'), unchanged, rejected: problems.length },
          },
          facts: [],
        },
      ],
      review: {
        ...{ id, digest, state: stateOf(state, expiresAt) },
        ...{ expiresAt: new Date(expiresAt).toISOString(), canTick: write.canTick(changes) },
        ...(result !== undefined && state !== 'pending' && { result }),
      },
    }
  }

  rows(id: string, set: number, offset: number, limit: number): ChangeRow[] {
    const { write, preview } = this.#find(id)
    if (set !== 0) throw new UsageError('there is only one table in this review')
    return preview.changes
      .slice(offset, offset + limit)
      .map((change, index) => previewedRow(change, offset + index, write.table))
  }

  /** Writes if the changes are those that were shown, and no record has changed since. */
  async approve({ review: id, digest, ticked, note }: ApproveParams): Promise<WriteResult> {
    const review = this.#find(id)
    const { write, preview, state } = review
    if (state !== 'pending') return review.result ?? alreadyText(state)
    this.#checkWritable(write)
    if (digest !== review.digest) return outdated('These are not the changes that were shown last.')
    if (stateOf(state, review.expiresAt) === 'expired') {
      review.state = 'expired'
      return { state: 'expired', message: 'The preview is too old. Nothing was written.' }
    }
    const chosen = chosenOf(review, ticked)
    // From here on, a second approval finds that there was one; nothing may wait before this.
    review.state = 'approved'
    review.result = undefined
    review.total = chosen.length
    const isAll = chosen.length === preview.changes.length
    review.running = this.#run(review, chosen, isAll, note?.trim() || undefined)
    await Promise.race([review.running, sleep(WAIT_MS, undefined, { ref: false })])
    return review.result ?? { state: 'approved', message: 'Writing.' }
  }

  decline(id: string): WriteResult {
    const review = this.#find(id)
    if (review.state !== 'pending') return review.result ?? alreadyText(review.state)
    review.state = 'declined'
    review.result = { state: 'declined', message: 'Declined. Nothing was written.' }
    return review.result
  }

  /** Waits some seconds for the end of a write. */
  async progress(id: string, signal: AbortSignal): Promise<ProgressPage> {
    const review = this.#find(id)
    if (review.result === undefined) {
      const wait = sleep(WAIT_MS, undefined, { ref: false, signal }).catch(() => undefined)
      await Promise.race([review.running, wait])
    }
    const { done, total, state, result } = review
    const message =
      result?.message ?? (state === 'approved' ? 'Writing.' : `The review is ${state}.`)
    return { done, total, message, ...(result !== undefined && { result }) }
  }

  /** Resolves when no write is running. */
  async settled(): Promise<void> {
    await Promise.all([...this.#reviews.values()].map(({ running }) => running))
  }

  async #run(
    review: Review,
    chosen: readonly PreviewedChange[],
    isAll: boolean,
    note: string | undefined,
  ): Promise<void> {
    const { write } = review
    let hasBegun = false
    try {
      await using lock = await this.#host.lockTable(write)
      const signal = AbortSignal.any([this.#host.stop, lock.lost])
      const now = await write.preview({ signal })
      const digest = digestOf(write, now)
      if (digest !== review.digest) {
        this.#showAgain(review, now, digest)
        return
      }
      hasBegun = true
      const onProgress = (done: number): void => {
        review.done = done
      }
      const { message, ...done } = await write.write(chosen, isAll, { note, signal, onProgress })
      review.result = { state: 'done', message: this.#host.redact(message), ...done }
      review.state = 'done'
    } catch (error) {
      review.state = hasBegun ? 'done' : 'expired'
      review.result = { state: review.state, message: this.#failureText(error, hasBegun) }
    } finally {
      this.#host.onWritten(write.table.id)
    }
  }

  /** The changes that would be made now wait for another approval. */
  #showAgain(review: Review, now: WritePreview, digest: string): void {
    if (now.changes.length === 0) {
      review.state = 'expired'
      review.result = {
        state: 'expired',
        message: `${nothingToDo(now).message}. Nothing was written.`,
      }
      return
    }
    Object.assign(review, { preview: now, digest, state: 'pending', done: 0 })
    review.expiresAt = Date.now() + VALID_MS
    review.result = outdated('Records have changed since they were shown.')
  }

  #failureText(error: unknown, hasBegun: boolean): string {
    const { message = String(error), hint } = describeFailure(error) ?? {}
    const rest = hasBegun
      ? ['The journal shows what was written.']
      : ['Nothing was written.', ...(hint === undefined ? [] : [hint])]
    return this.#host.redact([`${message}.`, ...rest].join(' '))
  }

  #checkWritable({ table, version }: ReviewedWrite): void {
    const locked = this.#host.lockOf(table, version)
    if (locked !== undefined) throw locked
  }

  #find(id: string): Review {
    const review = this.#reviews.get(id)
    if (review !== undefined) return review
    throw new UsageError('there is no such review', 'Make the change again.')
  }
}

function stateOf(state: ReviewState, expiresAt: number): ReviewState {
  return state === 'pending' && Date.now() > expiresAt ? 'expired' : state
}

function outdated(why: string): WriteResult {
  const message = `${why} Nothing was written. Check the changes, and approve them again.`
  return { state: 'pending', message, isOutdated: true }
}

function alreadyText(state: ReviewState): WriteResult {
  return { state, message: `The review is already ${state}.` }
}

function nothingToDo({ problems: [problem] }: WritePreview): UsageError {
  return new UsageError(
    problem === undefined
      ? 'there is nothing to change'
      : `nothing can be changed: ${problem.reason}`,
    problem?.fix,
  )
}

/** @throws UsageError for rows that the review does not have */
function chosenOf(
  { preview: { changes }, write }: Review,
  ticked: ApproveParams['ticked'],
): readonly PreviewedChange[] {
  if (ticked === undefined) return changes
  const [rows = [], ...others] = ticked
  const indexes = new Set(rows)
  if (
    others.some((each) => each.length > 0) ||
    [...indexes].some((index) => index >= changes.length)
  ) {
    throw new UsageError('the review does not have these rows')
  }
  if (indexes.size === changes.length) return changes
  if (indexes.size === 0) throw new UsageError('no change is ticked')
  if (!write.canTick(changes)) throw new UsageError('only all of these changes can be approved')
  return changes.filter((_, index) => indexes.has(index))
}

/** Of everything that an approval is for. */
function digestOf({ what, table, version }: ReviewedWrite, { changes }: WritePreview): string {
  const shown = changes.map(({ change, id = null, before = null, after = null }) => [
    change,
    id,
    before,
    after,
  ])
  const columns = table.columns.map(({ name, type }) => [name, type])
  return createHash('sha256')
    .update(stringifyJson([what, table.id, version, columns, shown] as never))
    .digest('hex')
}

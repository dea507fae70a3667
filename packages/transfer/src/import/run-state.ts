/** One run of an import: how its rows end, in the job and in figures, and why it stops. */
import { ChatlayerError, type Outcome, type Values } from '@chatlayer-tables/core'
import type { Job } from '../job/job.ts'
import type { RowState } from '../job/row-states.ts'
import { storageStop } from '../job/storage-stop.ts'
import { isOfTheRow, rowProblem, storedProblem } from '../rows/row-problem.ts'
import type { ReadRow, RowErrors } from '../rows/row-reader.ts'
import { NO_PROGRESS } from './first-pass.ts'
import type {
  ImportPhase,
  ImportPlan,
  ImportProgress,
  ImportStop,
  RowProblem,
  RunOptions,
} from './import-types.ts'
import { type KeptProblem, keepProblem } from './kept-problem.ts'
import type { PlanWatcher } from './make-plan.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

export class RunState implements PlanWatcher {
  readonly job: Job
  readonly options: RunOptions
  readonly progress: Mutable<ImportProgress>
  stopped: ImportStop | undefined
  /** Whether anything may have been written. */
  hasBegun = false
  /** Whether there is a report of the run. */
  hasEnded = false
  /** Records deleted by the job. */
  deleted = 0
  /** Records that the file lacks and that were left, since not all rows were well. */
  notDeleted = 0
  readonly maxErrors: number | undefined
  readonly #settled: Record<RowState, number>
  #isByKey = false
  readonly #firstPlan: ImportPlan | undefined
  #isCompared = false
  /** Rows that earlier runs wrote without coming to know of it; the table shows them. */
  readonly #landed = { inserted: 0, updated: 0 }
  /** Rejected in this run. */
  #rejected = 0
  #unsent = 0
  /** Written rows of which the gateway stored some values otherwise. */
  #stored: number

  /** @param total rows of the file; undefined where this run is to read it first */
  constructor(
    job: Job,
    options: RunOptions,
    maxErrors: number | undefined,
    total: number | undefined,
  ) {
    this.job = job
    this.options = options
    this.maxErrors = maxErrors
    // Written by this program under the same format, which the database's version vouches for.
    this.#firstPlan = job.plan as ImportPlan | undefined
    job.rows.reopen()
    this.#settled = job.rows.counts()
    const { inserted, updated, rejected, unknown } = this.#settled
    this.#stored = job.rows.countStored()
    this.progress = {
      ...NO_PROGRESS,
      phase: 'writing',
      ok: inserted + updated,
      rejected,
      unknown,
      storedOtherwise: this.#stored,
      before: inserted + updated + rejected + unknown,
      total,
    }
  }

  /** Rows that can be looked for when the job goes on. */
  get isOpen(): boolean {
    return this.job.rows.openCount > 0
  }

  /** Whether no row of the job was rejected, left or lost sight of, so far. */
  get isAllWell(): boolean {
    const { rejected, unknown } = this.#settled
    return rejected + unknown + this.job.rows.openCount + this.#unsent === 0
  }

  /** Whether no run before this one came to compare. */
  get isFirstRun(): boolean {
    return this.#firstPlan === undefined
  }

  get inserted(): number {
    return this.#settled.inserted + this.#landed.inserted
  }

  /** A row that a run inserted without coming to know of it may be planned as an update now. */
  get updated(): number {
    return Math.max(0, this.#settled.updated + this.#landed.updated)
  }

  /** Whether no further row is to be sent. */
  get isStopping(): boolean {
    if (this.options.stop?.aborted) this.stop({ reason: 'interrupted', error: undefined })
    return this.stopped !== undefined
  }

  /** The first reason is the one that counts. */
  stop(stop: ImportStop): void {
    this.stopped ??= stop
  }

  /** What ended a write of many rows, or the reading of the file. @throws any other error */
  stopBy(error: unknown, reason: 'gateway' | 'file'): void {
    const { signal } = this.options
    const storage = storageStop(error, this.job.folder)
    if (storage !== undefined) this.stop(storage)
    else if (signal?.aborted) this.stop({ reason: 'interrupted', error: undefined })
    else if (error instanceof ChatlayerError) this.stop({ reason, error })
    else throw error
  }

  /**
   * Writes to the job, or to a file beside it. What cannot be kept stops the run: rows in flight come
   * to their end, and those that are not recorded are checked when the job is resumed.
   */
  keep(work: () => void): void {
    try {
      work()
    } catch (error) {
      const stop = storageStop(error, this.job.folder)
      if (stop === undefined) throw error
      this.stop(stop)
    }
  }

  phase(phase: ImportPhase): void {
    this.progress.phase = phase
    if (phase === 'writing') this.hasBegun = true
  }

  /** A row was taken from the file. */
  read({ n }: ReadRow): void {
    if (n > this.progress.read) this.progress.read = n
    if (this.progress.phase === 'comparing') this.#tell()
  }

  /** So many records of the table were read to compare. */
  compared(records: number): void {
    this.progress.compared = records
    this.#tell()
  }

  /** Before the comparing: what the first run of the job found to be as it is already. */
  beginByKey(): void {
    this.#isByKey = true
    // The table shows whether the record of such a row is there.
    this.job.rows.reopenUnknown()
    this.#settled.unknown = 0
    this.progress.unchanged = this.#firstPlan?.unchanged ?? 0
    this.phase('comparing')
  }

  /**
   * What there is to do for rows that no run is known to have written. What was to be done in the
   * first run of the job, is not now, and no row's state shows, was done by a run that was killed.
   */
  plan(now: ImportPlan): void {
    this.#isCompared = true
    const first = this.#firstPlan ?? now
    if (this.#firstPlan === undefined) this.job.keepPlan(now)
    this.#landed.inserted = first.inserts - now.inserts - this.#settled.inserted
    this.#landed.updated = first.updates - now.updates - this.#settled.updated
    this.deleted = Math.max(0, first.deletes - now.deletes)
    this.progress.unchanged = first.unchanged
  }

  /** A row that can be read again but not written. */
  reject(item: ReadRow, errors: RowErrors): void {
    if (this.isDone(item)) return
    const [problem, ...others] = errors.map((error) =>
      rowProblem(item.row.line, 'rejected', error),
    ) as [RowProblem, ...RowProblem[]]
    const detail = keepProblem(item, problem, others)
    this.keep(() => this.job.rows.settle(item.n, 'rejected', { problem: detail }))
    this.#count('rejected')
    for (const each of [problem, ...others]) this.options.onProblem?.(each)
    this.#rejected++
    // Before that, the rows that cannot be read are counted, and refused, all together.
    if (this.hasBegun && this.#rejected >= (this.maxErrors ?? Number.POSITIVE_INFINITY)) {
      this.stop({ reason: 'errors', error: undefined })
    }
  }

  /** @param content what the row shares with equal ones; asked for where its id is not known */
  settle(item: ReadRow, outcome: Outcome<Values>, content: () => Uint8Array): void {
    if (outcome.status === 'ok') {
      this.#settleOk(item, outcome, content)
    } else if (outcome.status === 'unknown') {
      this.#settleUnknown(item, outcome)
    } else if (isOfTheRow(outcome.error)) {
      this.reject(item, [outcome.error])
    } else {
      this.#unsent++
      this.#tell()
    }
  }

  /** A record that is gone already is as good as deleted. */
  settleDelete(outcome: Outcome<string>): void {
    const isGone = outcome.status === 'rejected' && outcome.error.code === 'NOT_FOUND'
    if (outcome.status === 'ok' || isGone) this.deleted++
    else this.stopBy(outcome.error, 'gateway')
    this.#tell()
  }

  /**
   * The figures once no more is done. A row that did not end was not sent; but of rows that this run
   * did not come to, those that an earlier process may have sent are unknown.
   *
   * Rows of the file that no run came to were not sent either.
   */
  end(): ImportProgress {
    this.#sum()
    const { progress } = this
    const { rows } = this.job
    const { read: reached, ok, unchanged, rejected, unknown } = progress
    const ended = ok + unchanged + rejected + unknown
    progress.read = Math.max(reached, rows.settledBefore, ended, progress.total ?? 0)
    const left = progress.read - ended
    // A comparison shows which of them were written; before it, as many as there can be.
    const from = this.#isByKey ? 1 : reached + 1
    const attempted = this.#isCompared ? 0 : rows.countAttempted(from, progress.read)
    const unresolved = Math.min(left, attempted)
    progress.unsent = left - unresolved
    progress.unknown += unresolved
    return progress
  }

  /** Whether an earlier run is known to have written a row. */
  isWritten({ n }: ReadRow): boolean {
    const state = n <= this.job.rows.settledBefore ? this.job.rows.stateOf(n) : undefined
    return state === 'inserted' || state === 'updated'
  }

  /** Whether an earlier run has settled a row. */
  isDone({ n }: ReadRow): boolean {
    const { rows } = this.job
    return n <= rows.reachedBefore && rows.stateOf(n) !== undefined
  }

  #settleOk(
    item: ReadRow,
    { id, change, stored }: Outcome<Values> & { status: 'ok' },
    content: () => Uint8Array,
  ): void {
    if (change === 'unchanged') {
      this.progress.unchanged++
      this.#tell()
      return
    }
    const state = change === 'updated' ? 'updated' : 'inserted'
    const found = stored && storedProblem(item.row.line, id, stored)
    // The cells of a row are kept for the files of rows that were not written.
    const problem =
      found && JSON.stringify({ problem: found, others: [], cells: [] } satisfies KeptProblem)
    const known = id === undefined ? { content: content() } : { id }
    this.keep(() => this.job.rows.settle(item.n, state, { ...known, problem }))
    if (found !== undefined) this.#stored++
    this.#count(state)
    if (found !== undefined) this.options.onProblem?.(found)
  }

  #settleUnknown(item: ReadRow, { error, tried }: Outcome<Values> & { status: 'unknown' }): void {
    const problem = rowProblem(item.row.line, 'unknown', error, tried)
    // With a cause the gateway could not be asked; without, it was asked and that resolved nothing.
    if (error.cause === undefined) {
      this.keep(() =>
        this.job.rows.settle(item.n, 'unknown', { problem: keepProblem(item, problem) }),
      )
      this.#count('unknown')
    } else {
      this.keep(() => this.job.rows.leaveOpen(item.n, keepProblem(item, problem)))
      this.#tell()
    }
    this.options.onProblem?.(problem)
  }

  #count(state: RowState): void {
    this.#settled[state]++
    this.#tell()
  }

  #tell(): void {
    this.#sum()
    this.options.onProgress?.(this.progress)
  }

  #sum(): void {
    const { progress } = this
    const { rejected, unknown } = this.#settled
    progress.ok = this.inserted + this.updated
    progress.rejected = rejected
    progress.unknown = unknown + this.job.rows.openCount
    progress.unsent = this.#unsent
    progress.storedOtherwise = this.#stored
  }
}

/** One run of an import: how its rows end, in the job and in figures, and why it stops. */
import { ChatlayerError, type Outcome, type Values } from '@chatlayer-tables/core'
import type { Job } from '../job/job.ts'
import type { RowState } from '../job/row-states.ts'
import { cellText } from './cell-text.ts'
import type {
  ImportCounts,
  ImportProgress,
  ImportStop,
  RowProblem,
  RunOptions,
} from './import-types.ts'
import type { KeptProblem } from './report-files.ts'
import { isOfTheRow, rowProblem } from './row-problem.ts'
import type { ReadRow } from './row-reader.ts'
import type { RowTotal } from './row-total.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

export class RunState {
  readonly job: Job
  readonly options: RunOptions
  readonly progress: Mutable<ImportProgress>
  stopped: ImportStop | undefined
  /** Rejected in this run. */
  #rejected = 0
  readonly #maxErrors: number
  readonly #settled: Record<RowState, number>
  /** Rows whose fate is open although this run did what it could. */
  #open = 0
  #unsent = 0

  readonly #rows: RowTotal

  constructor(job: Job, options: RunOptions, maxErrors: number | undefined, rows: RowTotal) {
    this.job = job
    this.options = options
    this.#rows = rows
    this.#maxErrors = maxErrors ?? Number.POSITIVE_INFINITY
    job.rows.reopen()
    this.#settled = job.rows.counts()
    const { inserted, updated, rejected, unknown } = this.#settled
    this.progress = {
      phase: 'writing',
      read: 0,
      ok: inserted + updated,
      unchanged: 0,
      rejected,
      unknown,
      unsent: 0,
      before: inserted + updated + rejected + unknown,
      total: undefined,
    }
  }

  /** Whether there are rows that can be looked for again. */
  get isOpen(): boolean {
    return this.#open > 0
  }

  get inserted(): number {
    return this.#settled.inserted
  }

  get updated(): number {
    return this.#settled.updated
  }

  /** A row was taken from the file. */
  read({ n, row }: ReadRow): void {
    if (n > this.progress.read) this.progress.read = n
    this.progress.total = this.#rows.total(n, row.line)
  }

  /**
   * The figures once no more is done. A row that was read and did not end was not sent; but where this
   * run did not come as far as an earlier one, what that one may have sent is not known.
   */
  end(): ImportCounts {
    const { rows } = this.job
    const { progress } = this
    const reached = progress.read
    progress.read = Math.max(reached, rows.settledBefore)
    const { read, ok, unchanged, rejected, unknown } = progress
    const left = read - ok - unchanged - rejected - unknown
    progress.unsent = reached < rows.reachedBefore ? this.#unsent : left
    progress.unknown += left - progress.unsent
    return progress
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

  /** What ended a write of many rows, or the reading of the file. @throws what is no trouble of theirs */
  stopBy(error: unknown, reason: 'gateway' | 'file'): void {
    const { signal } = this.options
    if (signal?.aborted) this.stop({ reason: 'interrupted', error: undefined })
    else if (error instanceof ChatlayerError) this.stop({ reason, error })
    else throw error
  }

  /** A row that can be read again but not written. */
  reject(item: ReadRow, error: ChatlayerError): void {
    const problem = rowProblem(item.row.line, 'rejected', error)
    this.job.rows.settle(item.n, 'rejected', { problem: kept(item, problem) })
    this.#count('rejected')
    this.options.onProblem?.(problem)
    this.#rejected++
    if (this.#rejected >= this.#maxErrors) this.stop({ reason: 'errors', error: undefined })
  }

  /** @param content what the row shares with equal ones; asked for where its id is not known */
  settle(item: ReadRow, outcome: Outcome<Values>, content: () => Uint8Array): void {
    if (outcome.status === 'ok') {
      this.#settleOk(item.n, outcome, content)
    } else if (outcome.status === 'unknown') {
      this.#settleUnknown(item, outcome)
    } else if (isOfTheRow(outcome.error)) {
      this.reject(item, outcome.error)
    } else {
      this.#unsent++
      this.#tell()
    }
  }

  #settleOk(
    n: number,
    { id, change }: Outcome<Values> & { status: 'ok' },
    content: () => Uint8Array,
  ): void {
    if (change === 'unchanged') {
      this.progress.unchanged++
      this.#tell()
      return
    }
    const state = change === 'updated' ? 'updated' : 'inserted'
    this.job.rows.settle(n, state, id === undefined ? { content: content() } : { id })
    this.#count(state)
  }

  #settleUnknown(item: ReadRow, { error, tried }: Outcome<Values> & { status: 'unknown' }): void {
    const problem = rowProblem(item.row.line, 'unknown', error, tried)
    // With a cause the gateway could not be asked; without, it was asked and that settled nothing.
    if (error.cause === undefined) {
      this.job.rows.settle(item.n, 'unknown', { problem: kept(item, problem) })
      this.#count('unknown')
    } else {
      this.job.rows.leaveOpen(item.n, kept(item, problem))
      this.#open++
      this.#tell()
    }
    this.options.onProblem?.(problem)
  }

  #count(state: RowState): void {
    this.#settled[state]++
    this.#tell()
  }

  #tell(): void {
    const { progress } = this
    const { inserted, updated, rejected, unknown } = this.#settled
    progress.ok = inserted + updated
    progress.rejected = rejected
    progress.unknown = unknown + this.#open
    progress.unsent = this.#unsent
    this.options.onProgress?.(progress)
  }
}

function kept({ row }: ReadRow, problem: RowProblem): string {
  const { cells } = row
  return JSON.stringify({ problem, cells: cells.map(cellText) } satisfies KeptProblem)
}

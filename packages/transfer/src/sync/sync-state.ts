/** One run of a sync: how its writes end, in the job and in figures, and why it stops. */
import {
  ChatlayerError,
  type Outcome,
  type StoredDifference,
  stringifyJson,
  type Value,
  type Values,
} from '@chatlayer-tables/core'
import type { ImportStop, RowProblem } from '../import/import-types.ts'
import type { Job } from '../job/job.ts'
import type { RowAccount } from '../job/row-flow.ts'
import type { RowFacts, RowState } from '../job/row-states.ts'
import { storageStop } from '../job/storage-stop.ts'
import { isOfTheRow, rowProblem, storedProblem } from '../rows/row-problem.ts'
import type { RowErrors } from '../rows/row-reader.ts'
import type { PlannedDelete, PlannedInsert, PlannedUpdate } from './planned-writes.ts'
import type { SyncFacts } from './sync-facts.ts'
import type { SyncPhase, SyncProblem, SyncProgress, SyncRun } from './sync-types.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type PlannedWrite = PlannedInsert | PlannedUpdate | PlannedDelete

export class SyncState implements RowAccount<PlannedInsert> {
  readonly job: Job
  readonly options: SyncRun
  readonly facts: SyncFacts
  readonly progress: Mutable<SyncProgress>
  stopped: ImportStop | undefined
  readonly #settled: Record<RowState, number>
  /** Refused in this run. */
  #rejected = 0
  /** The last insert that this run came to, and those that earlier processes may have sent beyond it. */
  #reached = 0
  #unresolved = 0
  #stored: number

  constructor(job: Job, facts: SyncFacts, options: SyncRun) {
    this.job = job
    this.facts = facts
    this.options = options
    job.rows.reopen()
    this.#settled = job.rows.counts()
    this.#stored = job.rows.countStored()
    const { inserts, updates, deletes } = facts.plan
    const { inserted, updated, deleted, rejected, unknown } = this.#settled
    this.progress = {
      phase: 'inserting',
      records: 0,
      planned: inserts + updates + deletes,
      ok: inserted + updated + deleted,
      rejected,
      unknown,
      storedOtherwise: this.#stored,
      before: inserted + updated + deleted + rejected + unknown,
    }
  }

  get done(): Readonly<Pick<Record<RowState, number>, 'inserted' | 'updated' | 'deleted'>> {
    return this.#settled
  }

  /** Writes that are not done and not rejected, and may have been sent. */
  get unknown(): number {
    return this.#settled.unknown + this.job.rows.openCount + this.#unresolved
  }

  get unsent(): number {
    const { planned, ok, rejected } = this.progress
    return planned - ok - rejected - this.unknown
  }

  /** Whether every write so far is done. */
  get isAllWell(): boolean {
    const { inserts, updates } = this.facts.plan
    const { inserted, updated } = this.#settled
    return inserted === inserts && updated === updates
  }

  /** Whether no further write is to be sent. */
  get isStopping(): boolean {
    if (this.options.stop?.aborted) this.stop({ reason: 'interrupted', error: undefined })
    return this.stopped !== undefined
  }

  /**
   * Whether writes can be looked for, or sent, when the job goes on. Deletes that are held back, since
   * other writes were not well, never will be.
   */
  get isOpen(): boolean {
    const held = this.isAllWell ? 0 : this.facts.plan.deletes
    return this.job.rows.openCount + this.#unresolved > 0 || this.unsent > held
  }

  /** The first reason is the one that counts. */
  stop(stop: ImportStop): void {
    this.stopped ??= stop
  }

  /** @throws any error that is not the gateway's, or this machine's storage */
  stopBy(error: unknown, reason: 'gateway' | 'file' = 'gateway'): void {
    const storage = storageStop(error, this.job.folder)
    if (storage !== undefined) {
      this.stop(storage)
    } else if (this.options.signal?.aborted || this.options.stop?.aborted) {
      this.stop({ reason: 'interrupted', error: undefined })
    } else if (error instanceof ChatlayerError) {
      this.stop({ reason, error })
    } else {
      throw error
    }
  }

  keep(work: () => void): void {
    try {
      work()
    } catch (error) {
      const stop = storageStop(error, this.job.folder)
      if (stop === undefined) throw error
      this.stop(stop)
    }
  }

  phase(phase: SyncPhase): void {
    this.progress.phase = phase
    this.progress.records = 0
  }

  /** So many records of one side were read. */
  readRecords(records: number): void {
    this.progress.records = records
    this.#tell()
  }

  read({ n }: PlannedInsert): void {
    this.#reached = n
  }

  /** Once no more is written: inserts that this run did not come to may have been sent before. */
  end(): void {
    this.#unresolved = this.job.rows.countAttempted(this.#reached + 1, this.facts.plan.inserts)
    this.#tell()
  }

  /** Whether an earlier run has settled a write. */
  isDone({ n }: { readonly n: number }): boolean {
    const { rows } = this.job
    return n <= rows.reachedBefore && rows.stateOf(n) !== undefined
  }

  settle(write: PlannedInsert, outcome: Outcome<Values>, content: () => Uint8Array): void {
    if (outcome.status === 'rejected') {
      this.#refused(write, outcome.error)
      return
    }
    if (outcome.status === 'ok') {
      const { id, stored } = outcome
      const known = id === undefined ? { content: content() } : { id }
      this.#written(write, 'inserted', id, stored, known)
      return
    }
    const { error, tried } = outcome
    const problem = this.#problemOf(write, 'unknown', error, tried)
    // With a cause the gateway could not be asked; without, it was asked and that resolved nothing.
    if (error.cause === undefined) {
      this.keep(() =>
        this.job.rows.settle(write.n, 'unknown', { problem: JSON.stringify(problem) }),
      )
      this.#count('unknown')
    } else {
      this.#leaveOpen(write, problem)
    }
    this.options.onProblem?.(problem)
  }

  /** An update or delete of unknown end is done again when the job goes on: that changes no more. */
  settleChange(
    write: PlannedUpdate | PlannedDelete,
    outcome: Exclude<Outcome<unknown>, { status: 'ok' }>,
  ): void {
    if (outcome.status === 'rejected') {
      this.#refused(write, outcome.error)
      return
    }
    const problem = this.#problemOf(write, 'unknown', outcome.error, outcome.tried)
    this.#leaveOpen(write, problem)
    this.options.onProblem?.(problem)
  }

  /** @param stored what an updated record holds otherwise than it was sent */
  changed(
    write: PlannedUpdate | PlannedDelete,
    stored?: readonly StoredDifference[] | undefined,
  ): void {
    this.#written(write, write.change === 'update' ? 'updated' : 'deleted', write.id, stored)
  }

  #written(
    write: PlannedWrite,
    state: RowState,
    id: string | undefined,
    stored: readonly StoredDifference[] | undefined,
    known: RowFacts = {},
  ): void {
    const found = stored && this.#named(write, storedProblem(0, id, stored))
    const problem = found && JSON.stringify(found)
    this.keep(() => this.job.rows.settle(write.n, state, { ...known, problem }))
    if (found !== undefined) this.#stored++
    this.#count(state)
    if (found !== undefined) this.options.onProblem?.(found)
  }

  /** A write that makes no sense to send again as it is. */
  reject(write: PlannedWrite, [error]: RowErrors): void {
    const problem = this.#problemOf(write, 'rejected', error)
    this.keep(() => this.job.rows.settle(write.n, 'rejected', { problem: JSON.stringify(problem) }))
    this.#count('rejected')
    this.options.onProblem?.(problem)
    this.#rejected++
    if (this.#rejected >= (this.facts.settings.maxErrors ?? Number.POSITIVE_INFINITY)) {
      this.stop({ reason: 'errors', error: undefined })
    }
  }

  #refused(write: PlannedWrite, error: ChatlayerError): void {
    // A 404 of the gateway speaks of the table; a record that is not there was found out by looking.
    const isGone = error.code === 'NOT_FOUND' && error.request === undefined
    if (isOfTheRow(error) || isGone) this.reject(write, [error])
    else this.#tell()
  }

  #leaveOpen({ n }: PlannedWrite, problem: SyncProblem): void {
    this.keep(() => this.job.rows.leaveOpen(n, JSON.stringify(problem)))
    this.#tell()
  }

  #problemOf(
    write: PlannedWrite,
    outcome: 'rejected' | 'unknown',
    error: ChatlayerError,
    tried?: readonly string[],
  ): SyncProblem {
    return this.#named(write, rowProblem(0, outcome, error, tried))
  }

  /** A problem with what names its record. */
  #named(write: PlannedWrite, { line: _, value: __, ...problem }: RowProblem): SyncProblem {
    const [change, id, values] =
      'values' in write
        ? (['insert', undefined, write.values] as const)
        : ([write.change, write.id, write.before] as const)
    const { key } = this.facts.settings
    const named = Object.entries(values)
      .filter(([name]) => key === undefined || key.includes(name))
      .map(([name, value]) => [name, shortText(value)])
    return { ...problem, change, key: Object.fromEntries(named), id: id ?? problem.id }
  }

  #count(state: RowState): void {
    this.#settled[state]++
    this.#tell()
  }

  #tell(): void {
    const { progress } = this
    const { inserted, updated, deleted, rejected } = this.#settled
    progress.ok = inserted + updated + deleted
    progress.rejected = rejected
    progress.unknown = this.unknown
    progress.storedOtherwise = this.#stored
    this.options.onProgress?.(progress)
  }
}

/** Longer values are cut where a record is named by them. */
const LONGEST = 100

function shortText(value: Value): string | null {
  if (value === null) return null
  const text = typeof value === 'string' ? value : stringifyJson(value)
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text
}

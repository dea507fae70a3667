/** A run that writes numbered rows: how each of them ends, in the job and in figures. */
import type { ChatlayerError, Outcome, StoredDifference, Values } from '@chatlayer-tables/core'
import { isOfTheRow, rowProblem, storedProblem, type WriteProblem } from '../rows/row-problem.ts'
import type { RowErrors } from '../rows/row-reader.ts'
import type { Job } from './job.ts'
import { JobRun } from './job-run.ts'
import type { InsertTarget, JobFacts, JobOptions, JobReport } from './job-types.ts'
import type { RowFacts } from './row-states.ts'
import type { RowState } from './row-summary.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** The figures of a run, as far as they are the same for every kind of job. */
export interface RowProgress {
  readonly ok: number
  readonly rejected: number
  readonly unknown: number
  /** Of `ok`: rows in which the gateway stored some values otherwise than they were sent. */
  readonly storedOtherwise: number
  /** Rows that earlier runs of the job gave a final state. */
  readonly before: number
}

export interface RowRunOptions<Start, Progress, Problem> extends JobOptions<Start, Progress> {
  readonly table: InsertTarget
  /** Called for each row that is rejected, of unknown outcome, or stored otherwise than it was sent. */
  readonly onProblem?: ((problem: Problem) => void) | undefined
}

export abstract class RowRun<
  Item extends { readonly n: number },
  Facts extends JobFacts,
  Progress extends RowProgress,
  Problem,
  Options extends RowRunOptions<never, Progress, Problem>,
  Report extends JobReport,
> extends JobRun<Facts, Options, Report> {
  readonly progress: Mutable<Progress>
  /** How many rows of the job have each final state. */
  protected readonly ended: Record<RowState, number>
  /** Rows that were not sent in this run for a reason that is not theirs. */
  protected unsentRows = 0
  #stored: number
  #rejected = 0

  constructor(
    job: Job,
    facts: Facts,
    options: Options,
    progress: Omit<Progress, keyof RowProgress>,
  ) {
    super(job, facts, options)
    job.rows.reopen()
    this.ended = job.rows.counts()
    this.#stored = job.rows.countStored()
    const { inserted, updated, deleted, rejected, unknown } = this.ended
    const before = inserted + updated + deleted + rejected + unknown
    const counts: RowProgress = {
      ...{ ok: inserted + updated + deleted, rejected, unknown, before },
      storedOtherwise: this.#stored,
    }
    this.progress = { ...progress, ...counts } as Mutable<Progress>
  }

  /** Rejected rows after which the run stops; no limit when undefined. */
  protected abstract readonly maxErrors: number | undefined

  /** A row was taken from where rows come from. */
  abstract read(item: Item): void

  /** Brings those figures of the progress up to date that differ between kinds of jobs. */
  protected abstract updateProgress(): void

  /** Names the row of a problem. */
  protected abstract problemOf(item: Item, problem: WriteProblem): Problem

  /** What the job keeps of a row with problems. @param item undefined where it was written */
  protected abstract textOf(
    item: Item | undefined,
    problems: readonly [Problem, ...Problem[]],
  ): string

  get storedOtherwise(): number {
    return this.#stored
  }

  /** How many rows can be searched for when the job is resumed. */
  get openRows(): number {
    return this.job.rows.openCount
  }

  /** Whether an earlier run gave the row a final state. */
  isDone({ n }: { readonly n: number }): boolean {
    const { rows } = this.job
    return n <= rows.reachedBefore && rows.stateOf(n) !== undefined
  }

  /** @param content what the row shares with equal ones; asked for where its id is not known */
  record(item: Item, outcome: Outcome<Values>, content: () => Uint8Array): void {
    if (outcome.status === 'ok') {
      const { id, change, stored } = outcome
      const state = change === 'updated' ? 'updated' : 'inserted'
      this.recordWritten(
        item,
        state,
        id,
        stored,
        id === undefined ? { content: content() } : { id },
      )
    } else if (outcome.status === 'unknown') {
      this.#recordUnknown(item, outcome)
    } else {
      this.recordFailed(item, outcome.error)
    }
  }

  /** A row with a value that makes no sense to send again is rejected; another one was not sent. */
  recordFailed(item: Item, error: ChatlayerError): void {
    if (isOfTheRow(error)) {
      this.reject(item, [error])
    } else {
      this.unsentRows++
      this.showProgress()
    }
  }

  /** A row that cannot be written, with all that is wrong with it. */
  reject(item: Item, errors: RowErrors): void {
    if (this.isDone(item)) return
    const [first, ...others] = errors
    const problem = this.problemOf(item, rowProblem('rejected', first))
    const problems = [
      problem,
      ...others.map((error) => this.problemOf(item, rowProblem('rejected', error))),
    ] as const
    this.#setState(item, 'rejected', { problem: this.textOf(item, problems) })
    for (const each of problems) this.options.onProblem?.(each)
    this.#rejected++
    // Before anything is written, the rows that cannot be read are counted, and refused, all together.
    if (this.hasBegun && this.#rejected >= (this.maxErrors ?? Number.POSITIVE_INFINITY)) {
      this.stop({ reason: 'errors', error: undefined })
    }
  }

  /** @param stored values that the gateway stored otherwise than they were sent */
  protected recordWritten(
    item: Item,
    state: RowState,
    id: string | undefined,
    stored: readonly StoredDifference[] | undefined,
    known: RowFacts = {},
  ): void {
    if (stored === undefined) {
      this.#setState(item, state, known)
      return
    }
    const problem = this.problemOf(item, storedProblem(id, stored))
    this.#stored++
    this.#setState(item, state, { ...known, problem: this.textOf(undefined, [problem]) })
    this.options.onProblem?.(problem)
  }

  #recordUnknown(item: Item, outcome: Outcome<unknown> & { status: 'unknown' }): void {
    // With a cause the gateway could not be asked; without, it was asked and that resolved nothing.
    if (outcome.error.cause !== undefined) {
      this.leaveOpen(item, outcome)
      return
    }
    const problem = this.problemOf(item, rowProblem('unknown', outcome.error, outcome.tried))
    this.#setState(item, 'unknown', { problem: this.textOf(item, [problem]) })
    this.options.onProblem?.(problem)
  }

  /** A row that may have been written; what became of it is found out when the job is resumed. */
  protected leaveOpen(
    item: Item,
    { error, tried }: Outcome<unknown> & { status: 'unknown' },
  ): void {
    const problem = this.problemOf(item, rowProblem('unknown', error, tried))
    this.keep(() => this.job.rows.leaveOpen(item.n, this.textOf(item, [problem])))
    this.showProgress()
    this.options.onProblem?.(problem)
  }

  #setState({ n }: Item, state: RowState, facts: RowFacts): void {
    this.keep(() => this.job.rows.setState(n, state, facts))
    this.ended[state]++
    this.showProgress()
  }

  protected showProgress(): void {
    this.updateFigures()
    this.options.onProgress?.(this.progress)
  }

  protected updateFigures(): void {
    const { progress } = this
    const { rejected, unknown } = this.ended
    progress.rejected = rejected
    progress.unknown = unknown + this.openRows
    progress.storedOtherwise = this.#stored
    this.updateProgress()
  }
}

/** One run of a job of any kind: why it stops, and what is kept of how it ended. */
import { ChatlayerError } from '@chatlayer-tables/core'
import { storageErrorIn, storageErrorOf } from '@chatlayer-tables/local'
import type { Job } from './job.ts'
import type { JobFacts, JobOptions, JobReport, JobStop } from './job-types.ts'

export abstract class JobRun<
  Facts extends JobFacts,
  Options extends JobOptions<never, never>,
  Report extends JobReport,
> {
  readonly job: Job
  readonly facts: Facts
  readonly options: Options
  #hasBegun = false
  #stopped: JobStop | undefined

  constructor(job: Job, facts: Facts, options: Options) {
    this.job = job
    this.facts = facts
    this.options = options
  }

  /** Plans where the kind has to, and writes, until all is done or the run is to stop. */
  abstract carryOut(): Promise<void>

  /** Sums up once no more is written. */
  abstract sumUp(): Promise<Omit<Report, 'elapsedMs'>>

  /** The report as the job keeps it. */
  asKept(report: Report): object {
    return { ...report, stopped: report.stopped?.reason }
  }

  /** Removes what only an unfinished job needs, besides the states of its rows. */
  async cleanUp(): Promise<void> {}

  /** Whether the problems of written rows are needed after the job is done. */
  get keepsStored(): boolean {
    return false
  }

  /** Whether anything may have been written. A new job that has written nothing is removed. */
  get hasBegun(): boolean {
    return this.#hasBegun
  }

  /** Call before anything is written. @param announce what is reported first */
  begin(announce: () => void): void {
    announce()
    this.#hasBegun = true
  }

  /** The reason why the run stops, where it does. */
  get stopped(): JobStop | undefined {
    return this.#stopped
  }

  /** Whether no further write is to be sent. */
  get isStopping(): boolean {
    const unkept = this.#unkept()
    if (unkept !== undefined) this.stop(unkept)
    if (this.options.stop?.aborted) this.stop(INTERRUPTED)
    return this.#stopped !== undefined
  }

  get isInterrupted(): boolean {
    const { stop, signal } = this.options
    return stop?.aborted === true || signal?.aborted === true
  }

  /** Only the first reason counts. */
  stop(stop: JobStop): void {
    this.#stopped ??= stop
  }

  /** Stops for what ended a write of many rows, or the reading of the input. @throws any other error */
  stopBy(error: unknown, reason: 'gateway' | 'file' = 'gateway'): void {
    const stop = this.stopOf(error)
    if (stop !== undefined) this.stop(stop)
    else if (error instanceof ChatlayerError) this.stop({ reason, error })
    else throw error
  }

  /** The stop of a run for an error that does not depend on what it was doing: storage, or an interruption. */
  stopOf(error: unknown): JobStop | undefined {
    return (
      storageStop(error, this.job.folder) ??
      this.#unkept() ??
      (this.isInterrupted ? INTERRUPTED : undefined)
    )
  }

  /** The stop where another machine may have the job, or the store that machines share takes no more of it. */
  #unkept(): JobStop | undefined {
    const { lost, failure, folder } = this.job
    const error = lost?.aborted ? lost.reason : failure
    return error === undefined ? undefined : storageStop(error, folder)
  }

  /**
   * Writes to the job, or to a file beside it. What cannot be kept stops the run: rows in flight come
   * to their end, and those that are not recorded are searched for when the job is resumed.
   */
  keep(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#stopByStorage(error)
    }
  }

  /** The same for work that takes a while: it has ended when this returns. */
  async keepWhole(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#stopByStorage(error)
    }
  }

  /** @throws any error that is not about what is kept */
  #stopByStorage(error: unknown): void {
    const stop = storageStop(error, this.job.folder)
    if (stop === undefined) throw error
    this.stop(stop)
  }
}

export const INTERRUPTED: JobStop = { reason: 'interrupted', error: undefined }

/**
 * How a run stops when this machine cannot keep what it must: the job, the journal, or a file beside
 * the input. An error of reading the input is none of these.
 *
 * @param folder of the job
 * @returns undefined for any other error
 */
function storageStop(error: unknown, folder: string): JobStop | undefined {
  const isSqlError = error instanceof Error && 'errcode' in error
  const found = storageErrorIn(error) ?? (isSqlError ? storageErrorOf(error, folder) : undefined)
  return found && { reason: 'storage', error: found }
}

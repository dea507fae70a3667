/** One run of a restore: its parts, one after the other. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChatlayerError } from '@chatlayer-tables/core'
import { SPOOLED } from '../input/spool.ts'
import type { Job } from '../job/job.ts'
import type { JobFigures } from '../job/job-replicas.ts'
import { INTERRUPTED, JobRun } from '../job/job-run.ts'
import { type JobStore, partStore } from '../job/job-store.ts'
import { contextOf, type PartContext } from './part-context.ts'
import type { RestoreFacts, RestoreProgressFacts } from './restore-facts.ts'
import { runPart } from './restore-part.ts'
import type {
  RestoredPart,
  RestorePart,
  RestoreReport,
  RestoreRunOptions,
} from './restore-types.ts'

/** What is opened for a run. */
export interface RestoreWork {
  readonly isResumed: boolean
  /** Path of the archive. */
  readonly file: string
}

export class RestoreRun extends JobRun<RestoreFacts, RestoreRunOptions, RestoreReport> {
  readonly #work: RestoreWork
  readonly #restored: (RestoredPart | null)[]
  #isAnnounced = false
  /** Whether an earlier run began the job of a part. */
  #hasParts = false
  #notCompared: ChatlayerError | undefined

  constructor(job: Job, facts: RestoreFacts, options: RestoreRunOptions, work: RestoreWork) {
    super(job, facts, options)
    this.#work = work
    const before = job.lastReport as RestoreProgressFacts | undefined
    this.#restored = facts.parts.map((_, index) => before?.restored[index] ?? null)
    // Those that this run continues report theirs by themselves.
    const ended = this.#restored.filter((part) => part?.finished === true)
    const planned = facts.parts.reduce((sum, { records }) => sum + records, 0)
    job.showFigures(() => figuresOf(ended, planned))
  }

  override get hasBegun(): boolean {
    return super.hasBegun || this.#restored.some((part) => part !== null) || this.#hasParts
  }

  override async carryOut(): Promise<void> {
    if (this.#work.isResumed) {
      this.#announce()
      for (const index of this.facts.parts.keys()) {
        const jobs = await this.#store(index).list()
        if (jobs.length > 0) this.#hasParts = true
      }
    }
    for (const [index, part] of this.facts.parts.entries()) {
      if (this.#restored[index]?.comparison !== undefined) continue
      await this.#runPart(index, part)
      if (this.stopped !== undefined) return
    }
  }

  override async sumUp(): Promise<Omit<RestoreReport, 'elapsedMs'>> {
    const { job, facts, stopped } = this
    return {
      job: job.id,
      finished: stopped === undefined && this.#restored.every((part) => part?.finished === true),
      file: facts.input.name,
      restored: this.#restored.filter((part) => part !== null),
      parts: facts.parts.length,
      stopped,
      notCompared: this.#notCompared,
    }
  }

  override asKept(): RestoreProgressFacts {
    return { restored: this.#restored }
  }

  override async cleanUp(): Promise<void> {
    for (const name of ['parts', SPOOLED]) {
      await rm(join(this.job.folder, name), { recursive: true, force: true })
    }
  }

  async #runPart(index: number, part: RestorePart): Promise<void> {
    if (this.isInterrupted) {
      const { stop, signal } = this.options
      // A job that has written nothing is removed.
      if (!this.hasBegun) for (const each of [stop, signal]) each?.throwIfAborted()
      this.stop(INTERRUPTED)
      return
    }
    try {
      const before = this.#restored[index] ?? null
      const { restored, notCompared } = await runPart(
        this,
        part,
        this.#context(index, part),
        before,
      )
      this.#restored[index] = restored
      this.#notCompared ??= notCompared
      this.options.onRestored?.(restored)
      await this.keepWhole(() => this.job.report(this.asKept()))
    } catch (error) {
      // Before anything was written it is an error of the whole, later of what is left.
      if (!this.hasBegun) throw error
      this.stopBy(error)
    }
  }

  /** Reported once the first part has passed all checks. */
  #announce(): void {
    if (this.#isAnnounced) return
    this.#isAnnounced = true
    const { parts, input } = this.facts
    const resumed = this.#work.isResumed
    this.options.onStart?.({ job: this.job.id, resumed, file: input.name, parts })
  }

  #context(index: number, part: RestorePart): PartContext {
    const { connection, outDir, parts, acceptStored } = this.facts
    return {
      ...contextOf(part, index, parts.length, this.options),
      file: this.#work.file,
      store: this.#store(index),
      outDir,
      acceptStored,
      connection,
      onBegin: () => this.begin(() => this.#announce()),
    }
  }

  /** The store of the job of a part. */
  #store(index: number): JobStore {
    return partStore(this.job, `parts/${index + 1}`)
  }
}

function figuresOf(ended: readonly (RestoredPart | null)[], planned: number): JobFigures {
  const sum = (count: (part: RestoredPart) => number): number =>
    ended.reduce((total, part) => total + (part === null ? 0 : count(part)), 0)
  return {
    written: sum(({ inserted, updated, unchanged }) => inserted + updated + unchanged),
    rejected: sum(({ rejected }) => rejected),
    unknown: sum(({ unknown }) => unknown),
    planned,
  }
}

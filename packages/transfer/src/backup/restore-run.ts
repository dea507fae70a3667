/** One run of a restore: its parts, one after the other. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChatlayerError } from '@chatlayer-tables/core'
import type { Job } from '../job/job.ts'
import { INTERRUPTED, JobRun } from '../job/job-run.ts'
import { JobStore } from '../job/job-store.ts'
import { contextOf, type PartContext } from './part-context.ts'
import type { RestoreFacts, RestoreProgressFacts } from './restore-facts.ts'
import { runPart } from './restore-part.ts'
import type {
  RestoredPart,
  RestorePart,
  RestoreReport,
  RestoreRunOptions,
} from './restore-types.ts'

export class RestoreRun extends JobRun<RestoreFacts, RestoreRunOptions, RestoreReport> {
  readonly #isResumed: boolean
  readonly #restored: (RestoredPart | null)[]
  #isAnnounced = false
  /** Whether an earlier run began the job of a part. */
  #hasParts = false
  #notCompared: ChatlayerError | undefined

  constructor(job: Job, facts: RestoreFacts, options: RestoreRunOptions, isResumed: boolean) {
    super(job, facts, options)
    this.#isResumed = isResumed
    const before = job.lastReport as RestoreProgressFacts | undefined
    this.#restored = facts.parts.map((_, index) => before?.restored[index] ?? null)
  }

  override get hasBegun(): boolean {
    return super.hasBegun || this.#restored.some((part) => part !== null) || this.#hasParts
  }

  override async carryOut(): Promise<void> {
    if (this.#isResumed) {
      this.#announce()
      for (const index of this.facts.parts.keys()) {
        const jobs = await new JobStore(this.#folder(index)).list()
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
    await rm(join(this.job.folder, 'parts'), { recursive: true, force: true })
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
    const resumed = this.#isResumed
    this.options.onStart?.({ job: this.job.id, resumed, file: input.name, parts })
  }

  #context(index: number, part: RestorePart): PartContext {
    const { connection, input, outDir, parts, acceptStored } = this.facts
    return {
      ...contextOf(part, index, parts.length, this.options),
      file: input.path,
      folder: this.#folder(index),
      outDir,
      acceptStored,
      connection,
      onBegin: () => this.begin(() => this.#announce()),
    }
  }

  #folder(index: number): string {
    return join(this.job.folder, 'parts', String(index + 1))
  }
}

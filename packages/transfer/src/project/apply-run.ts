/** One run of an apply: its syncs, one after the other, then the checks. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ChatlayerError } from '@chatlayer-tables/core'
import type { Job } from '../job/job.ts'
import type { JobFigures } from '../job/job-replicas.ts'
import { INTERRUPTED, JobRun } from '../job/job-run.ts'
import { type JobStore, partStore } from '../job/job-store.ts'
import type { JobConnection } from '../job/job-types.ts'
import type { SyncCounts, SyncReport, SyncRunOptions, SyncTarget } from '../sync/sync-types.ts'
import type { ApplyFacts, ApplyProgressFacts } from './apply-facts.ts'
import { type PartWork, runPart } from './apply-part.ts'
import type { AppliedSync, ApplyReport, ApplyRunOptions } from './apply-types.ts'
import type { CheckResult, ProjectPlan } from './plan-types.ts'
import { ProgressReport } from './progress.ts'

/** What is opened for a run. */
export interface ApplyWork {
  /** Of an apply that was begun now. */
  readonly plan: ProjectPlan | undefined
  readonly parts: readonly (PartWork & {
    readonly table: SyncTarget
    readonly connection: JobConnection
  })[]
  /** Evaluates the checks on what the tables hold. */
  check(): Promise<readonly CheckResult[]>
}

export class ApplyRun extends JobRun<ApplyFacts, ApplyRunOptions, ApplyReport> {
  readonly #work: ApplyWork
  readonly #synced: (SyncReport | null)[]
  readonly #progress: ProgressReport
  #checks: readonly CheckResult[] | undefined
  #notChecked: ChatlayerError | undefined
  #isAnnounced = false
  /** Whether an earlier run began the job of a part. */
  #hasParts = false

  constructor(job: Job, facts: ApplyFacts, options: ApplyRunOptions, work: ApplyWork) {
    super(job, facts, options)
    this.#work = work
    const before = job.lastReport as ApplyProgressFacts | undefined
    this.#synced = facts.parts.map((_, index) => before?.synced[index] ?? null)
    // Those that this run continues report theirs by themselves.
    const ended = this.#synced.filter((report) => report?.finished === true)
    const planned = facts.parts.reduce((sum, { sync }) => sum + writesOf(sync.plan), 0)
    job.showFigures(() => figuresOf(ended, planned))
    this.#progress = new ProgressReport(options.onProgress, facts.parts.length)
  }

  override get hasBegun(): boolean {
    return (
      super.hasBegun ||
      this.#hasParts ||
      this.#synced.some((report) => report !== null && report.job !== undefined)
    )
  }

  override async carryOut(): Promise<void> {
    if (this.#work.plan === undefined) {
      this.#announce()
      for (const index of this.facts.parts.keys()) {
        const jobs = await this.#store(index).list()
        if (jobs.length > 0) this.#hasParts = true
      }
    }
    for (const index of this.facts.parts.keys()) {
      if (this.#synced[index]?.finished === true || this.#isHeldBack(index)) continue
      await this.#runPart(index)
      if (this.stopped !== undefined) return
    }
    if (!this.#isOpen) await this.#check()
  }

  override async sumUp(): Promise<Omit<ApplyReport, 'elapsedMs'>> {
    const { job, stopped } = this
    const { plan } = this.#work
    const finished = stopped === undefined && !this.#isOpen
    const left = this.facts.parts.filter((_, index) => this.#synced[index] === null)
    const isWell =
      finished &&
      left.length === 0 &&
      this.#synced.every((report) => report !== null && isComplete(report)) &&
      this.#checks?.every(({ ok }) => ok) === true
    return {
      ...{ job: job.id, finished, stopped, plan, syncs: this.#applied() },
      left: left.map(({ name }) => name),
      ...{ checks: this.#checks, notChecked: this.#notChecked, ok: isWell },
    }
  }

  override asKept(): ApplyProgressFacts {
    return { synced: this.#synced, checks: this.#checks }
  }

  override async cleanUp(): Promise<void> {
    for (const name of ['parts', 'sql']) {
      await rm(join(this.job.folder, name), { recursive: true, force: true })
    }
  }

  /** Whether a sync can still do something when the job is resumed. */
  get #isOpen(): boolean {
    return this.facts.parts.some(
      (_, index) => this.#synced[index]?.finished !== true && !this.#isHeldBack(index),
    )
  }

  /** Whether a sync must not begin, since one that writes what it reads has ended and is not complete. */
  #isHeldBack(index: number): boolean {
    const { after = [] } = this.facts.parts[index] ?? {}
    return this.facts.parts.some(({ name }, other) => {
      if (!after.includes(name)) return false
      const report = this.#synced[other]
      return this.#isHeldBack(other) || (report?.finished === true && !isComplete(report))
    })
  }

  /** Whether one that this reads from has not come to its end in this run. */
  #waits(index: number): boolean {
    const { after = [] } = this.facts.parts[index] ?? {}
    return this.facts.parts.some(
      ({ name }, other) => after.includes(name) && this.#synced[other]?.finished !== true,
    )
  }

  async #runPart(index: number): Promise<void> {
    const work = this.#work.parts[index]
    if (work === undefined || this.#waits(index)) return
    if (this.isInterrupted) {
      const { stop, signal } = this.options
      // A job that has written nothing is removed.
      if (!this.hasBegun) for (const each of [stop, signal]) each?.throwIfAborted()
      this.stop(INTERRUPTED)
      return
    }
    try {
      this.#progress.sync(work.part.name, index + 1)
      const report = await runPart(this.#partOptions(work), work, this.#store(index))
      // One that found nothing to do, and was stopped before the next, may be looked at again.
      this.#synced[index] = report
      const { stopped } = report
      if (stopped !== undefined && typeof stopped === 'object') this.stop(stopped)
      this.options.onSynced?.({ name: work.part.name, to: work.part.to, report })
      if (this.hasBegun) await this.keepWhole(() => this.job.report(this.asKept()))
    } catch (error) {
      // Before anything was written it is an error of the whole, later of what is left.
      if (!this.hasBegun) throw error
      this.stopBy(error)
    }
  }

  #partOptions({ part, table, connection }: ApplyWork['parts'][number]): SyncRunOptions {
    const { stop, signal, onProblem } = this.options
    return {
      ...{ table, connection, stop, signal },
      onStart: () => this.begin(() => this.#announce()),
      onProgress: (progress) => this.#progress.writes(progress),
      onProblem: (problem) => onProblem?.(part.name, problem),
    }
  }

  /** The store of the job of a part. */
  #store(index: number): JobStore {
    return partStore(this.job, `parts/${index + 1}/job`)
  }

  #announce(): void {
    if (this.#isAnnounced) return
    this.#isAnnounced = true
    const resumed = this.#work.plan === undefined
    const syncs = this.facts.parts.map(({ name, to, sync }) => ({ name, to, plan: sync.plan }))
    this.options.onStart?.({ job: this.job.id, resumed, syncs })
  }

  async #check(): Promise<void> {
    if (this.facts.checks.length === 0) {
      this.#checks = []
      return
    }
    this.#progress.phase('checking')
    try {
      this.#checks = await this.#work.check()
    } catch (error) {
      const stop = this.stopOf(error)
      if (stop !== undefined) this.stop(stop)
      else if (error instanceof ChatlayerError) this.#notChecked = error
      else throw error
    }
  }

  #applied(): AppliedSync[] {
    return this.facts.parts.flatMap(({ name, to }, index) => {
      const report = this.#synced[index]
      return report === null || report === undefined ? [] : [{ name, to, report }]
    })
  }
}

function writesOf({ inserts, updates, deletes }: SyncCounts): number {
  return inserts + updates + deletes
}

function figuresOf(ended: readonly (SyncReport | null)[], planned: number): JobFigures {
  const sum = (count: (report: SyncReport) => number): number =>
    ended.reduce((total, report) => total + (report === null ? 0 : count(report)), 0)
  return {
    written: sum(({ inserted, updated, deleted }) => inserted + updated + deleted),
    rejected: sum(({ rejected }) => rejected),
    unknown: sum(({ unknown }) => unknown),
    planned,
  }
}

/** Whether all of a sync was written, and read back. */
function isComplete({ finished, rejected, unknown, unsent, readBack }: SyncReport): boolean {
  const isRead = readBack?.equal === true || readBack?.onlyStored === true
  return finished && rejected + unknown + unsent === 0 && isRead && readBack.fits
}

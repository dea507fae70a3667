/** One run of a sync whose writes are known: carrying them out, the proof, and how its writes end. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChatlayerError, Outcome, StoredDifference, Table } from '@chatlayer-tables/core'
import type { SideInput } from '../compare/compare-types.ts'
import { SPOOLED } from '../input/spool.ts'
import type { Job } from '../job/job.ts'
import { RowRun } from '../job/row-run.ts'
import type { WriteProblem } from '../rows/row-problem.ts'
import { applyWrites } from './apply-writes.ts'
import { keyTexts } from './key-texts.ts'
import {
  type PlannedDelete,
  type PlannedInsert,
  type PlannedUpdate,
  PlannedWrites,
  WRITES,
} from './planned-writes.ts'
import { readBack } from './read-back.ts'
import { type SyncFacts, sourceLabel } from './sync-facts.ts'
import type {
  ReadBack,
  SyncPhase,
  SyncProblem,
  SyncProgress,
  SyncReport,
  SyncRunOptions,
} from './sync-types.ts'

type PlannedWrite = PlannedInsert | PlannedUpdate | PlannedDelete

/** What is opened for a run. */
export interface SyncWork {
  readonly source: SideInput
  readonly definition: Table
  /** Where the writes are kept (default: the folder of the job). */
  readonly folder?: string | undefined
}

export class SyncRun extends RowRun<
  PlannedWrite,
  SyncFacts,
  SyncProgress,
  SyncProblem,
  SyncRunOptions,
  SyncReport
> {
  readonly work: SyncWork
  /** The last insert that this run came to, and those beyond it that earlier processes may have sent. */
  #reached = 0
  #unresolved = 0

  constructor(job: Job, facts: SyncFacts, options: SyncRunOptions, work: SyncWork) {
    const { inserts, updates, deletes } = facts.plan
    super(job, facts, options, {
      phase: 'inserting',
      records: 0,
      planned: inserts + updates + deletes,
    })
    this.work = work
    job.showFigures(() => {
      const { ok, rejected, unknown, planned } = this.progress
      return { written: ok, rejected, unknown, planned }
    })
  }

  override get maxErrors(): number | undefined {
    return this.facts.settings.maxErrors
  }

  override async carryOut(): Promise<void> {
    const { job, facts, options } = this
    this.begin(() =>
      options.onStart?.({
        job: job.id,
        resumed: job.rows.reachedBefore > 0,
        source: sourceLabel(facts.source),
        table: facts.table.name,
        version: facts.version,
        plan: facts.plan,
      }),
    )
    using writes = PlannedWrites.open(join(this.work.folder ?? job.folder, WRITES))
    await applyWrites(this, writes, this.work.definition)
  }

  override async sumUp(): Promise<Omit<SyncReport, 'elapsedMs'>> {
    const { job, facts } = this
    const { inserts } = facts.plan
    // Inserts that this run did not come to may have been sent before.
    this.#unresolved = job.rows.countAttempted(this.#reached + 1, inserts)
    this.showProgress()
    const read = this.isStopping ? undefined : await readBack(this)
    const { inserted, updated, deleted, rejected } = this.ended
    const { unknown, unsent, storedOtherwise } = this
    const problems = this.#firstProblems()
    const { stopped } = this
    return {
      job: job.id,
      finished: stopped === undefined && read !== undefined && !this.isOpen,
      ...whatOf(facts),
      ...{ inserted, updated, deleted, rejected, unknown, unsent },
      storedOtherwise,
      problems,
      stopped,
      readBack: read,
    }
  }

  override asKept(report: SyncReport): object {
    const { stopped, readBack: read } = report
    return { ...report, stopped: stopped?.reason, readBack: read && asFacts(read) }
  }

  override async cleanUp(): Promise<void> {
    for (const name of [WRITES, SPOOLED]) await rm(join(this.job.folder, name), { force: true })
  }

  get done(): Readonly<Pick<SyncReport, 'inserted' | 'updated' | 'deleted'>> {
    return this.ended
  }

  /** Writes that are not done and not rejected, and may have been sent. */
  get unknown(): number {
    return this.ended.unknown + this.openRows + this.#unresolved
  }

  get unsent(): number {
    const { planned, ok, rejected } = this.progress
    return planned - ok - rejected - this.unknown
  }

  /** Whether every write so far is done. */
  get isComplete(): boolean {
    const { inserts, updates } = this.facts.plan
    const { inserted, updated } = this.ended
    return inserted === inserts && updated === updates
  }

  /**
   * Whether writes can be searched for, or sent, when the job is resumed. Deletes that are held back, since
   * other writes were not well, never will be.
   */
  get isOpen(): boolean {
    const held = this.isComplete ? 0 : this.facts.plan.deletes
    return this.openRows + this.#unresolved > 0 || this.unsent > held
  }

  phase(phase: SyncPhase): void {
    this.progress.phase = phase
    this.progress.records = 0
  }

  /** @param records of one side that were read */
  readRecords(records: number): void {
    this.progress.records = records
    this.showProgress()
  }

  override read({ n }: PlannedWrite): void {
    this.#reached = n
  }

  override recordFailed(write: PlannedWrite, error: ChatlayerError): void {
    // A 404 of the gateway is about the table; a record that is missing was found out by reading it.
    const isGone = error.code === 'NOT_FOUND' && error.request === undefined
    if (isGone) this.reject(write, [error])
    else super.recordFailed(write, error)
  }

  /** An update or delete of unknown outcome is repeated when the job is resumed: that changes no more. */
  recordChange(write: PlannedUpdate | PlannedDelete, outcome: Outcome<unknown>): void {
    if (outcome.status === 'ok') this.recordDone(write, outcome.stored)
    else if (outcome.status === 'rejected') this.recordFailed(write, outcome.error)
    else this.leaveOpen(write, outcome)
  }

  /** @param stored values of an updated record that the gateway stored otherwise than they were sent */
  recordDone(
    write: PlannedUpdate | PlannedDelete,
    stored?: readonly StoredDifference[] | undefined,
  ): void {
    this.recordWritten(write, write.change === 'update' ? 'updated' : 'deleted', write.id, stored)
  }

  protected override updateProgress(): void {
    const { inserted, updated, deleted } = this.ended
    this.progress.ok = inserted + updated + deleted
    this.progress.unknown = this.unknown
  }

  /** A problem with what names its record. */
  protected override problemOf(
    write: PlannedWrite,
    { value: _, ...problem }: WriteProblem,
  ): SyncProblem {
    const [change, id, values] =
      'values' in write
        ? (['insert', undefined, write.values] as const)
        : ([write.change, write.id, write.before] as const)
    const { key } = this.facts.settings
    return { ...problem, change, key: keyTexts(values, key), id: id ?? problem.id }
  }

  protected override textOf(
    _: PlannedWrite | undefined,
    [problem]: readonly [SyncProblem, ...SyncProblem[]],
  ): string {
    return JSON.stringify(problem)
  }

  /** Those of writes that did not take effect come first. */
  #firstProblems(): SyncProblem[] {
    const problems: SyncProblem[] = []
    this.keep(() => {
      for (const which of ['other', 'written'] as const) {
        for (const text of this.job.rows.problems(which)) {
          if (problems.length === MAX_PROBLEMS) return
          problems.push(JSON.parse(text) as SyncProblem)
        }
      }
    })
    return problems
  }
}

/** Problems that are kept with the report. */
const MAX_PROBLEMS = 100

export function whatOf(
  facts: SyncFacts,
): Pick<SyncReport, 'source' | 'table' | 'version' | 'selected' | 'plan'> {
  const { source, table, version, settings, plan } = facts
  const selected = settings.only === undefined ? {} : { selected: true as const }
  return { source: sourceLabel(source), table: table.name, version, ...selected, plan }
}

function asFacts({ error, ...read }: ReadBack): object {
  return { ...read, error: error && { code: error.code, message: error.message } }
}

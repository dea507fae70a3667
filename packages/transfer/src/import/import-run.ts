/** One run of an import: what it plans and writes, and how its rows end. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Outcome, Table, Values } from '@chatlayer-tables/core'
import { SPOOLED } from '../input/spool.ts'
import { type Fingerprint, looksUnchanged } from '../job/fingerprint.ts'
import type { Job } from '../job/job.ts'
import { insertRows } from '../job/row-flow.ts'
import { RowRun } from '../job/row-run.ts'
import type { RowProblem, WriteProblem } from '../rows/row-problem.ts'
import type { ReadRow, RowErrors } from '../rows/row-reader.ts'
import { allErrors } from './all-errors.ts'
import { NO_PROGRESS } from './first-pass.ts'
import { findHeldTwice } from './held-twice.ts'
import { importByKey } from './import-by-key.ts'
import { compareCounts, type KeptReport, writeFiles } from './import-end.ts'
import { changedMeanwhile, type ImportFacts } from './import-facts.ts'
import type {
  FileNotes,
  ImportPhase,
  ImportPlan,
  ImportProgress,
  ImportReport,
  RunOptions,
} from './import-types.ts'
import type { InputFile } from './input-file.ts'
import { type KeptProblem, keepProblem } from './kept-problem.ts'
import type { PlanWatcher } from './make-plan.ts'

/** What is opened for a run. */
export interface ImportWork {
  readonly definition: Table
  readonly file: InputFile
  /** The file's fingerprint as it is now. */
  readonly fingerprint: Fingerprint
}

export class ImportRun
  extends RowRun<ReadRow, ImportFacts, ImportProgress, RowProblem, RunOptions, ImportReport>
  implements PlanWatcher
{
  readonly work: ImportWork
  /** Records deleted by the job. */
  deleted = 0
  /** Records that are not in the file, kept because some rows were not written. */
  notDeleted = 0
  readonly #openedAt = performance.now()
  readonly #firstPlan: ImportPlan | undefined
  #isByKey = false
  #isCompared = false
  /** Rows that earlier runs wrote without recording it; the comparison with the table shows them. */
  readonly #unrecorded = { inserted: 0, updated: 0 }
  /** The times of the files beside the input. */
  #fileMarks: KeptReport['fileMarks'] = {}

  constructor(job: Job, facts: ImportFacts, options: RunOptions, work: ImportWork) {
    const { phase, read, unchanged, unsent, compared } = NO_PROGRESS
    super(job, facts, options, {
      phase,
      read,
      unchanged,
      unsent,
      compared,
      total: facts.input.rows,
    })
    this.work = work
    this.progress.phase = 'writing'
    // Written by this program under the same format, which the database's version vouches for.
    this.#firstPlan = job.plan as ImportPlan | undefined
    job.showFigures(() => {
      const { ok, unchanged, rejected, unknown, total = null } = this.progress
      return { written: ok + unchanged, rejected, unknown, planned: total }
    })
  }

  override get maxErrors(): number | undefined {
    return this.facts.settings.maxErrors
  }

  override get keepsStored(): boolean {
    return this.options.keepStored === true
  }

  override async carryOut(): Promise<void> {
    const { facts, options, work } = this
    const { definition: table, file } = work
    const { settings, countBefore, moment } = facts
    const { mode, key = [], allowEmpty = false } = settings
    const start = { moment, wasEmpty: countBefore === 0, openedAt: this.#openedAt }
    const errorsOf = (item: ReadRow, first: RowErrors): Promise<RowErrors> =>
      allErrors(options.table, item, first, options.signal)
    if (mode === 'insert') {
      this.beginWriting()
      await insertRows(this, { reader: await file.reader(), table, start, allErrors: errorsOf })
    } else {
      await importByKey(this, { mode, key, allowEmpty, start, allErrors: errorsOf })
    }
    if (!(await looksUnchanged(file.path, work.fingerprint))) {
      this.stop({ reason: 'file', error: changedMeanwhile(facts.input.name, this.job.id) })
    }
  }

  /** Notes on the file to show before rows are written. */
  get notes(): FileNotes {
    const { definition, file } = this.work
    const filled = new Set(file.columns.map(({ name }) => name))
    const absent = definition.columns.filter(({ name }) => !filled.has(name))
    return {
      notes: file.source.notes,
      absentColumns: absent.map(({ name }) => name),
      inputKind: file.source.inputKind,
    }
  }

  beginWriting(): void {
    const { job, facts, work, options } = this
    this.begin(() =>
      options.onStart?.({
        job: job.id,
        resumed: job.rows.reachedBefore > 0,
        table: work.definition.name,
        version: facts.version,
        file: facts.input.name,
        mode: facts.settings.mode,
        ...this.notes,
      }),
    )
    this.progress.phase = 'writing'
  }

  override async sumUp(): Promise<Omit<ImportReport, 'elapsedMs'>> {
    const { job, facts, work, options } = this
    this.#sumUpRows()
    const { read, ok, unchanged, rejected, unknown, unsent, storedOtherwise, total } = this.progress
    const { inserted, updated, deleted, notDeleted } = this
    const { files, marks } = await writeFiles(this)
    this.#fileMarks = marks
    const tableCount = await compareCounts(this)
    const isMisfit = tableCount?.fits === false
    const heldTwice = isMisfit
      ? await findHeldTwice(facts.settings, work.definition, work.file, options)
      : []
    const { stopped } = this
    return {
      job: job.id,
      finished: stopped === undefined && unsent === 0 && this.openRows === 0,
      table: work.definition.name,
      version: facts.version,
      file: facts.input.name,
      mode: facts.settings.mode,
      ...{ read, ok, unchanged, rejected, unknown, unsent, storedOtherwise },
      ...{ inserted, updated, deleted, notDeleted },
      stopped,
      readToEnd: total !== undefined,
      files,
      tableCount,
      heldTwice,
      inputKind: work.file.source.inputKind,
      place: work.file.source.place,
    }
  }

  override asKept(report: ImportReport): KeptReport {
    return { ...report, stopped: report.stopped?.reason, fileMarks: this.#fileMarks }
  }

  /** The copy of the input is only needed by the job. */
  override async cleanUp(): Promise<void> {
    await rm(join(this.job.folder, SPOOLED), { force: true })
  }

  /** Whether every row of the job so far was written or unchanged. */
  get isComplete(): boolean {
    const { rejected, unknown } = this.ended
    return rejected + unknown + this.openRows + this.unsentRows === 0
  }

  /** Whether this is the first run that compares. */
  get isFirstRun(): boolean {
    return this.#firstPlan === undefined
  }

  get inserted(): number {
    return this.ended.inserted + this.#unrecorded.inserted
  }

  /** A row that a run inserted without recording it may be planned as an update now. */
  get updated(): number {
    return Math.max(0, this.ended.updated + this.#unrecorded.updated)
  }

  phase(phase: ImportPhase): void {
    this.progress.phase = phase
  }

  override read({ n }: ReadRow): void {
    if (n > this.progress.read) this.progress.read = n
    if (this.progress.phase === 'comparing') this.showProgress()
  }

  /** @param records of the table that were read to compare */
  compared(records: number): void {
    this.progress.compared = records
    this.showProgress()
  }

  /** Called before comparing: rows of unknown outcome are compared again. */
  beginByKey(): void {
    this.#isByKey = true
    // The table shows whether the record of such a row is there.
    this.job.rows.reopenUnknown()
    this.ended.unknown = 0
    this.progress.unchanged = this.#firstPlan?.unchanged ?? 0
    this.phase('comparing')
  }

  /**
   * What there is to do for rows that no run is known to have written. What was to be done in the
   * first run of the job, is not now, and no row's state shows, was done by a run that was killed.
   */
  async plan(now: ImportPlan): Promise<void> {
    this.#isCompared = true
    const first = this.#firstPlan ?? now
    if (this.#firstPlan === undefined) await this.job.keepPlan(now)
    this.#unrecorded.inserted = first.inserts - now.inserts - this.ended.inserted
    this.#unrecorded.updated = first.updates - now.updates - this.ended.updated
    this.deleted = Math.max(0, first.deletes - now.deletes)
    this.progress.unchanged = first.unchanged
  }

  override record(item: ReadRow, outcome: Outcome<Values>, content: () => Uint8Array): void {
    if (outcome.status !== 'ok' || outcome.change !== 'unchanged') {
      super.record(item, outcome, content)
      return
    }
    this.progress.unchanged++
    this.showProgress()
  }

  /** A record that no longer exists counts as deleted. */
  recordDelete(outcome: Outcome<string>): void {
    const isGone = outcome.status === 'rejected' && outcome.error.code === 'NOT_FOUND'
    if (outcome.status === 'ok' || isGone) this.deleted++
    else this.stopBy(outcome.error)
    this.showProgress()
  }

  /** Whether an earlier run is known to have written a row. */
  isWritten({ n }: ReadRow): boolean {
    const state = n <= this.job.rows.endedBefore ? this.job.rows.stateOf(n) : undefined
    return state === 'inserted' || state === 'updated'
  }

  /**
   * The figures once no more is done. A row without a final state was not sent; but of rows that this
   * run did not come to, those that an earlier process may have sent are unknown.
   *
   * Rows of the file that no run came to were not sent either.
   */
  #sumUpRows(): void {
    this.updateFigures()
    const { progress } = this
    const { rows } = this.job
    const { read: reached, ok, unchanged, rejected, unknown } = progress
    const ended = ok + unchanged + rejected + unknown
    progress.read = Math.max(reached, rows.endedBefore, ended, progress.total ?? 0)
    const left = progress.read - ended
    // A comparison shows which of them were written; before it, as many as there can be.
    const from = this.#isByKey ? 1 : reached + 1
    const attempted = this.#isCompared ? 0 : rows.countAttempted(from, progress.read)
    const unresolved = Math.min(left, attempted)
    progress.unsent = left - unresolved
    progress.unknown += unresolved
  }

  protected override updateProgress(): void {
    this.progress.ok = this.inserted + this.updated
    this.progress.unsent = this.unsentRows
  }

  protected override problemOf({ row }: ReadRow, problem: WriteProblem): RowProblem {
    return { line: row.line, ...problem }
  }

  /** The cells of a row are kept for the files of rows that were not written. */
  protected override textOf(
    item: ReadRow | undefined,
    [problem, ...others]: readonly [RowProblem, ...RowProblem[]],
  ): string {
    if (item !== undefined) return keepProblem(item, problem, others)
    return JSON.stringify({ problem, others, cells: [] } satisfies KeptProblem)
  }
}

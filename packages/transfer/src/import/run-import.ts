/** One run of an import that is ready to go: the writing, and the account of it. */
import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ChatlayerError, InvalidInputError, type Table } from '@chatlayer-tables/core'
import { type Fingerprint, looksUnchanged } from '../job/fingerprint.ts'
import type { Job } from '../job/job.ts'
import { insertRows } from '../job/write-rows.ts'
import type { ReadRow, RowErrors } from '../rows/row-reader.ts'
import { allErrors } from './all-errors.ts'
import { findHeldTwice } from './held-twice.ts'
import { importByKey } from './import-by-key.ts'
import { beginAgain, type ImportFacts } from './import-facts.ts'
import type { ImportReport, ImportSettings, RunOptions, TableCount } from './import-types.ts'
import type { InputFile } from './input-file.ts'
import type { KeptProblem } from './kept-problem.ts'
import { type FileMarks, type ReportFiles, writeReportFiles } from './report-files.ts'
import type { RunState } from './run-state.ts'

/** @param fingerprint of the file as it is now */
export async function runImport(
  state: RunState,
  facts: ImportFacts,
  table: Table,
  file: InputFile,
  fingerprint: Fingerprint,
): Promise<ImportReport> {
  const startedAt = performance.now()
  const { job } = state
  const { settings, input, version } = facts
  await write(state, facts, table, file)
  if (!(await looksUnchanged(file.path, fingerprint))) {
    state.stop({ reason: 'file', error: changedMeanwhile(input.name, job.id) })
  }
  const { read, ok, unchanged, rejected, unknown, unsent, storedOtherwise, total } = state.end()
  const { inserted, updated, deleted, notDeleted } = state
  const { files, marks } = await writeFiles(state, facts, file)
  const tableCount = await compareCounts(facts, state)
  const isMisfit = tableCount?.fits === false
  const heldTwice = isMisfit ? await findHeldTwice(settings, table, file, state.options) : []
  const { stopped } = state
  const report = keepReport(state, marks, {
    job: job.id,
    finished: stopped === undefined && unsent === 0 && !state.isOpen,
    table: table.name,
    version,
    file: input.name,
    mode: settings.mode,
    ...{ read, ok, unchanged, rejected, unknown, unsent, storedOtherwise },
    ...{ inserted, updated, deleted, notDeleted },
    elapsedMs: Math.round(performance.now() - startedAt),
    stopped,
    readToEnd: total !== undefined,
    files,
    tableCount,
    heldTwice,
  })
  // What came as a stream was kept for the job alone.
  if (report.finished && input.path === undefined) await rm(file.path, { force: true })
  state.hasEnded = true
  return report
}

/** Keeps how the run ended. A report that cannot be kept is returned as that of a run that stopped. */
function keepReport(state: RunState, fileMarks: FileMarks, report: ImportReport): ImportReport {
  const { job } = state
  state.keep(() => {
    job.report({ ...report, stopped: report.stopped?.reason, fileMarks } satisfies KeptReport)
    if (report.finished) job.finish(state.options.keepStored)
  })
  const { stopped } = state
  return { ...report, stopped, finished: report.finished && stopped === undefined }
}

/** The report as the job keeps it, with what else the next run needs to know. */
interface KeptReport extends Omit<ImportReport, 'stopped'> {
  readonly stopped: NonNullable<ImportReport['stopped']>['reason'] | undefined
  readonly fileMarks: FileMarks
}

async function write(
  state: RunState,
  facts: ImportFacts,
  table: Table,
  file: InputFile,
): Promise<void> {
  const { settings, countBefore, moment } = facts
  const { mode, key = [] } = settings
  const { job, options } = state
  const start = { moment, wasEmpty: countBefore === 0, openedAt: performance.now() }
  const filled = new Set(file.columns.map(({ name }) => name))
  const absentColumns = table.columns.map(({ name }) => name).filter((name) => !filled.has(name))
  const about = { notes: file.source.notes, absentColumns }
  const begin = (): void => {
    options.onStart?.({
      job: job.id,
      resumed: job.rows.reachedBefore > 0,
      table: table.name,
      version: facts.version,
      file: facts.input.name,
      mode,
      ...about,
    })
    state.phase('writing')
  }
  const errorsOf = (item: ReadRow, first: RowErrors): Promise<RowErrors> =>
    allErrors(options.table, item, first, options.signal)
  if (mode === 'insert') {
    begin()
    return insertRows(state, { reader: await file.reader(), table, start, allErrors: errorsOf })
  }
  const openReader = () => file.reader()
  const { allowEmpty = false } = settings
  const keyed = { mode, key, allowEmpty, table, about, begin, openReader, start }
  return importByKey(state, { ...keyed, name: facts.input.name, allErrors: errorsOf })
}

/** @param job that may have written rows of the file as it was; none where nothing was written */
export function changedMeanwhile(name: string, job?: string): InvalidInputError {
  return new InvalidInputError(`${name} was changed while it was read`, {
    hint:
      job === undefined
        ? 'Run the import again once nothing writes to the file.'
        : beginAgain({ id: job, mayHaveWritten: true }, 'To write the file as it is now'),
  })
}

/** The files beside the input. Those that cannot be written stop the run, as its job keeps the rows. */
async function writeFiles(
  state: RunState,
  { input, settings }: ImportFacts,
  file: InputFile,
): Promise<ReportFiles> {
  const { job } = state
  const beside = input.path === undefined ? process.cwd() : dirname(input.path)
  const target = { folder: settings.outDir ?? beside, name: input.name }
  const { format, header, isPlainUtf8 } = file.source
  const delimiter = delimiterOf(file, settings)
  const texts = file.columns.filter(({ type }) => type === 'text')
  const textColumns = new Set(texts.map(({ index }) => index))
  const shape = { format, header, delimiter, isPlainUtf8, sheet: settings.sheet, textColumns }
  const before = (job.lastReport as KeptReport | undefined)?.fileMarks ?? {}
  try {
    return await writeReportFiles(target, shape, problemsOf(job), before)
  } catch (error) {
    state.keep(() => {
      throw error
    })
    return { files: { rejected: undefined, errors: undefined, unknown: undefined }, marks: before }
  }
}

/**
 * A file separated by `;` with a number such as `1.234` is refused where none of its numbers shows the
 * decimal mark; those that do may be among the rows that were written.
 */
function delimiterOf(
  { source: { delimiter }, columns }: InputFile,
  { delimiter: said, decimal }: ImportSettings,
): string | undefined {
  const isOpen = said === undefined && decimal === undefined && delimiter === ';'
  return isOpen && columns.some(({ type }) => type === 'numeric') ? ',' : delimiter
}

function* problemsOf({ rows }: Job): Generator<KeptProblem, void, undefined> {
  for (const text of rows.problems()) yield JSON.parse(text) as KeptProblem
}

/** The table's own count; undefined where it cannot be told, which is no reason not to import. */
export async function countRecords({
  table,
  signal,
  stop,
}: RunOptions): Promise<number | undefined> {
  if (signal?.aborted || stop?.aborted) return undefined
  try {
    return await table.count()
  } catch (error) {
    if (error instanceof ChatlayerError) return undefined
    throw error
  }
}

async function compareCounts(
  { countBefore: before }: ImportFacts,
  { options, inserted, deleted, stopped, progress }: RunState,
): Promise<TableCount | undefined> {
  if (before === undefined || stopped?.reason === 'gateway') return undefined
  const after = await countRecords(options)
  if (after === undefined) return undefined
  const least = before + inserted - deleted
  const most = least + progress.unknown
  return { before, after, least, most, fits: after >= least && after <= most }
}

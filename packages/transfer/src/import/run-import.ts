/** One run of an import that is ready to go: the writing, and the account of it. */
import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ChatlayerError, InvalidInputError, type Table } from '@chatlayer-tables/core'
import { type Fingerprint, looksUnchanged } from '../job/fingerprint.ts'
import type { Job } from '../job/job.ts'
import { findHeldTwice } from './held-twice.ts'
import { importByKey } from './import-by-key.ts'
import type { ImportFacts } from './import-facts.ts'
import type { ImportFiles, ImportReport, RunOptions, TableCount } from './import-types.ts'
import type { InputFile } from './input-file.ts'
import { type KeptProblem, writeReportFiles } from './report-files.ts'
import type { RunState } from './run-state.ts'
import { insertRows } from './write-rows.ts'

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
  const { rows, isWhole } = await countRows(state, file)
  if (!(await looksUnchanged(file.path, fingerprint))) state.stop(changedMeanwhile(input.name))
  const { read, ok, unchanged, rejected, unknown, unsent, storedOtherwise } = state.end(rows)
  const { inserted, updated, deleted, notDeleted } = state
  const files = await writeFiles(state, facts, file)
  const tableCount = await compareCounts(facts, state)
  const isMisfit = tableCount?.fits === false
  const heldTwice = isMisfit ? await findHeldTwice(settings, table, file, state.options) : []
  const { stopped } = state
  const report = keepReport(state, {
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
    readToEnd: isWhole,
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
function keepReport(state: RunState, report: ImportReport): ImportReport {
  const { job } = state
  state.keep(() => {
    job.report({ ...report, stopped: report.stopped?.reason })
    if (report.finished) job.finish(state.options.keepStored)
  })
  const { stopped } = state
  return { ...report, stopped, finished: report.finished && stopped === undefined }
}

/** After a stop the rest of the file is read for this long to count its rows. */
const COUNTING_MS = 10_000

/** How many rows the file has, where the run stopped before its end. */
async function countRows(
  { stopped, hasReadAll, options: { signal } }: RunState,
  file: InputFile,
): Promise<{ rows: number | undefined; isWhole: boolean }> {
  if (stopped === undefined || hasReadAll) return { rows: undefined, isWhole: true }
  if (stopped.reason === 'file') return { rows: undefined, isWhole: false }
  const until = performance.now() + COUNTING_MS
  return file.countRows(() => signal?.aborted === true || performance.now() > until)
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
  const filled = new Set(file.match(table))
  const absentColumns = table.columns.map(({ name }) => name).filter((name) => !filled.has(name))
  const about = { notes: file.notes, absentColumns }
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
  if (mode === 'insert') {
    begin()
    return insertRows(state, { reader: await file.reader(), table, start })
  }
  const openReader = () => file.reader()
  return importByKey(state, { mode, key, table, about, begin, openReader, start })
}

function changedMeanwhile(name: string): NonNullable<RunState['stopped']> {
  const message = `${name} was changed while it was read`
  const hint = 'What was written is what stood there then. Compare the table with the file.'
  return { reason: 'file', error: new InvalidInputError(message, { hint }) }
}

/** The files beside the input. Those that cannot be written stop the run, as its job keeps the rows. */
async function writeFiles(
  state: RunState,
  { input, settings }: ImportFacts,
  file: InputFile,
): Promise<ImportFiles> {
  const { job } = state
  const beside = input.path === undefined ? process.cwd() : dirname(input.path)
  const target = { folder: settings.outDir ?? beside, name: input.name }
  const before = (job.lastReport as ImportReport | undefined)?.files
  try {
    return await writeReportFiles(target, file.header, problemsOf(job), before)
  } catch (error) {
    state.keep(() => {
      throw error
    })
    return { rejected: undefined, errors: undefined, unknown: undefined }
  }
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

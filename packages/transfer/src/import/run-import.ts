/** One run of an import that is ready to go: the writing, and the account of it. */
import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ChatlayerError, InvalidInputError, type Table } from '@chatlayer-tables/core'
import { type Fingerprint, looksUnchanged } from '../job/fingerprint.ts'
import type { Job } from '../job/job.ts'
import { importByKey } from './import-by-key.ts'
import { findHeldTwice } from './held-twice.ts'
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
  const { job, options } = state
  const { settings, input, version } = facts
  const filled = new Set(file.match(table))
  options.onStart?.({
    job: job.id,
    resumed: job.rows.reachedBefore > 0,
    table: table.name,
    version,
    file: input.name,
    mode: settings.mode,
    notes: file.notes,
    absentColumns: table.columns.map(({ name }) => name).filter((name) => !filled.has(name)),
  })
  await write(state, facts, table, file)
  if (!(await looksUnchanged(file.path, fingerprint))) state.stop(changedMeanwhile(input.name))
  const { read, ok, unchanged, rejected, unknown, unsent, storedOtherwise } = state.end()
  const { inserted, updated, deleted, notDeleted, stopped } = state
  const finished = stopped === undefined && unsent === 0 && !state.isOpen
  const tableCount = await compareCounts(facts, state)
  const report: ImportReport = {
    job: job.id,
    finished,
    table: table.name,
    version,
    file: input.name,
    mode: settings.mode,
    ...{ read, ok, unchanged, rejected, unknown, unsent, storedOtherwise },
    ...{ inserted, updated, deleted, notDeleted },
    elapsedMs: Math.round(performance.now() - startedAt),
    stopped,
    files: await writeFiles(job, facts, file),
    tableCount,
    heldTwice: tableCount?.fits === false ? await findHeldTwice(settings, table, file, options) : [],
  }
  job.report({ ...report, stopped: stopped?.reason })
  if (finished) {
    job.finish(options.keepStored)
    // What came as a stream was kept for the job alone.
    if (input.path === undefined) await rm(file.path, { force: true })
  }
  state.hasEnded = true
  return report
}

async function write(
  state: RunState,
  { settings, countBefore, moment }: ImportFacts,
  table: Table,
  file: InputFile,
): Promise<void> {
  const { mode, key = [] } = settings
  const start = { moment, wasEmpty: countBefore === 0, openedAt: performance.now() }
  if (mode === 'insert') {
    state.phase('writing')
    return insertRows(state, { reader: await file.reader(), table, start })
  }
  return importByKey(state, { mode, key, table, openReader: () => file.reader(), start })
}

function changedMeanwhile(name: string): NonNullable<RunState['stopped']> {
  const message = `${name} was changed while it was read`
  const hint = 'What was written is what stood there then. Compare the table with the file.'
  return { reason: 'file', error: new InvalidInputError(message, { hint }) }
}

function writeFiles(
  job: Job,
  { input, settings }: ImportFacts,
  file: InputFile,
): Promise<ImportFiles> {
  const beside = input.path === undefined ? process.cwd() : dirname(input.path)
  const target = { folder: settings.outDir ?? beside, name: input.name }
  const before = (job.lastReport as ImportReport | undefined)?.files
  return writeReportFiles(target, file.header, problemsOf(job), before)
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

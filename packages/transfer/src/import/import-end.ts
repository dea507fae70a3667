/** The end of a run of an import: the files with the rows that were not written, and the table's count. */
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { ChatlayerError } from '@chatlayer-tables/core'
import type { Job } from '../job/job.ts'
import type { ImportRun } from './import-run.ts'
import type { ImportReport, ImportSettings, RunOptions, TableCount } from './import-types.ts'
import type { InputFile } from './input-file.ts'
import type { KeptProblem } from './kept-problem.ts'
import { type FileMarks, type ReportFiles, writeReportFiles } from './report-files.ts'

/** The report as the job keeps it, with what else the next run needs to know. */
export interface KeptReport extends Omit<ImportReport, 'stopped'> {
  readonly stopped: NonNullable<ImportReport['stopped']>['reason'] | undefined
  readonly fileMarks: FileMarks
}

/** The files beside the input. Those that cannot be written stop the run, as its job keeps the rows. */
export async function writeFiles(run: ImportRun): Promise<ReportFiles> {
  const { job, facts, work } = run
  const { input, settings } = facts
  const { file } = work
  const beside = input.path === undefined ? process.cwd() : dirname(input.path)
  const chosen = settings.outDir ?? beside
  // A job that began on another machine may name a folder that this one does not have.
  const folder = job.feed === undefined || existsSync(chosen) ? chosen : process.cwd()
  const name = input.format === undefined ? input.name : fileName(input.name)
  const target = { folder, name }
  const { format, header, isPlainUtf8 } = file.source
  const delimiter = delimiterOf(file, settings)
  const texts = file.columns.filter(({ type }) => type === 'text')
  const textColumns = new Set(texts.map(({ index }) => index))
  const shape = { format, header, delimiter, isPlainUtf8, sheet: settings.sheet, textColumns }
  const before = (job.lastReport as KeptReport | undefined)?.fileMarks ?? {}
  try {
    return await writeReportFiles(target, shape, problemsOf(job), before)
  } catch (error) {
    run.keep(() => {
      throw error
    })
    return { files: { rejected: undefined, errors: undefined, unknown: undefined }, marks: before }
  }
}

/** A name for files, from the end of an address: `public.stores.ndjson` for a table of a database. */
function fileName(address: string): string {
  const [end = ''] = /[^#/?]*$/.exec(address.replace(/[#/?]+$/, '')) ?? []
  return `${end.replace(/[^\p{L}\p{N}._-]+/gu, '_').slice(0, MAX_FILE_NAME)}.ndjson`
}

const MAX_FILE_NAME = 80

/**
 * A file separated by `;` with a number such as `1.234` is rejected where none of its numbers shows the
 * decimal mark; those that do may be among the rows that were written.
 */
function delimiterOf(
  { source: { delimiter }, columns }: InputFile,
  { delimiter: set, decimal }: ImportSettings,
): string | undefined {
  const isOpen = set === undefined && decimal === undefined && delimiter === ';'
  return isOpen && columns.some(({ type }) => type === 'numeric') ? ',' : delimiter
}

function* problemsOf({ rows }: Job): Generator<KeptProblem, void, undefined> {
  for (const text of rows.problems()) yield JSON.parse(text) as KeptProblem
}

/** The table's own count; undefined where it is not available, which does not keep the import from running. */
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

export async function compareCounts(run: ImportRun): Promise<TableCount | undefined> {
  const { options, inserted, deleted, stopped, progress } = run
  const before = run.facts.countBefore
  if (before === undefined || stopped?.reason === 'gateway') return undefined
  const after = await countRecords(options)
  if (after === undefined) return undefined
  const least = before + inserted - deleted
  const most = least + progress.unknown
  return { before, after, least, most, fits: after >= least && after <= most }
}

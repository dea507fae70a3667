/** One table of a restore: an import of its records, then a comparison with the backup. */
import { basename, extname } from 'node:path'
import { ChatlayerError } from '@chatlayer-tables/core'
import {
  checkFile,
  type ImportMode,
  type ImportReport,
  type ImportSettings,
  importFile,
  type RunOptions,
  resumeImport,
} from '../import/index.ts'
import { INTERRUPTED, type JobRun } from '../job/job-run.ts'
import { comparePart, countPart } from './compare-part.ts'
import { keptLines } from './kept-rows.ts'
import { emptiesFirst, type PartContext } from './part-context.ts'
import type { RestoreFacts } from './restore-facts.ts'
import type {
  RestoredPart,
  RestorePart,
  RestoreReport,
  RestoreRunOptions,
} from './restore-types.ts'

/** The run that the part belongs to. */
type Run = JobRun<RestoreFacts, RestoreRunOptions, RestoreReport>

/** What a check needs, which makes no job. */
type CheckContext = Omit<PartContext, 'store'>

/** How far a part came in one run. */
export interface PartEnd {
  readonly restored: RestoredPart
  readonly notCompared: ChatlayerError | undefined
}

/**
 * Continues a part from where an earlier process left it, to its end unless the run stops.
 *
 * @param before how an earlier run left it; null where none came to its end
 * @throws InvalidInputError when the import cannot begin; ChatlayerError when its table cannot be
 *   read, and the reason of an abort
 */
export async function runPart(
  run: Run,
  part: RestorePart,
  context: PartContext,
  before: RestoredPart | null,
): Promise<PartEnd> {
  const restored = before?.finished === true ? before : await write(run, part, context)
  if (!restored.finished) return { restored, notCompared: undefined }
  try {
    const comparison = await comparePart(part, context, restored)
    const tableCount = countPart(part, restored, comparison)
    return { restored: { ...restored, comparison, tableCount }, notCompared: undefined }
  } catch (error) {
    const stop = run.stopOf(error)
    if (stop === undefined && error instanceof ChatlayerError)
      return { restored, notCompared: error }
    run.stopBy(error)
    return { restored, notCompared: undefined }
  }
}

/** The job of the import shows whether an earlier process had deleted what was to be deleted. */
async function write(run: Run, part: RestorePart, context: PartContext): Promise<RestoredPart> {
  const { store } = context
  const [begun] = await store.list()
  // Its rows are those of the report; what was deleted before is not part of it.
  const deletedBefore = emptiesFirst(part) ? part.before : 0
  if (begun?.status === 'done') {
    return afterImport(run, part, begun.report as ImportReport, deletedBefore)
  }
  if (begun !== undefined) {
    const report = await resumeImport({ ...runOptions(context), job: await store.open(begun.id) })
    return afterImport(run, part, report, deletedBefore)
  }
  const deleted = emptiesFirst(part) ? await deleteAll(run, context) : 0
  if (run.stopped !== undefined) return restoredOf(part, undefined, deleted, false)
  if (part.records === 0) {
    context.onBegin()
    return restoredOf(part, undefined, deleted, true)
  }
  const report = await importFile({
    ...runOptions(context),
    store,
    input: asInput(part, context),
    settings: settingsOf(part, context),
  })
  return afterImport(run, part, report, deleted)
}

function afterImport(
  run: Run,
  part: RestorePart,
  report: ImportReport,
  deleted: number,
): RestoredPart {
  if (report.stopped !== undefined) run.stop(report.stopped)
  return restoredOf(part, report, deleted, report.finished)
}

function restoredOf(
  { from, into, version, mode, records }: RestorePart,
  report: ImportReport | undefined,
  deleted: number,
  finished: boolean,
): RestoredPart {
  const { inserted = 0, updated = 0, unchanged = 0, rejected = 0, unknown = 0 } = report ?? {}
  const { storedOtherwise = 0, heldTwice = [] } = report ?? {}
  return {
    from: { table: from.table, version: from.version },
    into: { table: into.name, version },
    mode,
    records,
    ...{ inserted, updated, unchanged, rejected, unknown },
    unsent: records - inserted - updated - unchanged - rejected - unknown,
    storedOtherwise,
    deleted: deleted + (report?.deleted ?? 0),
    notDeleted: report?.notDeleted ?? 0,
    files: report?.files ?? { rejected: undefined, errors: undefined, unknown: undefined },
    finished,
    comparison: undefined,
    tableCount: report?.tableCount,
    heldTwice,
  }
}

/** @returns how many records were deleted; fewer than there are where the run stops */
async function deleteAll(run: Run, context: PartContext): Promise<number> {
  const { table, signal, onProgress, onBegin } = context
  let done = 0
  onBegin()
  try {
    for await (const outcome of table.delete({}, { all: true, signal })) {
      // The record was deleted meanwhile.
      if (outcome.status !== 'ok' && outcome.error.code !== 'NOT_FOUND') {
        run.stopBy(outcome.error)
        return done
      }
      onProgress({ phase: 'deleting', done: ++done, rejected: 0, unknown: 0 })
    }
  } catch (error) {
    run.stopBy(error)
  }
  if (run.isInterrupted) run.stop(INTERRUPTED)
  return done
}

const IMPORT_MODES: Readonly<Record<RestorePart['mode'], ImportMode>> = {
  append: 'insert',
  upsert: 'upsert',
  replace: 'replace',
}

function settingsOf(part: RestorePart, { outDir, acceptStored }: CheckContext): ImportSettings {
  const { key } = part
  const mode = emptiesFirst(part) || key === undefined ? 'insert' : IMPORT_MODES[part.mode]
  return {
    mode,
    key: mode === 'insert' ? undefined : key,
    format: 'ndjson',
    encoding: 'utf-8',
    outDir,
    acceptStored,
  }
}

/** The import keeps a copy with its job until it is done, as for standard input. */
function asInput(part: RestorePart, { file, stop }: CheckContext) {
  const name = `${basename(file, extname(file))}.${basename(part.from.path)}`
  return { stream: keptLines(file, part, stop), name }
}

function runOptions(context: PartContext): RunOptions {
  const { table, connection, stop, signal, onBegin, onProgress, onProblem } = context
  return {
    table,
    connection,
    stop,
    signal,
    // The comparison needs the ids of these records.
    keepStored: true,
    onStart: onBegin,
    onProblem,
    onProgress(progress) {
      const { phase, ok, unchanged, rejected, unknown, compared, read } = progress
      const isChecking = phase === 'reading' || phase === 'comparing'
      const done = isChecking ? Math.max(compared, read) : ok + unchanged
      onProgress({ phase: isChecking ? 'checking' : phase, done, rejected, unknown })
    },
  }
}

/**
 * Reports which records of a part the client would reject, without writing.
 *
 * @throws InvalidInputError when rows of it share a key, and what reading the table throws
 */
export async function checkPart(part: RestorePart, context: CheckContext) {
  if (part.records === 0) return { problems: 0, plan: undefined }
  return await checkFile({
    table: context.table,
    input: asInput(part, context),
    settings: settingsOf(part, context),
    signal: context.stop,
    onProblem: context.onProblem,
    onProgress: (rows, records) =>
      context.onProgress({
        phase: 'checking',
        done: rows + records,
        rejected: 0,
        unknown: 0,
      }),
  })
}

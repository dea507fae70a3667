/** One table of a restore: an import of its records, and a look at what came of it. */
import { basename, extname } from 'node:path'
import { ChatlayerError, type Table, type TableHandle } from '@chatlayer-tables/core'
import { checkFile } from '../import/check-file.ts'
import { importFile, resumeImport } from '../import/import-file.ts'
import type {
  ImportConnection,
  ImportMode,
  ImportReport,
  ImportSettings,
  ImportStop,
  RowProblem,
  RunOptions,
  TableCount,
} from '../import/import-types.ts'
import { JobStore } from '../job/job-store.ts'
import { storageStop } from '../job/storage-stop.ts'
import { type ContentComparison, compareContents } from './compare-contents.ts'
import { keptLines, keptRows } from './kept-rows.ts'
import type { RestoredPart, RestorePart, RestoreProgress } from './restore-types.ts'

export interface PartContext {
  /** The archive. */
  readonly file: string
  /** Of this part alone; holds the job of its import, once that has begun. */
  readonly folder: string
  readonly outDir: string
  readonly table: TableHandle
  readonly connection: ImportConnection
  readonly acceptStored: boolean | undefined
  readonly stop: AbortSignal | undefined
  readonly signal: AbortSignal | undefined
  readonly onProgress: (
    progress: Pick<RestoreProgress, 'phase' | 'done' | 'rejected' | 'unknown'>,
  ) => void
  readonly onProblem: (problem: RowProblem) => void
  /** Called before anything is deleted or written. */
  readonly onBegin: () => void
}

/** How far a part came in one run. */
export interface PartEnd {
  readonly restored: RestoredPart
  readonly stopped: ImportStop | undefined
  readonly notCompared: ChatlayerError | undefined
}

/**
 * Goes on with a part from wherever an earlier process left it, to its end unless something stops it.
 *
 * @param before how an earlier run left it; null where none came to its end
 * @throws InvalidInputError when the import cannot begin; ChatlayerError when its table cannot be
 *   read, and the reason of an abort
 */
export async function runPart(
  part: RestorePart,
  context: PartContext,
  before: RestoredPart | null,
): Promise<PartEnd> {
  const isWritten = before?.finished === true
  const { restored, stopped } = isWritten
    ? { restored: before, stopped: undefined }
    : await write(part, context)
  if (!restored.finished) return { restored, stopped, notCompared: undefined }
  try {
    const comparison = await compare(part, context, restored)
    const tableCount = countOf(part, restored, comparison)
    return { restored: { ...restored, comparison, tableCount }, stopped, notCompared: undefined }
  } catch (error) {
    if (isInterrupted(context)) return { restored, stopped: INTERRUPTED, notCompared: undefined }
    const storage = storageStop(error, context.folder)
    if (storage !== undefined) return { restored, stopped: storage, notCompared: undefined }
    if (!(error instanceof ChatlayerError)) throw error
    return { restored, stopped, notCompared: error }
  }
}

const INTERRUPTED: ImportStop = { reason: 'interrupted', error: undefined }

function isInterrupted({ stop, signal }: PartContext): boolean {
  return stop?.aborted === true || signal?.aborted === true
}

interface Written {
  readonly restored: RestoredPart
  readonly stopped: ImportStop | undefined
}

/** The job of the import tells whether an earlier process had deleted what was to be deleted. */
async function write(part: RestorePart, context: PartContext): Promise<Written> {
  const store = new JobStore(context.folder)
  const [begun] = store.list()
  // Its rows are those of the report; what was deleted before is no part of it.
  const deletedBefore = emptiesFirst(part) ? part.before : 0
  if (begun?.status === 'done') return asWritten(part, begun.report as ImportReport, deletedBefore)
  if (begun !== undefined) {
    const report = await resumeImport({ ...runOptions(context), job: store.open(begun.id) })
    return asWritten(part, report, deletedBefore)
  }
  let deleted = 0
  if (emptiesFirst(part)) {
    const { done, stopped } = await deleteAll(context)
    deleted = done
    if (stopped !== undefined) {
      return { restored: restoredOf(part, undefined, deleted, false), stopped }
    }
  }
  if (part.records === 0) {
    context.onBegin()
    return { restored: restoredOf(part, undefined, deleted, true), stopped: undefined }
  }
  const report = await importFile({
    ...runOptions(context),
    store,
    input: asInput(part, context),
    settings: settingsOf(part, context),
  })
  return asWritten(part, report, deleted)
}

/** With a key, what the backup lacks is deleted by the import, once all else is written. */
function emptiesFirst({ mode, key, records }: RestorePart): boolean {
  return mode === 'replace' && (key === undefined || records === 0)
}

function asWritten(part: RestorePart, report: ImportReport, deleted: number): Written {
  const { finished, stopped } = report
  return { restored: restoredOf(part, report, deleted, finished), stopped }
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

async function deleteAll(
  context: PartContext,
): Promise<{ done: number; stopped: ImportStop | undefined }> {
  const { table, folder, signal, onProgress, onBegin } = context
  let done = 0
  onBegin()
  try {
    for await (const outcome of table.delete({}, { all: true, signal })) {
      // A record that somebody else deleted meanwhile is as good as deleted.
      if (outcome.status !== 'ok' && outcome.error.code !== 'NOT_FOUND') {
        const { error } = outcome
        return { done, stopped: storageStop(error, folder) ?? { reason: 'gateway', error } }
      }
      onProgress({ phase: 'deleting', done: ++done, rejected: 0, unknown: 0 })
    }
  } catch (error) {
    if (isInterrupted(context)) return { done, stopped: INTERRUPTED }
    const storage = storageStop(error, folder)
    if (storage !== undefined) return { done, stopped: storage }
    if (!(error instanceof ChatlayerError)) throw error
    return { done, stopped: { reason: 'gateway', error } }
  }
  return { done, stopped: isInterrupted(context) ? INTERRUPTED : undefined }
}

const IMPORT_MODES: Readonly<Record<RestorePart['mode'], ImportMode>> = {
  append: 'insert',
  upsert: 'upsert',
  replace: 'replace',
}

function settingsOf(part: RestorePart, { outDir, acceptStored }: PartContext): ImportSettings {
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

/** The import keeps a copy with its job, as it does of standard input, until it is done. */
function asInput(part: RestorePart, { file, stop }: PartContext) {
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
    // The comparison asks which records they are.
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
 * Finds out without writing what the client would refuse of a part.
 *
 * @throws InvalidInputError when rows of it share a key, and what reading the table throws
 */
export async function checkPart(part: RestorePart, context: PartContext) {
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

/**
 * The table beside the backup. Where it held records before that were to stay, the backup's need
 * only be among them.
 */
async function compare(
  part: RestorePart,
  context: PartContext,
  { storedOtherwise }: RestoredPart,
): Promise<ContentComparison> {
  const { file, folder, table, stop, signal, onProgress } = context
  const store = new JobStore(folder)
  const [job] = storedOtherwise > 0 ? store.list().map(({ id }) => store.open(id)) : []
  const definition: Table = await table.definition({ signal })
  const exact = part.mode === 'replace' || part.before === 0
  const filled = part.columns.map(([, name]) => name)
  try {
    return await compareContents({
      kept: keptRows(file, part),
      table,
      definition,
      columns: exact ? definition.columns.map(({ name }) => name) : filled,
      exact,
      stored: job?.storedRows(),
      signal:
        signal === undefined ? stop : stop === undefined ? signal : AbortSignal.any([signal, stop]),
      onProgress(done) {
        stop?.throwIfAborted()
        onProgress({ phase: 'comparing', done, rejected: 0, unknown: 0 })
      },
    })
  } finally {
    job?.close()
  }
}

/** The records of the table as they were compared, and how many there should be. */
function countOf(
  part: RestorePart,
  { inserted, deleted, unknown }: RestoredPart,
  { records: after }: ContentComparison,
): TableCount {
  const { before } = part
  const least = emptiesFirst(part) ? inserted : before + inserted - deleted
  const most = least + unknown
  return { before, after, least, most, fits: after >= least && after <= most }
}

/** An import from its beginning, and one that goes on. */
import { rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { ChatlayerError, InvalidInputError, type Table } from '@chatlayer-tables/core'
import { type Fingerprint, fingerprintFile, looksUnchanged } from '../job/fingerprint.ts'
import type { Job } from '../job/job.ts'
import type { JobStore } from '../job/job-store.ts'
import { openSource } from '../source/open-source.ts'
import type { Source } from '../source/source.ts'
import {
  checkConnection,
  checkInput,
  checkTable,
  type ImportFacts,
  importFacts,
} from './import-facts.ts'
import type {
  ImportFiles,
  ImportReport,
  ImportSettings,
  RunOptions,
  TableCount,
} from './import-types.ts'
import { insertRows } from './insert-rows.ts'
import { type KeptProblem, writeReportFiles } from './report-files.ts'
import { RowReader } from './row-reader.ts'
import { RowTotal } from './row-total.ts'
import { RunState } from './run-state.ts'
import { spool } from './spool.ts'

/** A file by its path, or bytes that come once, such as standard input, with what to call them. */
export type ImportInput =
  | { readonly path: string }
  | { readonly stream: AsyncIterable<Uint8Array>; readonly name: string }

export interface ImportOptions extends RunOptions {
  /** Where the job is kept. */
  readonly store: JobStore
  readonly input: ImportInput
  readonly settings: ImportSettings
}

/** The name of the copy that a job keeps of what came as a stream. */
const SPOOLED = 'input'

/**
 * Writes the rows of a file into a table, many at a time, with memory that does not grow with the
 * file. Every row ends as exactly one of ok, unchanged, rejected, unknown and unsent.
 *
 * The import is a job in `store`: however this process ends, {@link resumeImport} goes on with it,
 * and no row is lost or written twice. Trouble with rows, and an end before the file's, are told in
 * the report; they do not throw.
 *
 * @throws InvalidInputError when the file cannot be read or its columns do not fit the table,
 *   ChatlayerError when the table cannot be read, the system's error when the job cannot be kept;
 *   nothing has been written then
 */
export async function importFile(options: ImportOptions): Promise<ImportReport> {
  const { table: target, connection, input, settings, store, signal } = options
  const prepared = store.prepare()
  let job: Job | undefined
  let source: Source | undefined
  try {
    const path = 'path' in input ? resolve(input.path) : join(prepared.folder, SPOOLED)
    if ('stream' in input) await spool(input.stream, path, signal)
    source = await openSource({ path }, settings)
    const definition = await target.definition({ signal })
    const reader = new RowReader(source, definition, settings)
    const { id, name, columns } = definition
    const fingerprint = await fingerprintFile(path, signal)
    const facts: ImportFacts = {
      kind: 'import',
      createdAt: new Date().toISOString(),
      connection,
      table: { id, name, columns },
      version: target.version,
      input: {
        name: 'path' in input ? basename(path) : input.name,
        path: 'path' in input ? path : undefined,
        fingerprint,
      },
      settings,
      countBefore: await countOf(options),
    }
    job = prepared.begin(facts)
    return await run(job, facts, { source, reader, definition, path, fingerprint }, options)
  } finally {
    await source?.close()
    if (job === undefined) prepared.discard()
    else job.close()
  }
}

export interface ResumeOptions extends RunOptions {
  readonly job: Job
}

/**
 * Goes on with an import. Rows that an earlier process may have sent, and of which it never knew how
 * they ended, are looked for before they are sent.
 *
 * The job is closed when it ends.
 *
 * @throws InvalidInputError when the file, the table or the connection is not what it was when the
 *   job began, naming the difference; otherwise as {@link importFile}. Nothing has been written then
 */
export async function resumeImport(options: ResumeOptions): Promise<ImportReport> {
  const { job, table: target, connection, signal } = options
  let source: Source | undefined
  try {
    const facts = importFacts(job.id, job.facts)
    if (job.isDone) {
      throw new InvalidInputError(`job ${job.id} is done; there is nothing to go on with`)
    }
    checkConnection(facts, connection, target.version)
    const path = facts.input.path ?? join(job.folder, SPOOLED)
    source = await openSource({ path }, facts.settings)
    const fingerprint = await fingerprintFile(path, signal)
    checkInput(facts, fingerprint)
    const definition = await target.definition({ signal })
    checkTable(facts, definition)
    const reader = new RowReader(source, definition, facts.settings)
    return await run(job, facts, { source, reader, definition, path, fingerprint }, options)
  } finally {
    await source?.close()
    job.close()
  }
}

interface Opened {
  readonly source: Source
  readonly reader: RowReader
  readonly definition: Table
  readonly path: string
  /** As the file is now. */
  readonly fingerprint: Fingerprint
}

async function run(
  job: Job,
  facts: ImportFacts,
  { source, reader, definition, path, fingerprint }: Opened,
  options: RunOptions,
): Promise<ImportReport> {
  const startedAt = performance.now()
  const openedAt = Date.now()
  const { settings, input, version } = facts
  const rows = new RowTotal(source, fingerprint.lines)
  const state = new RunState(job, options, settings.maxErrors, rows)
  const filled = new Set(reader.columns.map(({ name }) => name))
  options.onStart?.({
    job: job.id,
    resumed: job.rows.reachedBefore > 0,
    table: definition.name,
    version,
    file: input.name,
    mode: settings.mode,
    notes: source.notes,
    absentColumns: definition.columns.map(({ name }) => name).filter((name) => !filled.has(name)),
  })
  await insertRows(state, {
    reader,
    table: definition,
    begunAt: Date.parse(facts.createdAt),
    openedAt,
  })
  if (!(await looksUnchanged(path, fingerprint))) {
    const message = `${input.name} was changed while it was read`
    const hint = 'What was written is what stood there then. Compare the table with the file.'
    state.stop({ reason: 'file', error: new InvalidInputError(message, { hint }) })
  }
  const counts = { ...state.end() }
  const finished = state.stopped === undefined && counts.unsent === 0 && !state.isOpen
  const before = (job.lastReport as ImportReport | undefined)?.files
  const report: ImportReport = {
    job: job.id,
    finished,
    table: definition.name,
    version,
    file: input.name,
    mode: settings.mode,
    read: counts.read,
    ok: counts.ok,
    unchanged: counts.unchanged,
    rejected: counts.rejected,
    unknown: counts.unknown,
    unsent: counts.unsent,
    inserted: state.inserted,
    updated: state.updated,
    deleted: 0,
    elapsedMs: Math.round(performance.now() - startedAt),
    stopped: state.stopped,
    files: await writeFiles(job, facts, path, source, before),
    tableCount: await compareCounts(facts, state, options),
  }
  job.report({ ...report, stopped: report.stopped?.reason })
  if (finished) {
    job.finish()
    if (input.path === undefined) await rm(path, { force: true })
  }
  return report
}

function writeFiles(
  job: Job,
  { input, settings }: ImportFacts,
  path: string,
  source: Source,
  before: ImportFiles | undefined,
): Promise<ImportFiles> {
  const folder = settings.outDir ?? (input.path === undefined ? process.cwd() : dirname(path))
  return writeReportFiles({ folder, name: input.name }, source.header, problemsOf(job), before)
}

function* problemsOf({ rows }: Job): Generator<KeptProblem, void, undefined> {
  for (const text of rows.problems()) yield JSON.parse(text) as KeptProblem
}

/** The table's own count; undefined where it cannot be told, which is no reason not to import. */
async function countOf({ table, signal, stop }: RunOptions): Promise<number | undefined> {
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
  state: RunState,
  options: RunOptions,
): Promise<TableCount | undefined> {
  if (before === undefined || state.stopped?.reason === 'gateway') return undefined
  const after = await countOf(options)
  if (after === undefined) return undefined
  const least = before + state.inserted
  return { before, after, least, most: least + state.progress.unknown }
}

/** An import from its beginning, and one that goes on. */
import { createReadStream, type Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { InvalidInputError } from '@chatlayer-tables/core'
import { anyOf } from '../job/any-of.ts'
import { FileHash, fingerprintFile, looksUnchanged } from '../job/fingerprint.ts'
import type { Job } from '../job/job.ts'
import type { JobStore } from '../job/job-store.ts'
import { spool } from '../job/spool.ts'
import { readingError } from '../source/bytes.ts'
import { FirstPass, NO_PROGRESS } from './first-pass.ts'
import {
  checkConnection,
  checkInput,
  checkTable,
  type ImportFacts,
  importFacts,
} from './import-facts.ts'
import type { ImportReport, ImportSettings, RunOptions } from './import-types.ts'
import { InputFile } from './input-file.ts'
import { changedMeanwhile, countRecords, runImport } from './run-import.ts'
import { RunState } from './run-state.ts'

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
 * The whole file is read before the first row is written. Rows that cannot be read are rejected, and
 * do not throw; a file that stops being readable does, as do more such rows than `maxErrors` allows.
 *
 * The import is a job in `store`: however this process ends, {@link resumeImport} goes on with it,
 * and no row is lost or written twice. What the gateway refuses, and an early end, are in the report.
 *
 * @throws InvalidInputError when the file cannot be read to its end, its columns do not fit the table
 *   or its rows share a key, ChatlayerError when the table cannot be read, the system's error when the
 *   job cannot be kept, what `onPlan` throws, and the reason of an abort before the file was read;
 *   nothing has been written then, and no job is left
 */
export async function importFile(options: ImportOptions): Promise<ImportReport> {
  const { table: target, connection, input, settings, store } = options
  // Until rows are written there is nothing to bring to an end.
  const signal = anyOf(options.stop, options.signal)
  const prepared = store.prepare()
  let job: Job | undefined
  let state: RunState | undefined
  try {
    const { path, kept, stats } = await inputPath(input, join(prepared.folder, SPOOLED), signal)
    const definition = await target.definition({ signal })
    const hash = new FileHash(path, stats)
    await using file = await InputFile.open(path, settings, definition, hash)
    const total = await readThrough(options, file, signal)
    const fingerprint = await hash.fingerprint(signal)
    if (!(await looksUnchanged(path, fingerprint))) throw changedMeanwhile(nameOf(input))
    using _lock = await lockByKey(options, settings)
    const countBefore = await countRecords(options)
    const { id, name, columns } = definition
    const facts: ImportFacts = {
      kind: 'import',
      createdAt: new Date().toISOString(),
      connection,
      table: { id, name, columns },
      version: target.version,
      input: { name: nameOf(input), path: kept, fingerprint, rows: total },
      settings,
      countBefore,
      // After the first response, which shows it.
      moment: target.gatewayMoment(),
    }
    job = prepared.begin(facts)
    state = new RunState(job, options, settings.maxErrors, total)
    return await runImport(state, facts, definition, file, fingerprint)
  } finally {
    job?.close()
    if (state?.hasEnded !== true && state?.hasBegun !== true) prepared.discard()
  }
}

function nameOf(input: ImportInput): string {
  return 'path' in input ? basename(input.path) : input.name
}

/** Where the file is, and where it will be when the job is resumed; undefined for a copy of the job. */
interface InputPath {
  readonly path: string
  readonly kept: string | undefined
  readonly stats: Stats
}

/** What can be read but once, such as a pipe, is kept at `spooled`. */
async function inputPath(
  input: ImportInput,
  spooled: string,
  signal: AbortSignal | undefined,
): Promise<InputPath> {
  if ('path' in input) {
    const path = resolve(input.path)
    const stats = await stat(path).catch((error: unknown) => {
      throw readingError(error, basename(path))
    })
    if (stats.isFile() || stats.isDirectory()) return { path, kept: path, stats }
  }
  const stream = 'path' in input ? createReadStream(input.path) : input.stream
  await spool(stream, spooled, signal).catch((error: unknown) => {
    throw readingError(error, nameOf(input))
  })
  return { path: spooled, kept: undefined, stats: await stat(spooled) }
}

/**
 * Reads the whole file of an import that does not compare; one that does reads it to compare.
 *
 * @returns how many rows it has
 */
async function readThrough(
  { settings, onProgress }: ImportOptions,
  file: InputFile,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  if (settings.mode !== 'insert') return undefined
  const progress = { ...NO_PROGRESS }
  const pass = new FirstPass(await file.reader(), {
    signal,
    onRead(rows) {
      progress.read = rows
      onProgress?.(progress)
    },
  })
  await pass.run()
  pass.checkErrors(settings)
  return pass.read
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
  try {
    const facts = importFacts(job.id, job.facts)
    if (job.isDone) {
      throw new InvalidInputError(`job ${job.id} is done; there is nothing to go on with`)
    }
    checkConnection(facts, connection, target.version)
    const path = facts.input.path ?? join(job.folder, SPOOLED)
    const definition = await target.definition({ signal })
    const resumed = {
      id: job.id,
      mayHaveWritten: job.rows.reachedBefore > 0 || job.plan !== undefined,
    }
    // The file was read to its end when the job began; one that is not the same is refused.
    const fingerprint = await fingerprintFile(path, signal)
    checkInput(facts, fingerprint, resumed)
    checkTable(facts, definition, resumed)
    await using file = await InputFile.open(path, facts.settings, definition)
    using _lock = await lockByKey(options, facts.settings)
    const state = new RunState(job, options, facts.settings.maxErrors, facts.input.rows)
    return await runImport(state, facts, definition, file, fingerprint)
  } finally {
    job.close()
  }
}

async function lockByKey(
  { lockTable }: RunOptions,
  { mode }: ImportSettings,
): Promise<Disposable | undefined> {
  return mode === 'insert' ? undefined : await lockTable?.()
}

/** The kind of job that an import is: how it is begun and resumed. */
import { createReadStream, type Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { readingError } from '@chatlayer-tables/files'
import { type Input, type InputFormat, inputName, isRepeatable } from '../input/input.ts'
import { SPOOLED, spool, spoolInput } from '../input/spool.ts'
import { anyOf } from '../job/any-of.ts'
import { resumeJob, startJob } from '../job/engine.ts'
import { FileHash, fingerprintFile, looksUnchanged } from '../job/fingerprint.ts'
import type { Job } from '../job/job.ts'
import { findInput, type GivenInput, inputFile, requireInput } from '../job/job-input.ts'
import type { JobKind } from '../job/job-kind.ts'
import type { JobStore } from '../job/job-store.ts'
import { checkConnection, checkInput, checkTable } from '../job/same-job.ts'
import { FirstPass, NO_PROGRESS } from './first-pass.ts'
import { countRecords } from './import-end.ts'
import { changedMeanwhile, type ImportFacts } from './import-facts.ts'
import { ImportRun, type ImportWork } from './import-run.ts'
import type { ImportReport, ImportSettings, RunOptions } from './import-types.ts'
import { InputFile } from './input-file.ts'

export interface ImportOptions extends RunOptions {
  /** Where the job is kept. */
  readonly store: JobStore
  readonly input: Input
  readonly settings: ImportSettings
}

export interface ResumeOptions extends RunOptions {
  readonly job: Job
  /** The file, where it is not where it was when the job began; its content must be the same. */
  readonly input?: GivenInput | undefined
}

/**
 * Writes the rows of a file into a table, many at a time, with memory that does not grow with the
 * file. Every row ends as exactly one of ok, unchanged, rejected, unknown and unsent.
 *
 * The whole file is read before the first row is written. Rows that cannot be read are rejected, and
 * do not throw; a file that stops being readable does, as do more such rows than `maxErrors` allows.
 *
 * The import is a job in `store`: however this process ends, {@link resumeImport} resumes it, and no
 * row is lost or written twice. What the gateway rejects, and an early end, are in the report.
 *
 * @throws InvalidInputError when the file cannot be read to its end, its columns do not fit the table
 *   or its rows share a key, ChatlayerError when the table cannot be read, the system's error when the
 *   job cannot be kept, what `onPlan` throws, and the reason of an abort before the file was read;
 *   nothing has been written then, and no job is left
 */
export function importFile(options: ImportOptions): Promise<ImportReport> {
  return startJob(IMPORT_JOB, options)
}

/**
 * Resumes an import. Rows that an earlier process may have sent without recording how they ended are
 * searched for before they are sent.
 *
 * The job is closed when it ends.
 *
 * @throws InvalidInputError when the file, the table or the connection is not what it was when the
 *   job began, naming the difference; otherwise as {@link importFile}. Nothing has been written then
 */
export function resumeImport(options: ResumeOptions): Promise<ImportReport> {
  return resumeJob(IMPORT_JOB, options)
}

export interface ImportJob {
  facts: ImportFacts
  begin: ImportOptions
  resume: ResumeOptions
  work: ImportWork
  report: ImportReport
}

export const IMPORT_JOB: JobKind<ImportJob> = {
  name: 'import',

  async begin(options, folder, carryOut) {
    const { table: target, connection, input, settings } = options
    // Until rows are written there is nothing to bring to an end.
    const signal = anyOf(options.stop, options.signal)
    const { path, kept, stats, format } = await inputPath(input, join(folder, SPOOLED), signal)
    const definition = await target.definition({ signal })
    const hash = new FileHash(path, stats)
    const reading = { ...settings, ...format }
    await using file = await InputFile.open(path, reading, definition, hash)
    const rows = await readThrough(options, file, signal)
    const fingerprint = await hash.fingerprint(signal)
    if (!(await looksUnchanged(path, fingerprint))) throw changedMeanwhile(inputName(input))
    await using _lock = await lockByKey(options, settings)
    const countBefore = await countRecords(options)
    const { id, name, columns } = definition
    const facts: ImportFacts = {
      kind: 'import',
      createdAt: new Date().toISOString(),
      connection,
      table: { id, name, columns },
      version: target.version,
      input: { name: inputName(input), path: kept, format, fingerprint, rows },
      settings,
      countBefore,
      // After the first response, which shows it.
      moment: target.gatewayMoment(),
    }
    return await carryOut(facts, { definition, file, fingerprint })
  },

  async resume(options, facts, carryOut) {
    const { job, table: target, connection, signal } = options
    checkConnection('the job', facts, connection, target.version)
    const path = await findInput(facts.input.path, job.folder, options.input)
    await requireInput(path, job, facts.input.name)
    const definition = await target.definition({ signal })
    const data = {
      job: job.id,
      mayHaveWritten: job.rows.reachedBefore > 0 || job.plan !== undefined,
    }
    // The file was read to its end when the job began; one that is not the same is rejected.
    const fingerprint = await fingerprintFile(path, signal)
    checkInput(facts.input, fingerprint, data)
    checkTable(facts.table, definition, { code: 'TABLE_DEFINITION_CHANGED', data })
    const reading = { ...facts.settings, ...facts.input.format }
    await using file = await InputFile.open(path, reading, definition)
    await using _lock = await lockByKey(options, facts.settings)
    return await carryOut({ definition, file, fingerprint })
  },

  files: ({ input }) => [inputFile(input.path)],

  run: (job, facts, options, work) => new ImportRun(job, facts, options, work),

  overview({ table, version, input }, report) {
    const { ok = null, rejected = null, unknown = null } = (report ?? {}) as Partial<ImportReport>
    const tables = [`${table.name}@${version.toLowerCase()}`]
    return { input: input.name, tables, written: ok, rejected, unknown }
  },
}

/** Where the file is, and where it will be when the job is resumed; undefined for a copy of the job. */
interface InputPath {
  readonly path: string
  readonly kept: string | undefined
  readonly stats: Stats
  /** How it is read, where its settings do not say. */
  readonly format?: InputFormat
}

/** What can be read but once, such as a pipe, is kept at `spooled`. */
async function inputPath(
  input: Input,
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
  if (isRepeatable(input)) {
    const format = await spoolInput(input, spooled, signal)
    return { path: spooled, kept: undefined, stats: await stat(spooled), format }
  }
  const stream = 'path' in input ? createReadStream(input.path) : input.stream
  await spool(stream, spooled, signal).catch((error: unknown) => {
    throw readingError(error, inputName(input))
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

async function lockByKey(
  { lockTable }: RunOptions,
  { mode }: ImportSettings,
): Promise<AsyncDisposable | undefined> {
  return mode === 'insert' ? undefined : await lockTable?.()
}

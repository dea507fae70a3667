/** An import from its beginning, and one that goes on. */
import { basename, join, resolve } from 'node:path'
import { InvalidInputError } from '@chatlayer-tables/core'
import { type Fingerprint, fingerprintFile } from '../job/fingerprint.ts'
import type { Job } from '../job/job.ts'
import type { JobStore } from '../job/job-store.ts'
import {
  checkConnection,
  checkInput,
  checkTable,
  type ImportFacts,
  importFacts,
} from './import-facts.ts'
import type { ImportReport, ImportSettings, RunOptions } from './import-types.ts'
import { InputFile } from './input-file.ts'
import { RowTotal } from './row-total.ts'
import { countRecords, runImport } from './run-import.ts'
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
 * @throws InvalidInputError when the file cannot be read, its columns do not fit the table or its
 *   rows share a key, ChatlayerError when the table cannot be read, the system's error when the job
 *   cannot be kept, and what `onPlan` throws; nothing has been written then, and no job is left
 */
export async function importFile(options: ImportOptions): Promise<ImportReport> {
  const { table: target, connection, input, settings, store, signal } = options
  const prepared = store.prepare()
  let job: Job | undefined
  let state: RunState | undefined
  try {
    const path = 'path' in input ? resolve(input.path) : join(prepared.folder, SPOOLED)
    if ('stream' in input) await spool(input.stream, path, signal)
    await using file = await InputFile.open(path, settings)
    const definition = await target.definition({ signal })
    file.match(definition)
    const { id, name, columns } = definition
    const fingerprint = await fingerprintFile(path, signal)
    using _lock = await lockByKey(options, settings)
    const countBefore = await countRecords(options)
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
      countBefore,
      // After the first response, which shows it.
      moment: target.gatewayMoment(),
    }
    job = prepared.begin(facts)
    state = stateOf(job, options, file, fingerprint, settings)
    return await runImport(state, facts, definition, file, fingerprint)
  } finally {
    job?.close()
    if (state?.hasEnded !== true && state?.hasBegun !== true) prepared.discard()
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
  try {
    const facts = importFacts(job.id, job.facts)
    if (job.isDone) {
      throw new InvalidInputError(`job ${job.id} is done; there is nothing to go on with`)
    }
    checkConnection(facts, connection, target.version)
    const path = facts.input.path ?? join(job.folder, SPOOLED)
    await using file = await InputFile.open(path, facts.settings)
    const fingerprint = await fingerprintFile(path, signal)
    checkInput(facts, fingerprint)
    const definition = await target.definition({ signal })
    checkTable(facts, definition)
    file.match(definition)
    using _lock = await lockByKey(options, facts.settings)
    const state = stateOf(job, options, file, fingerprint, facts.settings)
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

function stateOf(
  job: Job,
  options: RunOptions,
  file: InputFile,
  { lines }: Fingerprint,
  { maxErrors }: ImportSettings,
): RunState {
  return new RunState(job, options, maxErrors, new RowTotal(file, lines))
}

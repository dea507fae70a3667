/** The kind of job that a sync is: how it is begun and resumed. */
import { join, resolve } from 'node:path'
import { InvalidInputError, TableChangedError } from '@chatlayer-tables/core'
import type { CompareCounts, SideInput } from '../compare/compare-types.ts'
import { isRepeatable } from '../input/input.ts'
import { SPOOLED, spool, spoolInput } from '../input/spool.ts'
import { resumeJob, startJob } from '../job/engine.ts'
import type { Job } from '../job/job.ts'
import type { JobFile } from '../job/job-files.ts'
import { findInput, type GivenInput, inputFile } from '../job/job-input.ts'
import type { JobKind } from '../job/job-kind.ts'
import { checkConnection, checkTable } from '../job/same-job.ts'
import { planSync } from './plan-sync.ts'
import { WRITES } from './planned-writes.ts'
import { type SyncFacts, type SyncSourceFacts, sourceLabel } from './sync-facts.ts'
import { SyncRun, type SyncWork, whatOf } from './sync-run.ts'
import type { SyncOptions, SyncReport, SyncRunOptions, SyncSource } from './sync-types.ts'

export interface ResumeSyncOptions extends SyncRunOptions {
  readonly job: Job
  /** The table that the job's source is; for a file the job knows where it is. */
  readonly source?: Extract<SyncSource, { kind: 'table' }> | undefined
  /** The file that the job's source is, where it is not where it was when the job began. */
  readonly input?: GivenInput | undefined
}

/**
 * Makes a table equal to its source: compares both, reports the plan, carries out the writes of the
 * plan and no other, and reads both again to see that the table is as it should be.
 *
 * The sync is a job in `store`: however this process ends, {@link resumeSync} resumes it, and no write
 * is lost or done twice. Problems of single writes, and an early end, are in the report; they do not
 * throw.
 *
 * @throws InvalidInputError when the sides cannot be compared, TableChangedError when the table has
 *   other records than when it was compared, ChatlayerError when a table cannot be read, the system's
 *   error when the job cannot be kept, and what `onPlan` throws; nothing has been written then, and no
 *   job is left
 */
export function syncTables(options: SyncOptions): Promise<SyncReport> {
  return startJob(SYNC_JOB, options)
}

/**
 * Resumes a sync: carries out the writes of its plan that have not ended. Inserts that an earlier
 * process may have sent are searched for before they are sent.
 *
 * The job is closed when it ends.
 *
 * @throws InvalidInputError when the tables or connections are not what they were when the job began,
 *   naming the difference; otherwise as {@link syncTables}
 */
export function resumeSync(options: ResumeSyncOptions): Promise<SyncReport> {
  return resumeJob(SYNC_JOB, options)
}

export interface SyncJob {
  facts: SyncFacts
  begin: SyncOptions
  resume: ResumeSyncOptions
  work: SyncWork
  report: SyncReport
}

export const SYNC_JOB: JobKind<SyncJob> = {
  name: 'sync',

  async begin(options, folder, carryOut) {
    const startedAt = performance.now()
    const source = await sourceToReadTwice(options, folder)
    await using _lock = await options.lockTable?.()
    const { facts, definition, counts } = await planSync(options, source, folder)
    const { inserts, updates, deletes } = facts.plan
    if (inserts + updates + deletes === 0) return nothingToDo(facts, counts, startedAt)
    if (options.settings.only === undefined) await checkStillThere(options, counts)
    return await carryOut(facts, { source, definition })
  },

  async resume(options, facts, carryOut) {
    const { job, table: target, connection, signal } = options
    checkConnection('the table of the job', facts, connection, target.version)
    const source = await sourceOf(facts.source, job.folder, options.source, options.input)
    await using _lock = await options.lockTable?.()
    const definition = await target.definition({ signal })
    checkTable(facts.table, definition, { code: 'SYNC_TABLE_CHANGED', data: { job: job.id } })
    return await carryOut({ source, definition })
  },

  files: ({ source }) => syncFiles(source),

  run: (job, facts, options, work) => new SyncRun(job, facts, options, work),

  overview({ source, table, version }, report) {
    const { inserted, updated, deleted, rejected, unknown } = (report ?? {}) as Partial<SyncReport>
    return {
      input: sourceLabel(source),
      tables: [`${table.name}@${version.toLowerCase()}`],
      written: report === undefined ? null : Number(inserted) + Number(updated) + Number(deleted),
      rejected: rejected ?? null,
      unknown: unknown ?? null,
    }
  },
}

/** The report of a sync with nothing to do; what was compared is the proof. */
export function nothingToDo(
  facts: SyncFacts,
  counts: CompareCounts,
  startedAt: number,
): SyncReport {
  return {
    job: undefined,
    finished: true,
    ...whatOf(facts),
    ...{ inserted: 0, updated: 0, deleted: 0, rejected: 0, unknown: 0, unsent: 0 },
    storedOtherwise: 0,
    problems: [],
    stopped: undefined,
    readBack: {
      ...{ equal: true, counts, error: undefined, onlyStored: false },
      ...{ least: counts.b, most: counts.b, fits: true },
    },
    elapsedMs: Math.round(performance.now() - startedAt),
  }
}

/** @throws TableChangedError when the table has other records than when it was compared */
export async function checkStillThere(
  { table, signal }: Pick<SyncRunOptions, 'table' | 'signal'>,
  { b }: CompareCounts,
): Promise<void> {
  const now = await table.count(undefined, { signal })
  if (now === b) return
  throw new TableChangedError(
    `the table has ${now} records, and had ${b} when it was compared; nothing was changed`,
    { hint: 'Another program writes to it. Run the sync again.' },
  )
}

/** Copies what comes but once, or from a server, into the folder. */
export async function sourceToReadTwice(
  { source, signal }: Pick<SyncOptions, 'source' | 'signal'>,
  folder: string,
): Promise<SideInput> {
  if (source.kind === 'table') return { kind: 'table', table: source.table }
  const { input, reading } = source
  if ('path' in input) return { kind: 'file', input: { path: resolve(input.path) }, reading }
  const path = join(folder, SPOOLED)
  const copy = { kind: 'file', input: { path }, name: input.name } as const
  if (!isRepeatable(input)) {
    await spool(input.stream, path, signal)
    return { ...copy, reading }
  }
  return { ...copy, reading: { ...reading, ...(await spoolInput(input, path, signal)) } }
}

/** What a sync needs to be resumed. @param folder where it is within that of the job, with `/` at its end */
export function syncFiles(source: SyncSourceFacts, folder = ''): JobFile[] {
  const writes = { name: `${folder}${WRITES}` }
  return source.kind === 'file' ? [writes, inputFile(source.path, folder)] : [writes]
}

/** @param folder of copies */
export async function sourceOf(
  facts: SyncSourceFacts,
  folder: string,
  source: ResumeSyncOptions['source'],
  input?: GivenInput | undefined,
): Promise<SideInput> {
  if (facts.kind === 'file') {
    const { name, reading } = facts
    const path = await findInput(facts.path, folder, input)
    return { kind: 'file', input: { path }, reading, name }
  }
  if (source === undefined) throw new InvalidInputError('the source of the sync is a table')
  const { table, connection } = source
  checkConnection('the source of the job', facts, connection, table.version)
  return { kind: 'table', table }
}

/** A sync from its beginning, and one that goes on. */
import { join, resolve } from 'node:path'
import { InvalidInputError, TableChangedError } from '@chatlayer-tables/core'
import type { CompareCounts, SideInput } from '../compare/compare-types.ts'
import type { Job } from '../job/job.ts'
import type { NewJob } from '../job/job-store.ts'
import { spool } from '../job/spool.ts'
import { planSync } from './plan-sync.ts'
import { nothingToDo, runSync, SPOOLED } from './run-sync.ts'
import {
  checkSameConnection,
  checkSameTable,
  type SyncSourceFacts,
  syncFacts,
} from './sync-facts.ts'
import { SyncState } from './sync-state.ts'
import type { SyncOptions, SyncReport, SyncRun, SyncSource } from './sync-types.ts'

/**
 * Makes a table equal to its source: compares both, tells the plan, carries out the writes that it
 * comes to and no other, and reads both again to see that the table is as it should be.
 *
 * The sync is a job in `store`: however this process ends, {@link resumeSync} goes on with it, and no
 * write is lost or done twice. Trouble with single writes, and an end before the last, are told in
 * the report; they do not throw.
 *
 * @throws InvalidInputError when the sides cannot be compared, TableChangedError when the table has
 *   other records than when it was compared, ChatlayerError when a table cannot be read, the system's
 *   error when the job cannot be kept, and what `onPlan` throws; nothing has been written then, and no
 *   job is left
 */
export async function syncTables(options: SyncOptions): Promise<SyncReport> {
  const startedAt = performance.now()
  const prepared = options.store.prepare()
  let job: Job | undefined
  try {
    const source = await sourceToReadTwice(options, prepared)
    using _lock = await options.lockTable?.()
    const { facts, definition, counts } = await planSync(options, source, prepared.folder)
    const { inserts, updates, deletes } = facts.plan
    if (inserts + updates + deletes === 0) return nothingToDo(facts, counts, startedAt)
    await checkStillThere(options, counts)
    job = prepared.begin(facts)
    return await runSync(new SyncState(job, facts, options), source, definition, startedAt)
  } finally {
    if (job === undefined) prepared.discard()
    else job.close()
  }
}

export interface ResumeSyncOptions extends SyncRun {
  readonly job: Job
  /** The table that the job's source is; for a file the job knows where it is. */
  readonly source?: Extract<SyncSource, { kind: 'table' }> | undefined
}

/**
 * Goes on with a sync: carries out the writes of its plan that have not ended. Inserts that an earlier
 * process may have sent are looked for before they are sent.
 *
 * The job is closed when it ends.
 *
 * @throws InvalidInputError when the tables or connections are not what they were when the job began,
 *   naming the difference; otherwise as {@link syncTables}
 */
export async function resumeSync(options: ResumeSyncOptions): Promise<SyncReport> {
  const startedAt = performance.now()
  const { job, table: target, connection, signal } = options
  try {
    const facts = syncFacts(job.id, job.facts)
    if (job.isDone) {
      throw new InvalidInputError(`job ${job.id} is done; there is nothing to go on with`)
    }
    checkSameConnection('table', facts, connection, target.version)
    const source = sourceOf(facts.source, options)
    using _lock = await options.lockTable?.()
    const definition = await target.definition({ signal })
    checkSameTable(facts, definition)
    return await runSync(new SyncState(job, facts, options), source, definition, startedAt)
  } finally {
    job.close()
  }
}

/** @throws TableChangedError when the table has other records than when it was compared */
async function checkStillThere({ table, signal }: SyncRun, { b }: CompareCounts): Promise<void> {
  const now = await table.count(undefined, { signal })
  if (now === b) return
  throw new TableChangedError(
    `the table has ${now} records, and had ${b} when it was compared; nothing was changed`,
    { hint: 'Another program writes to it. Run the sync again.' },
  )
}

async function sourceToReadTwice(
  { source, signal }: SyncOptions,
  { folder }: NewJob,
): Promise<SideInput> {
  if (source.kind === 'table') return { kind: 'table', table: source.table }
  const { input, reading } = source
  if ('path' in input) return { kind: 'file', input: { path: resolve(input.path) }, reading }
  const path = join(folder, SPOOLED)
  await spool(input.stream, path, signal)
  return { kind: 'file', input: { path }, reading, name: input.name }
}

function sourceOf(facts: SyncSourceFacts, { job, source }: ResumeSyncOptions): SideInput {
  if (facts.kind === 'file') {
    const { name, reading } = facts
    const path = facts.path ?? join(job.folder, SPOOLED)
    return { kind: 'file', input: { path }, reading, name }
  }
  if (source === undefined) throw new InvalidInputError('the source of the sync is a table')
  const { table, connection } = source
  checkSameConnection('source', facts, connection, table.version)
  return { kind: 'table', table }
}

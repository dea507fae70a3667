/** A sync from its beginning, and one that goes on. */
import { basename, join, resolve } from 'node:path'
import { InvalidInputError, type Table, TableChangedError } from '@chatlayer-tables/core'
import { type Comparison, compareSides } from '../compare/compare.ts'
import type { CompareCounts, SideFacts, SideInput } from '../compare/compare-types.ts'
import { connectionDifferences } from '../import/import-facts.ts'
import { spool } from '../import/spool.ts'
import type { Job } from '../job/job.ts'
import type { NewJob } from '../job/job-store.ts'
import { applyWrites } from './apply-writes.ts'
import { PlannedWrites } from './planned-writes.ts'
import {
  checkSameConnection,
  checkSameTable,
  type SyncFacts,
  type SyncSourceFacts,
  sourceLabel,
  syncFacts,
} from './sync-facts.ts'
import { SyncState } from './sync-state.ts'
import type {
  ReadBack,
  SyncInputs,
  SyncOptions,
  SyncPlan,
  SyncProblem,
  SyncReport,
  SyncRun,
  SyncSettings,
  SyncSource,
} from './sync-types.ts'

/** The name of the copy that a job keeps of what came as a stream. */
const SPOOLED = 'input'
const WRITES = 'writes.sqlite'

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
    const { facts, definition, counts } = await planSync(options, source, prepared)
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

interface Planned {
  readonly facts: SyncFacts
  readonly definition: Table
  readonly counts: CompareCounts
}

/** Compares, keeps the writes that it comes to, and tells them. */
async function planSync(
  options: SyncOptions,
  source: SideInput,
  { folder }: NewJob,
): Promise<Planned> {
  const { table: target, connection, settings, profiles = {} } = options
  const definition = await target.definition({ signal: options.signal })
  using comparison = await compareForSync(options, source, definition)
  PlannedWrites.create(join(folder, WRITES), comparison, settings.delete)
  const facts: SyncFacts = {
    kind: 'sync',
    createdAt: new Date().toISOString(),
    connection,
    table: { id: definition.id, name: definition.name, columns: definition.columns },
    version: target.version,
    source: sourceFacts(options.source, source, comparison.a),
    settings,
    profiles,
    columns: comparison.columns.map(({ name }) => name),
    plan: countsOf(comparison.counts, settings),
  }
  await options.onPlan?.(asPlan(comparison, settings))
  return { facts, definition, counts: comparison.counts }
}

/**
 * What a sync would do: reads both sides and writes nothing. To be disposed of.
 *
 * @throws as {@link syncTables} does
 */
export async function previewSync(options: SyncInputs): Promise<SyncPlan & Disposable> {
  const { source } = options
  const definition = await options.table.definition({ signal: options.signal })
  const side = source.kind === 'table' ? ({ kind: 'table', table: source.table } as const) : source
  const comparison = await compareForSync(options, side, definition)
  return {
    ...asPlan(comparison, options.settings),
    [Symbol.dispose]: () => comparison[Symbol.dispose](),
  }
}

async function compareForSync(
  options: SyncInputs,
  source: SideInput,
  definition: Table,
): Promise<Comparison> {
  await refuseItself(options, definition)
  const none = { planned: 0, ok: 0, rejected: 0, unknown: 0, before: 0 }
  return compareSides({
    a: source,
    b: { kind: 'table', table: options.table },
    ...options.settings,
    signal: anyOf(options.stop, options.signal),
    onProgress: (_, records) => options.onProgress?.({ phase: 'comparing', records, ...none }),
  })
}

function asPlan(comparison: Comparison, settings: SyncSettings): SyncPlan {
  const { a, b, columns, counts } = comparison
  return {
    ...countsOf(counts, settings),
    a,
    b,
    columns,
    key: settings.key,
    differences: () => comparison.differences(),
  }
}

function countsOf({ removed, changed, added, same }: CompareCounts, settings: SyncSettings) {
  const deletes = settings.delete ? added : 0
  return { inserts: removed, updates: changed, deletes, extra: added - deletes, same }
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
    const definition = await target.definition({ signal })
    checkSameTable(facts, definition)
    return await runSync(new SyncState(job, facts, options), source, definition, startedAt)
  } finally {
    job.close()
  }
}

async function runSync(
  state: SyncState,
  source: SideInput,
  definition: Table,
  startedAt: number,
): Promise<SyncReport> {
  const { job, facts, options } = state
  options.onStart?.({
    job: job.id,
    resumed: job.rows.reachedBefore > 0,
    source: sourceLabel(facts.source),
    table: facts.table.name,
    version: facts.version,
    plan: facts.plan,
  })
  using writes = PlannedWrites.open(join(job.folder, WRITES))
  await applyWrites(state, writes, definition)
  const readBack = state.isStopping ? undefined : await readBoth(state, source)
  const { inserted, updated, deleted } = state.done
  const { progress, unknown, unsent, stopped } = state
  // Deletes that wait for other writes to be mended are never sent by this job.
  const finished =
    stopped === undefined && readBack !== undefined && (!state.isOpen || isHeld(state))
  const report: SyncReport = {
    job: job.id,
    finished,
    ...whatOf(facts),
    ...{ inserted, updated, deleted, rejected: progress.rejected, unknown, unsent },
    problems: firstProblems(job),
    stopped,
    readBack,
    elapsedMs: Math.round(performance.now() - startedAt),
  }
  job.report({ ...report, stopped: stopped?.reason, readBack: readBack && asFacts(readBack) })
  if (finished) job.finish()
  return report
}

/** Whether all that is not sent are deletes, since refused writes came before them. */
function isHeld({ facts, unsent, unknown, progress }: SyncState): boolean {
  return progress.rejected > 0 && unknown === 0 && unsent === facts.plan.deletes
}

function asFacts({ equal, counts, error }: ReadBack): object {
  return { equal, counts, error: error && { code: error.code, message: error.message } }
}

/** So many problems are kept with the report. */
const MOST_PROBLEMS = 100

function firstProblems({ rows }: Job): SyncProblem[] {
  const problems: SyncProblem[] = []
  for (const text of rows.problems()) {
    problems.push(JSON.parse(text) as SyncProblem)
    if (problems.length === MOST_PROBLEMS) break
  }
  return problems
}

/** Reads both sides again. Undefined where that was broken off. */
async function readBoth(state: SyncState, source: SideInput): Promise<ReadBack | undefined> {
  const { options, facts } = state
  const { table, stop } = options
  state.phase('verifying')
  try {
    using comparison = await compareSides({
      a: source,
      b: { kind: 'table', table },
      ...facts.settings,
      signal: anyOf(stop, options.signal),
      onProgress: (_, records) => state.readRecords(records),
    })
    const { counts } = comparison
    const { removed, changed, added } = counts
    const equal = removed + changed === 0 && (added === 0 || !facts.settings.delete)
    return { equal, counts, error: undefined }
  } catch (error) {
    if (error instanceof InvalidInputError || error instanceof TableChangedError) {
      return { equal: false, counts: undefined, error }
    }
    state.stopBy(error)
    return undefined
  }
}

/** @throws InvalidInputError when the table is its own source */
async function refuseItself(
  { source, table, connection, signal }: SyncInputs,
  { id }: Table,
): Promise<void> {
  if (source.kind === 'file' || source.table.version !== table.version) return
  if (connectionDifferences(source.connection, connection).length > 0) return
  if ((await source.table.definition({ signal })).id !== id) return
  throw new InvalidInputError('the table is to be made equal to itself', {
    hint: 'Say which version is which, such as stores@draft stores@live.',
  })
}

/** @throws TableChangedError when the table has other records than when it was compared */
async function checkStillThere({ table, signal }: SyncRun, { b }: CompareCounts): Promise<void> {
  const now = await table.count(undefined, { signal })
  if (now === b) return
  throw new TableChangedError(
    `the table has ${now} records, and had ${b} when it was compared; nothing was changed`,
    { hint: 'Somebody else writes to it. Run the sync again.' },
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
  return { kind: 'file', input: { path }, reading }
}

function sourceFacts(source: SyncSource, opened: SideInput, a: SideFacts): SyncSourceFacts {
  if (source.kind === 'table' && a.kind === 'table') {
    return {
      kind: 'table',
      connection: source.connection,
      id: a.id,
      name: a.name,
      version: a.version,
    }
  }
  if (source.kind === 'table' || opened.kind === 'table' || !('path' in opened.input)) {
    throw new Error('the source is neither a table nor a file')
  }
  const { input, reading } = source
  return 'path' in input
    ? { kind: 'file', name: basename(input.path), path: opened.input.path, reading }
    : { kind: 'file', name: input.name, reading }
}

function sourceOf(facts: SyncSourceFacts, { job, source }: ResumeSyncOptions): SideInput {
  if (facts.kind === 'file') {
    const path = facts.path ?? join(job.folder, SPOOLED)
    return { kind: 'file', input: { path }, reading: facts.reading }
  }
  if (source === undefined) throw new InvalidInputError('the source of the sync is a table')
  const { table, connection } = source
  checkSameConnection('source', facts, connection, table.version)
  return { kind: 'table', table }
}

function whatOf(facts: SyncFacts): Pick<SyncReport, 'source' | 'table' | 'version' | 'plan'> {
  const { source, table, version, plan } = facts
  return { source: sourceLabel(source), table: table.name, version, plan }
}

/** What was compared is the proof. */
function nothingToDo(facts: SyncFacts, counts: CompareCounts, startedAt: number): SyncReport {
  return {
    job: undefined,
    finished: true,
    ...whatOf(facts),
    ...{ inserted: 0, updated: 0, deleted: 0, rejected: 0, unknown: 0, unsent: 0 },
    problems: [],
    stopped: undefined,
    readBack: { equal: true, counts, error: undefined },
    elapsedMs: Math.round(performance.now() - startedAt),
  }
}

function anyOf(...signals: (AbortSignal | undefined)[]): AbortSignal | undefined {
  const given = signals.filter((signal) => signal !== undefined)
  return given.length === 0 ? undefined : AbortSignal.any(given)
}

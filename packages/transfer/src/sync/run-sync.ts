/** One run of a sync whose writes are known: carrying them out, the proof, and the account of it. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { InvalidInputError, type Table, TableChangedError } from '@chatlayer-tables/core'
import { type Comparison, compareSides } from '../compare/compare.ts'
import type { CompareCounts, SideInput } from '../compare/compare-types.ts'
import { anyOf } from '../job/any-of.ts'
import { applyWrites } from './apply-writes.ts'
import { WRITES } from './plan-sync.ts'
import { PlannedWrites } from './planned-writes.ts'
import { recordsBefore, type SyncFacts, sourceLabel } from './sync-facts.ts'
import type { SyncState } from './sync-state.ts'
import type { ReadBack, SyncProblem, SyncReport } from './sync-types.ts'

/** The name of the copy that a job keeps of what came as a stream. */
export const SPOOLED = 'input'

/** @param startedAt of the run, as `performance.now()` gave it */
export async function runSync(
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
  await applyAll(state, definition)
  state.end()
  const readBack = state.isStopping ? undefined : await readBoth(state, source)
  const { inserted, updated, deleted } = state.done
  const { progress, unknown, unsent } = state
  const problems = firstProblems(state)
  const { stopped } = state
  const report: SyncReport = {
    job: job.id,
    finished: stopped === undefined && readBack !== undefined && !state.isOpen,
    ...whatOf(facts),
    ...{ inserted, updated, deleted, rejected: progress.rejected, unknown, unsent },
    storedOtherwise: progress.storedOtherwise,
    problems,
    stopped,
    readBack,
    elapsedMs: Math.round(performance.now() - startedAt),
  }
  return await keepReport(state, report)
}

/** Keeps how the run ended. A report that cannot be kept is returned as that of a run that stopped. */
async function keepReport(state: SyncState, report: SyncReport): Promise<SyncReport> {
  const { job } = state
  const { readBack } = report
  state.keep(() => {
    const end = { stopped: report.stopped?.reason, readBack: readBack && asFacts(readBack) }
    job.report({ ...report, ...end })
    if (report.finished) job.finish()
  })
  const { stopped } = state
  const finished = report.finished && stopped === undefined
  if (finished) {
    for (const name of [WRITES, SPOOLED]) await rm(join(job.folder, name), { force: true })
  }
  return { ...report, stopped, finished }
}

async function applyAll(state: SyncState, definition: Table): Promise<void> {
  using writes = PlannedWrites.open(join(state.job.folder, WRITES))
  await applyWrites(state, writes, definition)
}

function asFacts({ error, ...readBack }: ReadBack): object {
  return { ...readBack, error: error && { code: error.code, message: error.message } }
}

/** So many problems are kept with the report. */
const MAX_PROBLEMS = 100

/** Those of writes that did not take effect come first. */
function firstProblems(state: SyncState): SyncProblem[] {
  const problems: SyncProblem[] = []
  state.keep(() => {
    for (const which of ['other', 'written'] as const) {
      for (const text of state.job.rows.problems(which)) {
        if (problems.length === MAX_PROBLEMS) return
        problems.push(JSON.parse(text) as SyncProblem)
      }
    }
  })
  return problems
}

/** Reads both sides again. Undefined where that was broken off. */
async function readBoth(state: SyncState, source: SideInput): Promise<ReadBack | undefined> {
  const { options, facts } = state
  const { table, stop } = options
  state.phase('verifying')
  const { inserted, deleted } = state.done
  const least = recordsBefore(facts.plan) + inserted - deleted
  const most = least + state.unknown
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
    const onlyStored = !equal && isStoredOtherwise(comparison, state)
    const fits = counts.b >= least && counts.b <= most
    return { equal, counts, error: undefined, onlyStored, least, most, fits }
  } catch (error) {
    if (error instanceof InvalidInputError || error instanceof TableChangedError) {
      const unread = { equal: false, counts: undefined, onlyStored: false, fits: true }
      return { ...unread, error, least, most }
    }
    state.stopBy(error)
    return undefined
  }
}

/**
 * Whether each difference is one of values that the gateway stored otherwise, by what the job keeps of
 * such records. With a key that was stored otherwise, or without one, such a record is one that the
 * table lacks and one that it has besides.
 */
function isStoredOtherwise(comparison: Comparison, { job, facts, progress }: SyncState): boolean {
  if (progress.storedOtherwise === 0) return false
  const stored = job.storedRows()
  let balance = 0
  for (const difference of comparison.differences()) {
    if (difference.change === 'removed') {
      balance++
      continue
    }
    const id = 'id' in difference.b ? difference.b.id : ''
    if (difference.change === 'added') {
      if (stored.hasRecord(id)) balance--
      else if (facts.settings.delete) return false
    } else {
      const columns = stored.columnsOf(id)
      if (!difference.fields.every((field) => columns.includes(field))) return false
    }
  }
  return balance === 0
}

function whatOf(facts: SyncFacts): Pick<SyncReport, 'source' | 'table' | 'version' | 'plan'> {
  const { source, table, version, plan } = facts
  return { source: sourceLabel(source), table: table.name, version, plan }
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

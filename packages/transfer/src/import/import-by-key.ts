/** Imports that compare the file with the table by a key, and write what differs. */
import type { Table } from '@chatlayer-tables/core'
import type { FileNotes, ImportMode, ImportPlan } from './import-types.ts'
import { KeyPlan, type PlanCounts } from './key-plan.ts'
import { planRecords, planRows, refuseDuplicates } from './make-plan.ts'
import type { RowReader } from './row-reader.ts'
import type { RunState } from './run-state.ts'
import { insertRows, type JobStart, updateRows } from './write-rows.ts'

export interface KeyedImport {
  readonly mode: Exclude<ImportMode, 'insert'>
  readonly key: readonly string[]
  readonly table: Table
  readonly about: FileNotes
  /** Called before anything is written, once nothing can be refused any more. */
  readonly begin: () => void
  /** Each pass over the file takes a reader of its own. */
  readonly openReader: () => Promise<RowReader>
  readonly start: JobStart
}

/**
 * Compares, asks, writes. What an earlier process of the job has written shows in the table, so the
 * plan is made anew in each run; how far it is from the first one tells what was done since.
 *
 * @throws InvalidInputError when rows of the file share a key, and what `onPlan` throws; nothing has
 *   been written by this run then
 */
export async function importByKey(state: RunState, keyed: KeyedImport): Promise<void> {
  const { mode, key, table, about, begin, openReader, start } = keyed
  state.beginByKey()
  const reader = await openReader()
  const columns = reader.columns.map(({ name }) => name)
  using plan = new KeyPlan(key, columns, table)
  if (!(await compare(state, plan, reader, key))) return
  const counts = asPlan(plan.counts(), mode)
  state.plan(counts)
  await state.options.onPlan?.(counts, about)

  begin()
  if (counts.inserts > 0) {
    const isWanted = isPlanned(plan, 'insert')
    await insertRows(state, {
      reader: await openReader(),
      table,
      key,
      isWanted,
      start,
    })
  }
  if (counts.updates > 0 && !state.isStopping) {
    const isWanted = isPlanned(plan, 'update')
    await updateRows(state, { reader: await openReader(), table, key, isWanted })
  }
  if (counts.deletes > 0 && !state.isStopping) await deleteLacking(state, plan, counts.deletes)
}

async function compare(
  state: RunState,
  plan: KeyPlan,
  reader: RowReader,
  key: readonly string[],
): Promise<boolean> {
  const { table, signal } = state.options
  try {
    if (!(await planRows(plan, reader, state))) return false
  } catch (error) {
    state.stopBy(error, 'file')
    return false
  }
  refuseDuplicates(plan, key)
  try {
    return await planRecords(plan, table, signal, state)
  } catch (error) {
    state.stopBy(error, 'gateway')
    return false
  }
}

/** What the counts come to in a mode. */
export function asPlan(
  { inserts, updates, keeps, lacking }: PlanCounts,
  mode: KeyedImport['mode'],
): ImportPlan {
  const isSkipping = mode === 'skip-existing'
  return {
    inserts,
    updates: isSkipping ? 0 : updates,
    unchanged: isSkipping ? keeps + updates : keeps,
    deletes: mode === 'replace' ? lacking : 0,
  }
}

function isPlanned(plan: KeyPlan, what: 'insert' | 'update') {
  return (values: Parameters<KeyPlan['planOf']>[0]): boolean => plan.planOf(values) === what
}

/**
 * Deletes the records that the file lacks, once every row of the file is well: a record whose row
 * could not be read or written might be the one that is deleted.
 */
async function deleteLacking(state: RunState, plan: KeyPlan, count: number): Promise<void> {
  if (!state.isAllWell) {
    state.notDeleted = count
    return
  }
  const { table, signal } = state.options
  state.phase('deleting')
  const write = table.deleteById(notStopped(plan.lacking(), state), { signal })
  try {
    for await (const outcome of write) state.settleDelete(outcome)
  } catch (error) {
    state.stopBy(error, 'gateway')
  }
}

function* notStopped(ids: Iterable<string>, state: RunState): Generator<string, void, undefined> {
  for (const id of ids) {
    if (state.isStopping) return
    yield id
  }
}

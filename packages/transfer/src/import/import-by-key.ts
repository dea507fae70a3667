/** Imports that compare the file with the table by a key, and write what differs. */
import { InvalidInputError, type Table } from '@chatlayer-tables/core'
import { insertRows, type JobStart, updateRows } from '../job/write-rows.ts'
import type { ReadRow, RowErrors, RowReader } from '../rows/row-reader.ts'
import { FirstPass } from './first-pass.ts'
import type { FileNotes, ImportMode, ImportPlan } from './import-types.ts'
import { KeyPlan, type PlanCounts } from './key-plan.ts'
import { type PlanWatcher, planRecords, planRows, refuseDuplicates } from './make-plan.ts'
import type { RunState } from './run-state.ts'

export interface KeyedImport {
  readonly mode: Exclude<ImportMode, 'insert'>
  readonly key: readonly string[]
  /** Whether a file without rows may have all records deleted. */
  readonly allowEmpty: boolean
  /** Of the file. */
  readonly name: string
  readonly table: Table
  readonly about: FileNotes
  /** Called before anything is written, once nothing can be refused any more. */
  readonly begin: () => void
  /** Each pass over the file takes a reader of its own. */
  readonly openReader: () => Promise<RowReader>
  readonly start: JobStart
  readonly allErrors: (item: ReadRow, first: RowErrors) => Promise<RowErrors>
}

/**
 * Compares, asks, writes. What an earlier process of the job has written shows in the table, so the
 * plan is made anew in each run; how far it is from the first one tells what was done since.
 *
 * @throws InvalidInputError when the file cannot be read to its end, its rows share a key, or it has
 *   none and all records would be deleted; and what `onPlan` throws. Nothing has been written by this
 *   run then
 */
export async function importByKey(state: RunState, keyed: KeyedImport): Promise<void> {
  const { mode, key, table, about, begin, openReader, start, allErrors } = keyed
  state.beginByKey()
  const reader = await openReader()
  const columns = reader.columns.map(({ name }) => name)
  using plan = new KeyPlan(key, columns, table)
  if (!(await compare(state, plan, reader, keyed))) return
  const counts = asPlan(plan.counts(), mode)
  if (!keyed.allowEmpty) refuseToEmpty(keyed.name, state.progress.read, counts)
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
      allErrors,
    })
  }
  if (counts.updates > 0 && !state.isStopping) {
    const isWanted = isPlanned(plan, 'update')
    const updates = { reader: await openReader(), table, key, isWanted, allErrors }
    await updateRows(state, updates)
  }
  if (counts.deletes > 0 && !state.isStopping) await deleteLacking(state, plan, counts.deletes)
}

async function compare(
  state: RunState,
  plan: KeyPlan,
  reader: RowReader,
  { key, allErrors }: KeyedImport,
): Promise<boolean> {
  const { table, signal } = state.options
  const pass = new FirstPass(reader)
  const watcher: PlanWatcher = {
    get isStopping() {
      return state.isStopping
    },
    read: (item) => state.read(item),
    compared: (records) => state.compared(records),
    isWritten: (item) => state.isWritten(item),
    async reject(item, errors) {
      if (item.errors === undefined) pass.reject(item.row.line, errors)
      state.reject(item, await allErrors(item, errors))
    },
  }
  try {
    if (!(await planRows(plan, pass.rows(), watcher))) return false
  } catch (error) {
    // Of the file: nothing is written of one that cannot be read to its end.
    if (error instanceof InvalidInputError) throw error
    state.stopBy(error, 'file')
    return false
  }
  state.progress.total = pass.read
  if (state.isFirstRun) pass.checkErrors({ maxErrors: state.maxErrors })
  refuseDuplicates(plan, key)
  try {
    return await planRecords(plan, table, signal, state)
  } catch (error) {
    state.stopBy(error, 'gateway')
    return false
  }
}

/** @throws InvalidInputError where a file without rows would have records deleted */
export function refuseToEmpty(file: string, rows: number, { deletes }: ImportPlan): void {
  if (rows > 0 || deletes === 0) return
  const records = deletes === 1 ? 'the one record' : `all ${deletes} records`
  throw new InvalidInputError(`${file} has no rows, so that ${records} would be deleted`, {
    hint: 'Pass --allow-empty to delete them.',
  })
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

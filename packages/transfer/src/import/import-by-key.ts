/** Imports that compare the file with the table by a key, and write what differs. */
import { InvalidInputError } from '@chatlayer-tables/core'
import type { TransferSituation } from '../errors/situations.ts'
import type { JobStart } from '../job/attempts.ts'
import { insertRows, updateRows } from '../job/row-flow.ts'
import type { ReadRow, RowErrors, RowReader } from '../rows/row-reader.ts'
import { FirstPass } from './first-pass.ts'
import type { ImportRun } from './import-run.ts'
import type { ImportMode, ImportPlan } from './import-types.ts'
import { KeyPlan, type PlanCounts } from './key-plan.ts'
import { type PlanWatcher, planRecords, planRows, refuseDuplicates } from './make-plan.ts'

export interface KeyedImport {
  readonly mode: Exclude<ImportMode, 'insert'>
  readonly key: readonly string[]
  /** Whether a file without rows may have all records deleted. */
  readonly allowEmpty: boolean
  readonly start: JobStart
  readonly allErrors: (item: ReadRow, first: RowErrors) => Promise<RowErrors>
}

/**
 * Compares, asks, writes. What an earlier process of the job has written shows in the table, so each
 * run makes a plan of its own; how far it is from the first one shows what was done since.
 *
 * @throws InvalidInputError when the file cannot be read to its end, its rows share a key, or it has
 *   none and all records would be deleted; and what `onPlan` throws. Nothing has been written by this
 *   run then
 */
export async function importByKey(run: ImportRun, keyed: KeyedImport): Promise<void> {
  const { mode, key, start, allErrors } = keyed
  const { definition: table, file } = run.work
  run.beginByKey()
  // Each pass over the file takes a reader of its own.
  const reader = await file.reader()
  const columns = reader.columns.map(({ name }) => name)
  using plan = new KeyPlan(key, columns, table, reader.inputKind)
  if (!(await compare(run, plan, reader, keyed))) return
  const counts = asPlan(plan.counts(), mode)
  if (!keyed.allowEmpty) refuseToEmpty(run.facts.input.name, run.progress.read, counts)
  await run.plan(counts)
  await run.options.onPlan?.(counts, run.notes)

  run.beginWriting()
  if (counts.inserts > 0) {
    const isWanted = isPlanned(plan, 'insert')
    await insertRows(run, { reader: await file.reader(), table, key, isWanted, start, allErrors })
  }
  if (counts.updates > 0 && !run.isStopping) {
    const isWanted = isPlanned(plan, 'update')
    await updateRows(run, { reader: await file.reader(), table, key, isWanted, allErrors })
  }
  if (counts.deletes > 0 && !run.isStopping) await deleteLacking(run, plan, counts.deletes)
}

async function compare(
  run: ImportRun,
  plan: KeyPlan,
  reader: RowReader,
  { key, allErrors }: KeyedImport,
): Promise<boolean> {
  const { table, signal } = run.options
  const pass = new FirstPass(reader)
  const watcher: PlanWatcher = {
    get isStopping() {
      return run.isStopping
    },
    read: (item) => run.read(item),
    compared: (records) => run.compared(records),
    isWritten: (item) => run.isWritten(item),
    async reject(item, errors) {
      if (item.errors === undefined) pass.reject(item.row.line, errors)
      run.reject(item, await allErrors(item, errors))
    },
  }
  try {
    if (!(await planRows(plan, pass.rows(), watcher))) return false
  } catch (error) {
    // Nothing is written of a file that cannot be read to its end.
    if (error instanceof InvalidInputError) throw error
    run.stopBy(error, 'file')
    return false
  }
  run.progress.total = pass.read
  if (run.isFirstRun) pass.checkErrors({ maxErrors: run.maxErrors })
  refuseDuplicates(plan, key, reader)
  try {
    return await planRecords(plan, table, signal, run)
  } catch (error) {
    run.stopBy(error)
    return false
  }
}

/** @throws InvalidInputError where a file without rows would have records deleted */
export function refuseToEmpty(file: string, rows: number, { deletes }: ImportPlan): void {
  if (rows > 0 || deletes === 0) return
  const records = deletes === 1 ? 'the one record' : `all ${deletes} records`
  throw new InvalidInputError(`${file} has no rows, so that ${records} would be deleted`, {
    situation: { code: 'SOURCE_EMPTY' } satisfies TransferSituation,
  })
}

/** The plan of a mode, from the counts. */
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
 * Deletes the records that the file lacks, once every row of the file is written: a record whose row
 * could not be read or written might be the one that is deleted.
 */
async function deleteLacking(run: ImportRun, plan: KeyPlan, count: number): Promise<void> {
  if (!run.isComplete) {
    run.notDeleted = count
    return
  }
  const { table, signal } = run.options
  run.phase('deleting')
  const write = table.deleteById(notStopped(plan.lacking(), run), { signal })
  try {
    for await (const outcome of write) run.recordDelete(outcome)
  } catch (error) {
    run.stopBy(error)
  }
}

async function* notStopped(
  ids: Iterable<string>,
  run: ImportRun,
): AsyncGenerator<string, void, undefined> {
  for (const id of ids) {
    if (run.isStopping) return
    const checking = run.job.certain()
    if (checking !== undefined) await checking
    yield id
  }
}

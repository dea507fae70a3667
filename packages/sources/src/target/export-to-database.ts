/** Writes the records of a bot's table to a table of a database. */
import {
  InvalidInputError,
  type QueryOptions,
  type Table,
  type TableHandle,
  type TableRecord,
  type Version,
} from '@chatlayer-tables/core'
import { type Cell, cellMaker, Unfit } from './cells.ts'
import { recordValue, targetColumns } from './columns.ts'
import { type PlannedColumn, planTarget, type TargetPlan } from './existing-table.ts'
import { type MergeCounts, MoreDeletes, type Privilege, type TargetSession } from './session.ts'

/** Rows that are sent to the database at once. */
const BATCH = 1_000

export interface DatabaseExportOptions extends Pick<QueryOptions, 'where' | 'limit'> {
  readonly table: TableHandle
  readonly session: TargetSession
  /** The columns to write, by name (default: all of the table). The id and dates are always written. */
  readonly select?: readonly string[] | undefined
  /** Inserts every record, and changes no row. */
  readonly append?: boolean | undefined
  /** Deletes rows whose record is gone. */
  readonly delete?: boolean | undefined
  /** Deletes all rows where the table has no record. */
  readonly allowEmpty?: boolean | undefined
  readonly addColumns?: boolean | undefined
  readonly dryRun?: boolean | undefined
  /** Whether to wait for another export to the same table (default: true). */
  readonly wait?: boolean | undefined
  readonly onWait?: (() => void) | undefined
  /** Called before rows are deleted; throws if that is not wanted. */
  readonly confirmDeletes?: ((count: number) => Promise<void>) | undefined
  /** Called with the number of records read so far. */
  readonly onProgress?: ((records: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

export interface DatabaseExportReport extends MergeCounts {
  /** The table's name. */
  readonly table: string
  readonly version: Version
  /** The database and its table. */
  readonly to: string
  /** Whether the whole table was read, or its changes. */
  readonly read: 'all' | 'changes'
  readonly records: number
  readonly unchanged: number
  /** Whether the database's table was created. */
  readonly created: boolean
  readonly addedColumns: readonly string[]
  /** Names under which records have values, but which are not columns of the table. */
  readonly leftOut: readonly string[]
  readonly elapsedMs: number
}

/**
 * Reads the records into a temporary table of the database, and brings its table up to date in one
 * transaction: whatever happens, the table is as it was or as it should be.
 *
 * @throws InvalidInputError for a table that cannot take the records, and for a value that the database
 *   does not have; SideError when the database rejects something or is gone; TableChangedError and the
 *   errors of a request when the records cannot be read; the reason of an abort. Nothing was written.
 */
export async function exportToDatabase(
  options: DatabaseExportOptions,
): Promise<DatabaseExportReport> {
  const startedAt = performance.now()
  const { session, table, signal, append = false } = options
  checkCombination(options)
  const definition = await table.definition({ signal })
  const columns = targetColumns(session.kind, definition, options.select)
  await session.lock({ wait: options.wait ?? true, onWait: options.onWait, signal })
  const plan = planTarget(columns, await session.describe(privileges(options)), {
    kind: session.kind,
    name: session.name,
    append,
    addColumns: options.addColumns ?? false,
    addStatement: (added) => session.addStatement(added),
  })
  const staged = await stageAll(options, definition, plan)
  const maxDeletes = options.delete
    ? await allowedDeletes(options, plan, staged.records)
    : undefined
  signal?.throwIfAborted()
  const counts = await mergeStaged(options, plan, maxDeletes)
  return {
    table: definition.name,
    version: table.version,
    to: session.name,
    read: 'all',
    ...staged,
    ...counts,
    unchanged: append ? 0 : staged.records - counts.inserted - counts.updated,
    created: plan.isNew,
    addedColumns: plan.added.map(({ name }) => name),
    elapsedMs: Math.round(performance.now() - startedAt),
  }
}

/** @throws InvalidInputError for options that contradict each other */
function checkCombination(options: DatabaseExportOptions): void {
  if (options.append && options.delete) {
    throw new InvalidInputError('rows cannot be both appended and deleted', { field: 'append' })
  }
  const isPart = options.where !== undefined || options.limit !== undefined
  if (options.delete && isPart) {
    throw new InvalidInputError(
      'with a condition or limit, rows cannot be deleted: records that were not selected would be missing',
      { field: 'delete', hint: 'Export the whole table, or do not delete.' },
    )
  }
}

function privileges({ append, delete: deletes }: DatabaseExportOptions): Privilege[] {
  const needs: Privilege[] = ['select', 'insert']
  if (!append) needs.push('update')
  if (deletes) needs.push('delete')
  return needs
}

interface Staged {
  readonly records: number
  readonly leftOut: readonly string[]
}

async function stageAll(
  { session, table, where, limit, select, signal, onProgress }: DatabaseExportOptions,
  definition: Table,
  plan: TargetPlan,
): Promise<Staged> {
  const rowOf = rowMaker(session, plan.columns)
  const known = new Set(definition.columns.map(({ name }) => name))
  const leftOut = new Set<string>()
  let records = 0
  let batch: (readonly Cell[])[] = []
  await session.stage(plan)
  for await (const page of table.records({ where, limit }, { signal }).pages()) {
    for (const record of page) {
      batch.push(rowOf(record))
      if (select !== undefined) continue
      for (const name in record.values) if (!known.has(name)) leftOut.add(name)
    }
    records += page.length
    if (batch.length >= BATCH) {
      await session.add(batch)
      batch = []
    }
    onProgress?.(records)
  }
  if (batch.length > 0) await session.add(batch)
  await session.endStage()
  return { records, leftOut: [...leftOut] }
}

/** @returns a function that throws InvalidInputError for a value that its column cannot hold */
function rowMaker(
  { kind, name }: TargetSession,
  columns: readonly PlannedColumn[],
): (record: TableRecord) => Cell[] {
  const makers = columns.map((column) => {
    const make = cellMaker(kind, column.type, column.holder)
    return (record: TableRecord): Cell => {
      try {
        return make(recordValue(column, record))
      } catch (error) {
        if (!(error instanceof Unfit)) throw error
        throw new InvalidInputError(
          `the record ${record.id} cannot be written to ${name}: its value of "${column.name}" does not fit, since ${error.message}`,
          {
            field: column.name,
            hint: 'Nothing was written. Change the value, or the column there.',
          },
        )
      }
    }
  })
  return (record) => makers.map((make) => make(record))
}

/** @throws InvalidInputError where all rows would be deleted, and what `confirmDeletes` throws */
async function allowedDeletes(
  { session, allowEmpty, dryRun, confirmDeletes }: DatabaseExportOptions,
  plan: TargetPlan,
  records: number,
): Promise<number> {
  if (plan.isNew) return 0
  const count = await session.countDeletes()
  if (count > 0 && records === 0 && !allowEmpty) {
    throw new InvalidInputError(
      `the table has no records, so all ${count} rows of ${session.name} would be deleted`,
      { field: 'allowEmpty', situation: { code: 'SOURCE_EMPTY' } },
    )
  }
  if (dryRun) return Number.POSITIVE_INFINITY
  if (count > 0) await confirmDeletes?.(count)
  return count
}

async function mergeStaged(
  { session, append, dryRun }: DatabaseExportOptions,
  plan: TargetPlan,
  maxDeletes: number | undefined,
): Promise<MergeCounts> {
  try {
    return await session.merge({
      plan,
      append: append ? 'all' : undefined,
      maxDeletes,
      state: undefined,
      dryRun: dryRun ?? false,
    })
  } catch (error) {
    if (!(error instanceof MoreDeletes)) throw error
    throw new InvalidInputError(
      `${session.name} was changed meanwhile: more rows would be deleted than were confirmed`,
      { hint: 'Nothing was written. Run the command again.' },
    )
  }
}

/** Reads records into the staging table of a database. */
import {
  InvalidInputError,
  type QueryOptions,
  type Table,
  type TableHandle,
  type TableRecord,
} from '@chatlayer-tables/core'
import { type Cell, cellMaker, Unfit } from './cells.ts'
import { recordValue } from './columns.ts'
import type { PlannedColumn, TargetPlan } from './existing-table.ts'
import type { TargetSession } from './session.ts'

/** Rows that are sent to the database at once. */
const BATCH = 2_000

export interface StageOptions {
  readonly table: TableHandle
  readonly definition: Table
  readonly session: TargetSession
  readonly plan: TargetPlan
  readonly query: Pick<QueryOptions, 'where' | 'limit'>
  /** Whether values of columns that the table does not have are worth a warning. */
  readonly isSelected: boolean
  readonly onPage?: ((page: readonly TableRecord[]) => void) | undefined
  readonly onProgress?: ((records: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

export interface Staged {
  readonly records: number
  /** Names under which records have values, but which are not columns of the table. */
  readonly leftOut: readonly string[]
}

/** @throws InvalidInputError for a value that its column cannot hold, SideError, the errors of a request */
export async function stageRecords(options: StageOptions): Promise<Staged> {
  const { session, table, plan, query, signal } = options
  const rowOf = rowMaker(session, plan.columns)
  const known = new Set(options.definition.columns.map(({ name }) => name))
  const leftOut = new Set<string>()
  let records = 0
  let batch: (readonly Cell[])[] = []
  // The next pages are read while the database stores a batch.
  let storing: Promise<void> | undefined
  const store = async (): Promise<void> => {
    await storing
    if (batch.length === 0) return
    storing = session.add(batch)
    storing.catch(() => undefined)
    batch = []
  }
  await session.stage(plan)
  for await (const page of table.records(query, { signal }).pages()) {
    options.onPage?.(page)
    for (const record of page) {
      batch.push(rowOf(record))
      if (options.isSelected) continue
      for (const name in record.values) if (!known.has(name)) leftOut.add(name)
    }
    records += page.length
    if (batch.length >= BATCH) await store()
    options.onProgress?.(records)
  }
  await store()
  await storing
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

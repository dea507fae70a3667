import type { Cell } from '../../../protocol/cells.ts'
import type { ChangeRow } from '../../../protocol/changes.ts'

const NOT_KEPT: Cell = { absent: 'not-kept' }

/** The value before the change; `undefined` for an insert, which has none. */
export function cellBefore(row: ChangeRow, column: number): Cell | undefined {
  if (row.kind === 'inserted') return undefined
  return row.before?.[column] ?? (row.before === undefined ? NOT_KEPT : null)
}

/** The value after the change; `undefined` for a delete, which has none. */
export function cellAfter(row: ChangeRow, column: number): Cell | undefined {
  if (row.kind === 'deleted') return undefined
  return row.after?.[column] ?? (row.after === undefined ? NOT_KEPT : null)
}

/** Whether the change is about this column: it changes, or it is filled in an inserted or deleted record. */
export function concernsColumn(row: ChangeRow, column: number): boolean {
  if (row.kind === 'updated') return row.changed?.includes(column) ?? false
  return (row.kind === 'inserted' ? cellAfter(row, column) : cellBefore(row, column)) !== null
}

export interface ShownColumns {
  readonly column?: number | undefined
  readonly all: boolean
}

/** Indexes of the columns to show of a change. */
export function columnsOf(row: ChangeRow, columnCount: number, shown: ShownColumns): number[] {
  if (shown.column !== undefined && !shown.all) return [shown.column]
  const columns = Array.from({ length: columnCount }, (_, column) => column)
  return shown.all ? columns : columns.filter((column) => concernsColumn(row, column))
}

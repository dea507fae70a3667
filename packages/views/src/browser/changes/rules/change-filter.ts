import type { ChangeKind, ChangeRow } from '../../../protocol/changes.ts'
import { rawText } from '../../kit/cell-text.ts'
import { valueChangeKey } from './column-summary.ts'
import { cellAfter, cellBefore, concernsColumn } from './row-cells.ts'

/** All conditions that are set must hold. */
export interface ChangeFilter {
  readonly kind?: ChangeKind | undefined
  readonly column?: number | undefined
  /** Updates of the column from one value to another, as `valueChangeKey` names them. */
  readonly valueChange?: string | undefined
  readonly search: string
}

export const NO_FILTER: ChangeFilter = { search: '' }

export function isFiltering(filter: ChangeFilter): boolean {
  return filter.kind !== undefined || filter.column !== undefined || filter.search.trim() !== ''
}

/** The condition as a function of rows. */
export function changeFilter(
  filter: ChangeFilter,
  columnCount: number,
): (row: ChangeRow) => boolean {
  const { kind, column, valueChange } = filter
  const search = filter.search.trim().toLowerCase()
  return (row) => {
    if (kind !== undefined && row.kind !== kind) return false
    if (column !== undefined) {
      if (!concernsColumn(row, column)) return false
      if (valueChange !== undefined) {
        if (row.kind !== 'updated' || valueChangeKey(row, column) !== valueChange) return false
      }
    }
    return search === '' || contains(row, search, columnCount)
  }
}

/** Whether the id or any value before or after contains a text in lower case. */
function contains(row: ChangeRow, search: string, columnCount: number): boolean {
  if (row.id?.toLowerCase().includes(search)) return true
  for (let column = 0; column < columnCount; column += 1) {
    for (const cell of [cellBefore(row, column), cellAfter(row, column)]) {
      if (cell !== undefined && rawText(cell).toLowerCase().includes(search)) return true
    }
  }
  return false
}

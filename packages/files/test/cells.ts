/** Reads cells for tests. */
import type { ColumnType } from '@chatlayer-tables/contract'
import type { Value } from '@chatlayer-tables/core'
import type { SourceCell } from '../src/source/source.ts'
import { CellError } from '../src/values/cell-error.ts'
import { type CellOptions, cellReader } from '../src/values/read-cell.ts'

export function read(cell: SourceCell, type?: ColumnType, options?: CellOptions): Value {
  return cellReader(options)(cell, type, 'values.x')
}

/** What a cell is rejected with. */
export function rejection(cell: SourceCell, type: ColumnType, options?: CellOptions): CellError {
  try {
    read(cell, type, options)
  } catch (error) {
    if (error instanceof CellError) return error
  }
  throw new Error('it was not rejected')
}

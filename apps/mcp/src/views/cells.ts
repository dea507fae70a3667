/** Values as views may show them. */
import type { Values } from '@chatlayer-tables/core'
import { type Cell, type ColumnFacts, toCell } from '@chatlayer-tables/views'
import type { VisibleTable } from '../policy/policy.ts'
import { cellOf } from '../preview/cell.ts'

/** The visible columns: all that views ever get values of. */
export function columnsOf({ table }: VisibleTable): readonly ColumnFacts[] {
  return table.columns.map(({ name, type }) => ({ name, type }))
}

/** A record's values in the order of the visible columns, masked ones without their value. */
export function cellsOf(values: Values, { table, masked }: VisibleTable): Cell[] {
  return table.columns.map(({ name }) =>
    masked.has(name) ? { absent: 'masked' } : toCell(cellOf(values, name)),
  )
}

/** Characters of the rows of a reply. Some hosts pass on a pointer to a file in place of larger ones. */
const MAX_ROWS_LENGTH = 60_000

/** The leading rows that fit into a reply, at least one. */
export function fittingRows<Row>(rows: readonly Row[]): Row[] {
  let length = 0
  const end = rows.findIndex((row) => {
    length += JSON.stringify(row).length
    return length > MAX_ROWS_LENGTH
  })
  return end < 0 ? [...rows] : rows.slice(0, Math.max(end, 1))
}

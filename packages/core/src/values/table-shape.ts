import { type Column, type ColumnType, columnTypeOf, type Table } from '@chatlayer-tables/contract'
import { placeOf } from './literal.ts'

/** A column with the wire's type for it; undefined for an unknown declared type. */
export interface ShapedColumn extends Column {
  readonly known: ColumnType | undefined
  /** Position of its value in a row, for errors. */
  readonly place: string
  /** Its rank among the names of the columns: the same in whatever order the gateway lists them. */
  readonly rank: number
}

const shapes = new WeakMap<Table, ReadonlyMap<string, ShapedColumn>>()

/** The columns of a table by name, prepared once per table object. */
export function columnsOf(table: Table): ReadonlyMap<string, ShapedColumn> {
  let shape = shapes.get(table)
  if (shape === undefined) {
    const names = table.columns.map(({ name }) => name).toSorted()
    const ranks = new Map(names.map((name, rank) => [name, rank]))
    shape = new Map(
      table.columns.map(({ name, type }) => [
        name,
        {
          name,
          type,
          known: columnTypeOf(type),
          place: placeOf('values', name),
          rank: ranks.get(name) ?? 0,
        },
      ]),
    )
    shapes.set(table, shape)
  }
  return shape
}

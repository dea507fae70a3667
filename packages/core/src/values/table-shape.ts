import { type Column, type ColumnType, columnTypeOf, type Table } from '@chatlayer-tables/contract'

/** A column with the wire's type for it; undefined for a declared type that is none we know. */
export interface ShapedColumn extends Column {
  readonly known: ColumnType | undefined
}

const shapes = new WeakMap<Table, ReadonlyMap<string, ShapedColumn>>()

/** The columns of a table by name, prepared once per table object. */
export function columnsOf(table: Table): ReadonlyMap<string, ShapedColumn> {
  let shape = shapes.get(table)
  if (shape === undefined) {
    shape = new Map(
      table.columns.map(({ name, type }) => [name, { name, type, known: columnTypeOf(type) }]),
    )
    shapes.set(table, shape)
  }
  return shape
}

import type { Table, TableRecord } from '@chatlayer-tables/core'
import { columnOf, recordFieldOf } from '../../policy/check-where.ts'

/** One column of a result: its name as callers write it, and how to read its values. */
export interface ShownColumn {
  readonly name: string
  readonly of: (record: TableRecord) => unknown
}

/** The columns of a result: the id, then the selected columns or all columns of the table. */
export function shownColumns(
  table: Table,
  select: readonly string[] | undefined,
  more: readonly string[] = [],
): ShownColumn[] {
  const names = select ?? table.columns.map(({ name }) => quoted(name))
  return [...new Set(['id', ...names, ...more])].map(shownColumn)
}

/** A column's name for a query: in quotes if it equals a field of the record. */
function quoted(name: string): string {
  return recordFieldOf(name) === undefined ? name : `"${name}"`
}

function shownColumn(name: string): ShownColumn {
  const field = recordFieldOf(name)
  if (field !== undefined) return { name, of: (record) => record[field] }
  const column = columnOf(name)
  return {
    name,
    of: ({ values }) => (Object.hasOwn(values, column) ? values[column] : null),
  }
}

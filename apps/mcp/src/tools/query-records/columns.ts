import type { Table, TableRecord } from '@chatlayer-tables/core'
import { columnOf, recordFieldOf } from '../../policy/check-where.ts'

/** One column of a result: its name as callers write it, and how to read its values. */
export interface ShownColumn {
  readonly name: string
  readonly of: (record: TableRecord) => unknown
}

const RECORD_DATES = ['createdAt', 'updatedAt'] as const

/** The columns of a result: those selected, otherwise the id and all columns; with dates if detailed. */
export function shownColumns(
  table: Table,
  select: readonly string[] | undefined,
  format: 'concise' | 'detailed' = 'concise',
): ShownColumn[] {
  const dates = format === 'detailed' ? RECORD_DATES : []
  const names = select ?? ['id', ...table.columns.map(({ name }) => quoted(name)), ...dates]
  return [...new Set(names)].map(shownColumn)
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

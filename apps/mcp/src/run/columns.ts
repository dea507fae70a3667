import type { Table, TableRecord } from '@chatlayer-tables/core'

/** The fields of a record itself; a column of such a name is written in double quotes. */
const RECORD_FIELDS = ['id', 'createdAt', 'updatedAt'] as const
type RecordField = (typeof RECORD_FIELDS)[number] & keyof TableRecord

/** One column of an answer: its name as callers write it, and where its values come from. */
export interface ShownColumn {
  readonly name: string
  readonly of: (record: TableRecord) => unknown
}

/** The columns of an answer: the id, then what was selected, or all columns of the table. */
export function shownColumns(table: Table, select: readonly string[] | undefined): ShownColumn[] {
  const names = select ?? table.columns.map(({ name }) => (fieldOf(name) ? `"${name}"` : name))
  return [...new Set(['id', ...names])].map(shownColumn)
}

/** What of a selection the client has to read: the columns, not the record's own fields. */
export function selectedColumns(select: readonly string[]): readonly string[] {
  return select.filter((name) => fieldOf(name) === undefined)
}

function shownColumn(name: string): ShownColumn {
  const field = fieldOf(name)
  if (field !== undefined) return { name, of: (record) => record[field] }
  const column = /^"(.*)"$/s.exec(name)?.[1] ?? name
  return {
    name,
    of: ({ values }) => (Object.hasOwn(values, column) ? values[column] : null),
  }
}

function fieldOf(name: string): RecordField | undefined {
  return RECORD_FIELDS.find((field) => field === name)
}

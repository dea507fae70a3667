/** The columns of an exported file, and their values. */
import { columnTypeOf, RECORD_FIELDS, type RecordField } from '@chatlayer-tables/contract'
import {
  InvalidInputError,
  nearest,
  type Table,
  type TableRecord,
  type Values,
} from '@chatlayer-tables/core'
import type { SinkColumn } from '@chatlayer-tables/files'
import { metaTitles } from '@chatlayer-tables/files'
import type { ExportOptions } from './export-types.ts'

export interface ExportColumns {
  readonly columns: readonly SinkColumn[]
  /** The values of a record by the names of these columns; it may hold others. */
  valuesOf(record: TableRecord<Values>): Values
}

/** @throws InvalidInputError for a selected column that the table does not have, and for an empty selection */
export function exportColumns(
  table: Table,
  { select, withMeta }: Pick<ExportOptions, 'select' | 'withMeta'>,
): ExportColumns {
  const titles = metaTitles(table)
  const selected = select?.map((name) => columnOf(name, table)) ?? table.columns.map(ofTable)
  const chosen = new Set(selected.map(({ field }) => field))
  const others = withMeta === true ? RECORD_FIELDS.filter((field) => !chosen.has(field)) : []
  const all = [...others.map((field) => ofRecord(field, titles)), ...selected]
  if (all.length === 0) {
    throw new InvalidInputError(`"${table.name}" has no column to export`, { field: 'select' })
  }
  const columns = new Map(all.map(({ column }) => [column.name, column]))
  const fields = new Map(
    all.flatMap(({ field, column }) =>
      field === undefined ? [] : [[field, column.name] as const],
    ),
  )
  if (fields.size === 0) return { columns: [...columns.values()], valuesOf: ({ values }) => values }
  return {
    columns: [...columns.values()],
    valuesOf(record) {
      // A gateway may give no dates; they are empty texts then.
      const own = [...fields].map(([field, name]) => [name, record[field] || null])
      return { ...Object.fromEntries(own), ...record.values }
    },
  }
}

/** A column of the file; `field` if it is a field of the record. */
interface ChosenColumn {
  readonly column: SinkColumn
  readonly field?: RecordField
}

function ofTable({ name, type }: Table['columns'][number]): ChosenColumn {
  return { column: { name, type: columnTypeOf(type) } }
}

function ofRecord(field: RecordField, titles: ReadonlyMap<RecordField, string>): ChosenColumn {
  const name = titles.get(field) ?? field
  return { field, column: { name, type: field === 'id' ? 'text' : 'timestamp' } }
}

/** Reads a name as queries do: in double quotes, it is a column also if it is that of a record field. */
function columnOf(selected: string, table: Table): ChosenColumn {
  const field = RECORD_FIELDS.find((own) => own === selected)
  if (field !== undefined) return ofRecord(field, metaTitles(table))
  const name = /^"(.*)"$/s.exec(selected)?.[1] ?? selected
  const column = table.columns.find((own) => own.name === name)
  if (column !== undefined) return ofTable(column)
  const near = nearest(name, [...table.columns.map((own) => own.name), ...RECORD_FIELDS])
  throw new InvalidInputError(`select: "${table.name}" has no column "${name}"`, {
    field: 'select',
    hint: near === undefined ? undefined : `Did you mean "${near}"?`,
  })
}

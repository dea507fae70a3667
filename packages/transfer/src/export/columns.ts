/** The columns of an exported file, and their values. */
import { columnTypeOf, RECORD_FIELDS } from '@chatlayer-tables/contract'
import {
  InvalidInputError,
  nearest,
  type Table,
  type TableRecord,
  type Values,
} from '@chatlayer-tables/core'
import type { SinkColumn } from '@chatlayer-tables/files'
import { metaTitles } from '@chatlayer-tables/files'
import type { TransferSituation } from '../errors/situations.ts'
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
  const columns = select === undefined ? table.columns : select.map((name) => columnOf(name, table))
  if (columns.length === 0 && withMeta !== true) {
    throw new InvalidInputError(`"${table.name}" has no column to export`, { field: 'select' })
  }
  const named = new Map<string, SinkColumn>(
    columns.map(({ name, type }) => [name, { name, type: columnTypeOf(type) }]),
  )
  if (withMeta !== true) return { columns: [...named.values()], valuesOf: ({ values }) => values }
  const titles = [...metaTitles(table)]
  const meta: SinkColumn[] = titles.map(([field, name]) => ({
    name,
    type: field === 'id' ? 'text' : 'timestamp',
  }))
  return {
    columns: [...meta, ...named.values()],
    valuesOf(record) {
      // A gateway may give no dates; they are empty texts then.
      const own = titles.map(([field, name]) => [name, record[field] || null])
      return { ...Object.fromEntries(own), ...record.values }
    },
  }
}

function columnOf(name: string, table: Table): Table['columns'][number] {
  const column = table.columns.find((own) => own.name === name)
  if (column !== undefined) return column
  const near = nearest(
    name,
    table.columns.map((own) => own.name),
  )
  const message = `select: "${table.name}" has no column "${name}"`
  if (RECORD_FIELDS.some((field) => field === name)) {
    throw new InvalidInputError(message, {
      field: 'select',
      hint: `The option withMeta exports the record fields ${RECORD_FIELDS.join(', ')}.`,
      situation: { code: 'RECORD_FIELD_SELECTED' } satisfies TransferSituation,
    })
  }
  throw new InvalidInputError(message, {
    field: 'select',
    hint: near === undefined ? undefined : `Did you mean "${near}"?`,
  })
}

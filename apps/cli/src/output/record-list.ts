/** Prints records on stdout in the requested format. */
import type { Table, TableRecord, Value } from '@chatlayer-tables/core'
import { metaTitles } from '@chatlayer-tables/transfer'
import type { Context } from '../context.ts'
import { UsageError } from '../failures.ts'
import { type RowFlags, rowFormat } from '../options/rows.ts'
import { columnsInQuery, type Field, parseFields, RECORD_FIELDS } from '../where.ts'
import { type HiddenColumn, recordColumns, recordRow } from './record-output.ts'
import { rowWriter } from './row-writers.ts'

export interface RecordList {
  /** Columns to read, in the form of queries; undefined means all. */
  readonly select: readonly string[] | undefined
  record(record: TableRecord): Promise<void>
  end(): Promise<void>
  /** Columns that did not fit on the terminal. */
  hidden(): readonly HiddenColumn[]
}

/**
 * @param select selected fields; undefined means the ID and all columns
 * @throws UsageError for several formats or an unknown field
 */
export function recordList(
  { out }: Pick<Context, 'out'>,
  table: Table,
  flags: RowFlags,
  select: readonly Field[] | undefined,
): RecordList {
  const { jsonFields } = flags
  const fields = jsonFields === undefined ? undefined : readFields(jsonFields, table, select)
  const columns = recordColumns(table, select, metaTitles(table))
  const writer = rowWriter(rowFormat(flags), out, columns)
  return {
    select: columnsInQuery(fields ?? select),
    record: (record) =>
      writer.row(fields === undefined ? record : pick(record, fields), () =>
        recordRow(record, columns),
      ),
    end: () => writer.end(),
    hidden: () => writer.hidden ?? [],
  }
}

function readFields(text: string, table: Table, select: readonly Field[] | undefined): Field[] {
  const all = select ?? table.columns.map(({ name }): Field => ({ column: name }))
  const columns = all.flatMap((field) => ('column' in field ? [field.column] : []))
  return parseFields(text).map((field) => {
    if ('meta' in field || columns.includes(field.column)) return field
    throw new UsageError(
      `--json ${text}: records have no "${field.column}"`,
      `Use one of: ${[...RECORD_FIELDS, ...columns].join(', ')}.`,
    )
  })
}

function pick(record: TableRecord, fields: readonly Field[]): Record<string, Value> {
  return Object.fromEntries(
    fields.map((field): [string, Value] =>
      'meta' in field
        ? [field.meta, record[field.meta]]
        : [field.column, record.values[field.column] ?? null],
    ),
  )
}

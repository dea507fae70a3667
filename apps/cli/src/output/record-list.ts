/** Prints records on stdout in the requested format. */
import type { Table, TableRecord, Value } from '@chatlayer-tables/core'
import { metaTitles } from '@chatlayer-tables/transfer'
import type { Context } from '../context.ts'
import { UsageError } from '../failures.ts'
import { type RowFlags, rowFormat } from '../options/rows.ts'
import { parseColumns } from '../where.ts'
import { recordColumns, recordRow } from './record-output.ts'
import { rowWriter } from './row-writers.ts'

export interface RecordList {
  /** Columns to read; undefined means all. */
  readonly select: readonly string[] | undefined
  record(record: TableRecord): Promise<void>
  end(): Promise<void>
  /** Columns that did not fit on the terminal. */
  hidden(): readonly string[]
}

const META = ['id', 'createdAt', 'updatedAt'] as const

/**
 * @param select selected columns; undefined means all
 * @throws UsageError for several formats or an unknown field
 */
export function recordList(
  { out }: Pick<Context, 'out'>,
  table: Table,
  flags: RowFlags,
  select: readonly string[] | undefined,
): RecordList {
  const { jsonFields } = flags
  const fields = jsonFields === undefined ? undefined : readFields(jsonFields, table, select)
  const [, ...others] = recordColumns(table, select)
  const columns = [{ name: 'id', title: metaTitles(table).get('id') }, ...others]
  const writer = rowWriter(rowFormat(flags), out, columns)
  return {
    select: fields === undefined ? select : columnsAmong(fields),
    record: (record) =>
      writer.row(fields === undefined ? record : pick(record, fields), () =>
        recordRow(record, columns),
      ),
    end: () => writer.end(),
    hidden: () => writer.hidden ?? [],
  }
}

type Field = { readonly meta: (typeof META)[number] } | { readonly column: string }

/** A quoted name is always a column, even if it is also `id`, `createdAt` or `updatedAt`. */
function readFields(text: string, table: Table, select: readonly string[] | undefined): Field[] {
  const quoted = new Set([...text.matchAll(/"((?:[^"]|"")*)"/g)].map(([, name]) => name))
  const columns = select ?? table.columns.map(({ name }) => name)
  return parseColumns(text).map((name): Field => {
    const meta = META.find((each) => each === name)
    if (meta !== undefined && !quoted.has(name)) return { meta }
    if (columns.includes(name)) return { column: name }
    throw new UsageError(
      `--json ${text}: records have no "${name}"`,
      `Use one of: ${[...META, ...columns].join(', ')}.`,
    )
  })
}

function columnsAmong(fields: readonly Field[]): string[] {
  return fields.flatMap((field) => ('column' in field ? [field.column] : []))
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

/** Records on stdout, in the form that was asked for. */
import { columnTypeOf } from '@chatlayer-tables/contract'
import { stringifyJson, type Table, type TableRecord, type Value } from '@chatlayer-tables/core'
import { createSink } from '@chatlayer-tables/files'
import { metaTitles } from '@chatlayer-tables/transfer'
import type { Context } from '../context.ts'
import { UsageError } from '../failures.ts'
import { type RowFormatFlags, rowFormat } from '../row-format.ts'
import { parseColumns } from '../where.ts'
import { JsonList, recordColumns, recordRow, rowSink } from './record-output.ts'
import { writerStream } from './writer-stream.ts'

export interface RecordList {
  /** The columns that are to be read; all when undefined. */
  readonly select: readonly string[] | undefined
  record(record: TableRecord): Promise<void>
  end(): Promise<void>
  /** Columns for which the terminal had no room. */
  hidden(): readonly string[]
}

const META = ['id', 'createdAt', 'updatedAt'] as const

/**
 * @param select columns that were chosen; all when undefined
 * @throws UsageError for several formats, and for a field that records have not
 */
export function recordList(
  { out }: Pick<Context, 'out'>,
  table: Table,
  flags: RowFormatFlags,
  select: readonly string[] | undefined,
): RecordList {
  const none = (): readonly string[] => []
  switch (rowFormat(flags)) {
    case 'json': {
      const list = new JsonList(out)
      const { jsonFields } = flags
      const fields = jsonFields === undefined ? undefined : readFields(jsonFields, table, select)
      return {
        select: fields === undefined ? select : columnsAmong(fields),
        record: (record) => list.item(fields === undefined ? record : pick(record, fields)),
        end: () => list.end(),
        hidden: none,
      }
    }
    case 'ndjson':
      return {
        select,
        record: (record) => out.write(`${stringifyJson(record)}\n`),
        end: async () => undefined,
        hidden: none,
      }
    case 'csv': {
      const id = metaTitles(table).get('id') ?? 'id'
      const names = select ?? table.columns.map(({ name }) => name)
      const columns = names.map((name) => ({ name, type: typeOf(table, name) }))
      const sink = createSink('csv', [{ name: id, type: undefined }, ...columns], writerStream(out))
      return {
        select,
        record: (record) => sink.write([{ ...record.values, [id]: record.id }]),
        end: () => sink.end(),
        hidden: none,
      }
    }
    case 'rows': {
      const columns = recordColumns(table, select)
      const sink = rowSink(out, columns)
      return {
        select,
        record: (record) => sink.row(recordRow(record, columns)),
        end: () => sink.end(),
        hidden: () => sink.hidden,
      }
    }
  }
}

function typeOf(table: Table, name: string) {
  const declared = table.columns.find((column) => column.name === name)?.type
  return declared === undefined ? undefined : columnTypeOf(declared)
}

type Field = { readonly meta: (typeof META)[number] } | { readonly column: string }

/** A name in quotes means a column, also where the record itself has a part of that name. */
function readFields(text: string, table: Table, select: readonly string[] | undefined): Field[] {
  const quoted = new Set([...text.matchAll(/"((?:[^"]|"")*)"/g)].map(([, name]) => name))
  const columns = select ?? table.columns.map(({ name }) => name)
  return parseColumns(text).map((name): Field => {
    const meta = META.find((each) => each === name)
    if (meta !== undefined && !quoted.has(name)) return { meta }
    if (columns.includes(name)) return { column: name }
    throw new UsageError(
      `--json ${text}: records have no "${name}"`,
      `There are: ${[...META, ...columns].join(', ')}`,
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

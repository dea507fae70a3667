/** A resolved definition of a table, for the store and the handlers. */
import { COLUMN_TYPES, type ColumnType, columnTypeOf } from '@chatlayer-tables/contract'
import { z } from 'zod'
import type { ColumnCodec } from './columns/codec.ts'
import { codecs } from './columns/index.ts'
import { EmulatorError } from './errors.ts'

/** SQLite allows 2,000 columns; some types need two, and a record has four of its own. */
const MAX_COLUMNS = 900

export const ColumnDefinition = z.strictObject({
  name: z.string().min(1),
  /** A type of the wire, or another of PostgreSQL's names for one, such as `varchar`. */
  type: z.string().refine((type) => columnTypeOf(type) !== undefined, {
    error: `must be one of ${COLUMN_TYPES.join(', ')}, or another PostgreSQL name for it`,
  }),
})
export type ColumnDefinition = z.infer<typeof ColumnDefinition>

export const TableDefinition = z.strictObject({
  name: z.string().min(1),
  description: z.string().default(''),
  columns: z
    .array(ColumnDefinition)
    .min(1)
    .max(MAX_COLUMNS)
    .refine((columns) => new Set(columns.map(({ name }) => name)).size === columns.length, {
      error: 'two columns have the same name',
    }),
})
export type TableDefinition = z.infer<typeof TableDefinition>

export interface ColumnInfo {
  readonly name: string
  /** The type in the table's definition, which may be an alias. */
  readonly declared: string
  readonly type: ColumnType
  readonly codec: ColumnCodec
  /** The name in JSON, quoted, with its colon. */
  readonly label: string
  /** The SQLite column of the value. */
  readonly valueColumn: string
  /** The SQLite column to compare by; the same where the value is its own key. */
  readonly keyColumn: string
}

export interface TableInfo {
  /** The name of the table in SQLite. */
  readonly number: number
  readonly id: string
  readonly name: string
  readonly description: string
  readonly columns: readonly ColumnInfo[]
  readonly byName: ReadonlyMap<string, ColumnInfo>
}

export function resolveTable(number: number, id: string, definition: TableDefinition): TableInfo {
  const columns = definition.columns.map(resolveColumn)
  return {
    number,
    id,
    name: definition.name,
    description: definition.description,
    columns,
    byName: new Map(columns.map((column) => [column.name, column])),
  }
}

function resolveColumn({ name, type: declared }: ColumnDefinition, index: number): ColumnInfo {
  const type = columnTypeOf(declared)
  if (type === undefined)
    throw new EmulatorError(`column "${name}" has an unknown type: ${declared}`)
  const codec = codecs[type]
  return {
    name,
    declared,
    type,
    codec,
    label: `${JSON.stringify(name)}:`,
    valueColumn: `v${index}`,
    keyColumn: codec.keyed ? `k${index}` : `v${index}`,
  }
}

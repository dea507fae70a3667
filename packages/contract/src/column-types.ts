import * as z from 'zod'
import { stated } from './standing.ts'

/** Column types of filters and fields. */
export const COLUMN_TYPES = [
  'text',
  'int',
  'numeric',
  'uuid',
  'bool',
  'timestamp',
  'jsonb',
] as const

export const ColumnType = stated(
  'ColumnType',
  'T',
  'The enum of the action body on the transcribed API page.',
  z.enum(COLUMN_TYPES),
)
export type ColumnType = z.infer<typeof ColumnType>

/**
 * PostgreSQL's other names for the same types. A table's `columns[].type` is a free string, so a
 * gateway may return `varchar` where the action body needs `text` (standing: I).
 */
const ALIASES: Readonly<Record<string, ColumnType>> = {
  varchar: 'text',
  'character varying': 'text',
  string: 'text',
  integer: 'int',
  int4: 'int',
  int8: 'int',
  bigint: 'int',
  smallint: 'int',
  decimal: 'numeric',
  boolean: 'bool',
  timestamptz: 'timestamp',
  'timestamp with time zone': 'timestamp',
  'timestamp without time zone': 'timestamp',
  json: 'jsonb',
}

/**
 * The wire's column type for a table's declared type; undefined for an unknown one. Case and
 * surrounding white space do not matter.
 */
export function columnTypeOf(declared: string): ColumnType | undefined {
  const name = declared.trim().toLowerCase()
  const known = COLUMN_TYPES.find((type) => type === name)
  return known ?? (Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined)
}

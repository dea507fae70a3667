/** TypeScript for the columns of tables. Pure: the same tables give the same text. */
import { type ColumnType, columnTypeOf } from '@chatlayer-tables/contract'
import type { Column, Table } from '@chatlayer-tables/core'
import { commentText, propertyName, typeNames } from './identifiers.ts'

export interface TypesOptions {
  /** Whether zod schemas are written, and the types after them. */
  readonly zod: boolean
}

export interface NamedTable {
  readonly table: Table
  /** Of its schema and type. */
  readonly name: string
}

/** The tables, each once, in the order of their names, with a name of TypeScript for each. */
export function nameTables(tables: readonly Table[]): NamedTable[] {
  const each = new Map(tables.map((table) => [`${table.botId} ${table.id}`, table]))
  const sorted = [...each.values()].sort(
    (a, b) => byCodeUnit(a.name, b.name) || byCodeUnit(a.id, b.id),
  )
  const names = typeNames(sorted.map(({ name }) => name))
  return sorted.map((table, index) => ({ table, name: names[index] ?? '' }))
}

function byCodeUnit(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}

export function typesText(tables: readonly NamedTable[], { zod }: TypesOptions): string {
  const columns = tables.flatMap(({ table }) => table.columns)
  const imports = [
    ...(columns.some((column) => typesOf(column).type === JSON_TYPE)
      ? [`import type { JsonValue } from '@chatlayer-tables/core'`]
      : []),
    ...(zod ? [`import { z } from 'zod'`] : []),
  ]
  const parts = [
    HEADER,
    ...(imports.length === 0 ? [] : [imports.join('\n')]),
    ...tables.map(zod ? schemaText : interfaceText),
  ]
  return `${parts.join('\n\n')}\n`
}

const HEADER = `// Written by clt types after the columns of tables. Do not edit: write it anew when they change.
// Types are those of values as @chatlayer-tables/core reads them; every column may be null.`

function schemaText({ table, name }: NamedTable): string {
  const lines = columnsOf(table).map((column) => {
    const { schema } = typesOf(column)
    return `  ${propertyName(column.name, 'literal')}: ${schema}.nullable(),${remark(column)}`
  })
  return `${about(table)}
export const ${name} = z.object({${block(lines)}})
export type ${name} = z.output<typeof ${name}>`
}

function interfaceText({ table, name }: NamedTable): string {
  const lines = columnsOf(table).map((column) => {
    const { type } = typesOf(column)
    const orNull = type === JSON_TYPE ? type : `${type} | null`
    return `  ${propertyName(column.name, 'type')}: ${orNull}${remark(column)}`
  })
  // Not an interface: to one of those a record of values by name cannot be assigned.
  return `${about(table)}\nexport type ${name} = {${block(lines)}}`
}

function block(lines: readonly string[]): string {
  return lines.length === 0 ? '' : `\n${lines.join('\n')}\n`
}

/** Each name once, as a record can hold it. */
function columnsOf({ columns }: Table): Column[] {
  return [...new Map(columns.map((column) => [column.name, column])).values()]
}

function about({ name, description }: Table): string {
  const what = `The table "${commentText(name)}"`
  const text = commentText((description ?? '').trim())
  return `/** ${text === '' ? what : `${what}: ${text}`} */`
}

interface Types {
  readonly schema: string
  readonly type: string
}

const JSON_TYPE = 'JsonValue'

const JSON_TYPES: Types = { schema: 'z.custom<JsonValue>()', type: JSON_TYPE }

const TYPES: Readonly<Record<ColumnType, Types>> = {
  text: { schema: 'z.string()', type: 'string' },
  uuid: { schema: 'z.guid()', type: 'string' },
  int: { schema: 'z.union([z.int(), z.bigint()])', type: 'number | bigint' },
  numeric: { schema: 'z.string()', type: 'string' },
  bool: { schema: 'z.boolean()', type: 'boolean' },
  timestamp: { schema: 'z.iso.datetime({ offset: true })', type: 'string' },
  jsonb: JSON_TYPES,
}

/** Of a declared type that is none we know, values are passed through as they are. */
function typesOf({ type }: Column): Types {
  const known = columnTypeOf(type)
  return known === undefined ? JSON_TYPES : TYPES[known]
}

/** What TypeScript's own types do not say. */
const REMARKS: Partial<Record<ColumnType, string>> = {
  int: 'int: a bigint beyond 2^53',
  numeric: 'numeric, exact',
  timestamp: 'timestamp in UTC',
  uuid: 'uuid',
}

function remark({ type }: Column): string {
  const known = columnTypeOf(type)
  const text = known === undefined ? `declared as ${commentText(type)}` : REMARKS[known]
  return text === undefined ? '' : ` // ${text}`
}

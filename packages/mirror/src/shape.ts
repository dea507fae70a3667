/** How a table of the gateway stands in SQLite. Pure. */
import { type ColumnType, columnTypeOf } from '@chatlayer-tables/contract'
import type { Table, TableRecord, Value } from '@chatlayer-tables/core'
import { OWN_PREFIX, quoteName, sqlNames } from './names.ts'

export type Showing = 'show' | 'mask' | 'hide'

/**
 * What of a table may be seen: of the table as such (no column), or of one column. A hidden column
 * is not brought here at all; of a masked one that it is there.
 */
export type Visibility = (table: Table, column: string | undefined) => Showing

/** One column of a mirror. */
export interface ShapeColumn {
  /** As SQL names it. */
  readonly name: string
  /** The column of the table; undefined for what every record has. */
  readonly source: string | undefined
  /** Undefined for a type that nothing is known of. */
  readonly type: ColumnType | undefined
  readonly masked: boolean
}

/** A table of the gateway as it stands in a mirror. Plain data: equal shapes are equal as JSON. */
export interface Shape {
  readonly tableId: string
  /** The table's own name. */
  readonly table: string
  /** As SQL names it. */
  readonly name: string
  readonly columns: readonly ShapeColumn[]
}

/** What every record has beside its values; a column of the table named so gets a suffix. */
const RECORD_COLUMNS = ['id', 'created_at', 'updated_at'] as const

const OWN: readonly ShapeColumn[] = [
  { name: 'id', source: undefined, type: 'uuid', masked: false },
  { name: 'created_at', source: undefined, type: 'timestamp', masked: false },
  { name: 'updated_at', source: undefined, type: 'timestamp', masked: false },
]

/** SQLite takes so many columns in one table, and no more. */
const MAX_COLUMNS = 2_000

/**
 * The shapes of all tables of a bot that may be seen. Names are given in the order of the tables'
 * names, then ids, so that they do not depend on the order in which the gateway lists them.
 */
export function shapesOf(tables: readonly Table[], visible?: Visibility): Shape[] {
  const seen = tables
    .filter((table) => (visible?.(table, undefined) ?? 'show') !== 'hide')
    .toSorted((a, b) => compare(a.name, b.name) || compare(a.id, b.id))
  const names = sqlNames(seen.map(({ name }) => name))
  return seen.map((table, index) => shapeOf(table, names[index] ?? table.name, visible))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function shapeOf(table: Table, name: string, visible?: Visibility): Shape {
  const masked = visible?.(table, undefined) === 'mask'
  const columns = table.columns
    .map((column) => ({ ...column, showing: visible?.(table, column.name) ?? 'show' }))
    .filter(({ showing }) => showing !== 'hide')
    .slice(0, MAX_COLUMNS - OWN.length)
  const names = sqlNames(
    columns.map((column) => column.name),
    RECORD_COLUMNS,
  )
  return {
    tableId: table.id,
    table: table.name,
    name,
    columns: [
      ...OWN,
      ...columns.map((column, index) => ({
        name: names[index] ?? column.name,
        source: column.name,
        type: columnTypeOf(column.type),
        masked: masked || column.showing === 'mask',
      })),
    ],
  }
}

/**
 * Declared types: the words of the table's own types, so that an answer can tell them, followed by
 * TEXT where SQLite would otherwise turn text that looks like a number into one.
 */
const DECLARED: Readonly<Record<ColumnType, string>> = {
  text: 'TEXT',
  uuid: 'UUID TEXT',
  int: 'INT',
  numeric: 'NUMERIC',
  bool: 'BOOL',
  timestamp: 'TIMESTAMP TEXT',
  jsonb: 'JSONB TEXT',
}

function declaredType({ type, masked }: ShapeColumn): string {
  return type === undefined || masked ? 'TEXT' : DECLARED[type]
}

/** The type of a column of an answer by its declared type; undefined for what is reckoned. */
export function typeOfDeclared(declared: string | null): ColumnType | undefined {
  if (declared === null) return undefined
  const found = Object.entries(DECLARED).find(([, words]) => words === declared)
  return found?.[0] as ColumnType | undefined
}

/** @param as the name to create it under, with its schema where it has one; quoted already */
export function createTableSql({ columns }: Pick<Shape, 'columns'>, as: string): string {
  const parts = columns.map((column) => `${quoteName(column.name)} ${declaredType(column)}`)
  return `CREATE TABLE ${as} (${parts.join(', ')})`
}

/**
 * The index by which records are found. It is made once the records are there, which is cheaper than
 * keeping it while they come.
 *
 * @param schema quoted already, with its dot; where the table stands
 */
export function createIndexSql({ name }: Pick<Shape, 'name'>, schema = ''): string {
  return `CREATE UNIQUE INDEX ${schema}${quoteName(`${OWN_PREFIX}_${name}`)} ON ${quoteName(name)} ("id")`
}

/** What a record holds in a column, as core reads it. */
export function recordValue(record: TableRecord, column: ShapeColumn): Value {
  if (column.source !== undefined) return record.values[column.source] ?? null
  switch (column.name) {
    case 'id':
      return record.id
    case 'created_at':
      return record.createdAt
    default:
      return record.updatedAt
  }
}

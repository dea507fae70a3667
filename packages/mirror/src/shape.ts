/** The form of a gateway's table in SQLite. Pure. */
import { type ColumnType, columnTypeOf } from '@chatlayer-tables/contract'
import type { Table, TableRecord, Value } from '@chatlayer-tables/core'
import { OWN_PREFIX, quoteName, sqlNames } from './names.ts'

export type Showing = 'show' | 'mask' | 'hide'

/**
 * Whether a table (without a column) or one column is readable. A hidden column is not stored at all; of a
 * masked one only its existence is.
 */
export type Visibility = (table: Table, column: string | undefined) => Showing

/** One column of a mirror. */
export interface ShapeColumn {
  /** The name in SQL. */
  readonly name: string
  /** The column of the table; undefined for id and dates. */
  readonly source: string | undefined
  /** Undefined for an unknown type. */
  readonly type: ColumnType | undefined
  readonly masked: boolean
}

/** The form of a table in a mirror. Plain data: equal shapes are equal as JSON. */
export interface Shape {
  readonly tableId: string
  /** The table's own name. */
  readonly table: string
  /** The name in SQL. */
  readonly name: string
  readonly columns: readonly ShapeColumn[]
}

/** The columns of every record; a column of the table with such a name gets a suffix. */
const RECORD_COLUMNS = ['id', 'created_at', 'updated_at'] as const

const OWN: readonly ShapeColumn[] = [
  { name: 'id', source: undefined, type: 'uuid', masked: false },
  { name: 'created_at', source: undefined, type: 'timestamp', masked: false },
  { name: 'updated_at', source: undefined, type: 'timestamp', masked: false },
]

/** SQLite's limit for the columns of a table. */
const MAX_COLUMNS = 2_000

/**
 * The shapes of all readable tables of a bot. Names are assigned in the order of the tables' names, then
 * ids, so that they do not depend on the order of the gateway's list.
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
 * Declared types: the names of the table's own types, so that a result can show them, followed by TEXT
 * where SQLite would otherwise convert text that looks like a number.
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

/** The type of a column in a CREATE TABLE. */
export function declaredType({ type, masked }: Pick<ShapeColumn, 'type' | 'masked'>): string {
  return type === undefined || masked ? 'TEXT' : DECLARED[type]
}

/** The type of a result's column by its declared type; undefined for computed columns. */
export function typeOfDeclared(declared: string | null): ColumnType | undefined {
  if (declared === null) return undefined
  const found = Object.entries(DECLARED).find(([, words]) => words === declared)
  return found?.[0] as ColumnType | undefined
}

/** @param as the quoted name of the new table, with its schema where it has one */
export function createTableSql({ columns }: Pick<Shape, 'columns'>, as: string): string {
  return `CREATE TABLE ${as} (${columnsSql(columns)})`
}

/** A table whose only columns are these: without SQLite's own, such as rowid. */
export function createRecordTableSql({ columns }: Pick<Shape, 'columns'>, as: string): string {
  return `CREATE TABLE ${as} (${columnsSql(columns)}, PRIMARY KEY ("id")) WITHOUT ROWID`
}

function columnsSql(columns: Shape['columns']): string {
  return columns.map((column) => `${quoteName(column.name)} ${declaredType(column)}`).join(', ')
}

/**
 * The index to find records by id. It is created after the records are stored, which is cheaper than
 * updating it with each record.
 *
 * @param schema the quoted schema of the table, with its dot
 */
export function createIndexSql({ name }: Pick<Shape, 'name'>, schema = ''): string {
  return `CREATE UNIQUE INDEX ${schema}${quoteName(`${OWN_PREFIX}_${name}`)} ON ${quoteName(name)} ("id")`
}

/** The value of a record's column, as core reads it. */
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

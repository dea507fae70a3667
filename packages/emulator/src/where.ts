/** Converts the filters of an action to a condition in SQL. */
import {
  type ColumnType,
  type Dialect,
  type OperatorWord,
  RECORD_FIELDS,
  type ReceivedFilter,
  readList,
  recordFieldColumn,
} from '@chatlayer-tables/contract'
import { type Cell, type ColumnCodec, LiteralError, type Stored } from './columns/codec.ts'
import { codecs } from './columns/index.ts'
import { badRequest } from './errors.ts'
import type { Condition } from './store.ts'
import type { TableInfo } from './tables.ts'

export const EVERY: Condition = { sql: 'TRUE', params: [] }
export const NONE: Condition = { sql: 'FALSE', params: [] }

/** SQLite's planner fails somewhere above this; the gateway's limit is unknown. */
const MAX_FILTERS = 500

interface Filterable {
  readonly type: ColumnType
  readonly codec: ColumnCodec
  readonly keyColumn: string
}

const SQL_OF_FIELD = { id: 'id', createdAt: 'created', updatedAt: 'updated' } as const

/**
 * The filters as SQL; null matches no operator. Undefined when there are none, or all of them were
 * ignored; the effect depends on the action.
 *
 * @throws Rejection 400 for a filter that the table, its column's type or the dialect does not accept
 */
export function conditionOf(
  filters: readonly ReceivedFilter[],
  table: TableInfo,
  dialect: Dialect,
): Condition | undefined {
  if (filters.length > MAX_FILTERS) throw badRequest(`more than ${MAX_FILTERS} filters`)
  const conditions = filters.flatMap((filter) => {
    const column = findFilterable(filter.column, table, dialect)
    if (column !== undefined) return [oneCondition(filter, column, dialect)]
    if (dialect.unknownColumn === 'ignored') return []
    throw badRequest(`column "${filter.column}" does not exist`)
  })
  if (conditions.length === 0) return undefined
  const word = dialect.filterCombination === 'or' ? ' OR ' : ' AND '
  return {
    sql: conditions.map(({ sql }) => sql).join(word),
    params: conditions.flatMap(({ params }) => params),
  }
}

/** A column of the table; otherwise a record's id or date where the dialect has a name for it. */
function findFilterable(name: string, table: TableInfo, dialect: Dialect): Filterable | undefined {
  const own = table.byName.get(name)
  if (own !== undefined) return own
  for (const field of RECORD_FIELDS) {
    const column = recordFieldColumn(field, dialect)
    if (column?.name !== name) continue
    return { type: column.type, codec: codecs[column.type], keyColumn: SQL_OF_FIELD[field] }
  }
  return undefined
}

function oneCondition(filter: ReceivedFilter, column: Filterable, dialect: Dialect): Condition {
  const { column: name, type, operator, value } = filter
  checkType(name, type, column.type)
  if (value === undefined) throw badRequest(`the filter on "${name}" has no value`)
  const compare = COMPARISONS[operator]
  if (compare !== undefined) {
    const { key } = parseCell(name, column.codec, value, dialect)
    return { sql: `${column.keyColumn} ${compare} ?`, params: [key] }
  }
  const encoding = dialect.listEncoding === 'unknown' ? 'json' : dialect.listEncoding
  const list = readList(value, encoding)
  if (list === undefined) {
    throw badRequest(`the filter on "${name}": ${operator} takes a list, written as ${encoding}`)
  }
  const keys = list.map((item) => parseCell(name, column.codec, item, dialect).key)
  const members = `(SELECT value FROM json_each(?))`
  const sql =
    operator === 'in'
      ? `${column.keyColumn} IN ${members}`
      : `(${column.keyColumn} IS NOT NULL AND ${column.keyColumn} NOT IN ${members})`
  return { sql, params: [jsonList(keys)] }
}

const COMPARISONS: Readonly<Record<OperatorWord, string | undefined>> = {
  eq: '=',
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
  in: undefined,
  nin: undefined,
}

/** Keeps every digit of an integer for SQLite. */
function jsonList(keys: readonly Stored[]): string {
  return `[${keys.map((key) => (typeof key === 'bigint' ? String(key) : JSON.stringify(key))).join(',')}]`
}

/** @throws Rejection 400 */
export function checkType(name: string, given: ColumnType | undefined, actual: ColumnType): void {
  if (given !== undefined && given !== actual) {
    throw badRequest(`column "${name}" is of type ${actual}, not ${given}`)
  }
}

/** @throws Rejection 400 with the column */
export function parseCell(
  name: string,
  codec: ColumnCodec,
  literal: string,
  dialect: Dialect,
): Cell {
  try {
    return codec.parse(literal, dialect)
  } catch (error) {
    if (error instanceof LiteralError) throw badRequest(`column "${name}": ${error.message}`)
    throw error
  }
}

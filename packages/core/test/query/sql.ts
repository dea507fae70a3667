/** Conditions as SQL, written apart from the code under test, for PostgreSQL to judge them. */
import type { Column } from '@chatlayer-tables/contract'
import type { Where } from '../../src/query/where-types.ts'

const SQL_TYPES: Readonly<Record<string, string>> = {
  text: 'text',
  int: 'bigint',
  numeric: 'numeric',
  bool: 'boolean',
  uuid: 'uuid',
  timestamp: 'timestamptz',
  jsonb: 'jsonb',
  mystery: 'text',
}

export function sqlType(type: string): string {
  const name = SQL_TYPES[type]
  if (name === undefined) throw new Error(`no SQL type for ${type}`)
  return name
}

interface SqlColumn {
  readonly sql: string
  readonly type: string
}

export function sqlString(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

export function sqlOfWhere(where: Where, columns: readonly Column[]): string {
  const parts = Object.entries(where).map(([key, value]) => {
    if (key === 'and' || key === 'or') {
      const list = value as readonly Where[]
      const inner = list.map((one) => sqlOfWhere(one, columns))
      return inner.length === 0
        ? String(key === 'and')
        : `(${inner.join(` ${key.toUpperCase()} `)})`
    }
    if (key === 'not') return `(NOT ${sqlOfWhere(value as Where, columns)})`
    return sqlOfComparisons(findColumn(key, columns), value)
  })
  return parts.length === 0 ? 'true' : `(${parts.join(' AND ')})`
}

function findColumn(key: string, columns: readonly Column[]): SqlColumn {
  if (key === 'id') return { sql: 'id', type: 'text' }
  if (key === 'createdAt') return { sql: 'created', type: 'timestamp' }
  const name = /^".*"$/s.test(key) ? key.slice(1, -1) : key
  const index = columns.findIndex((column) => column.name === name)
  const { type } = columns[index] as Column
  return { sql: `c${index}`, type }
}

function sqlOfComparisons(column: SqlColumn, value: unknown): string {
  if (value === null) return `(${column.sql} IS NULL)`
  const isComparison =
    typeof value === 'object' && !(value instanceof Date) && !Array.isArray(value)
  if (!isComparison) return sqlOfOne(column, 'eq', value)
  const parts = Object.entries(value as object).map(([word, one]) => sqlOfOne(column, word, one))
  return `(${parts.join(' AND ')})`
}

const SIGNS: Readonly<Record<string, string>> = {
  eq: '=',
  ne: '<>',
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
}

function sqlOfOne(column: SqlColumn, word: string, value: unknown): string {
  const { sql } = column
  switch (word) {
    case 'isNull':
      return `(${sql} IS ${value === true ? '' : 'NOT '}NULL)`
    case 'in':
      return `(${sql} = ANY (${sqlArray(value as unknown[], column.type)}))`
    case 'nin':
      return `(${sql} <> ALL (${sqlArray(value as unknown[], column.type)}))`
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      return sqlOfMatch(sql, word, sqlString(value as string))
    case 'icontains':
    case 'istartsWith':
    case 'iendsWith':
      return sqlOfMatch(folded(sql), word.slice(1), folded(sqlString(value as string)))
    case 'ieq':
      return `(${folded(sql)} = ${folded(sqlString(value as string))})`
    default:
      return `(${sql} ${SIGNS[word]} ${sqlLiteral(value, column.type)})`
  }
}

function sqlOfMatch(text: string, word: string, part: string): string {
  switch (word) {
    case 'contains':
      return `(position(${part} in ${text}) > 0)`
    case 'startsWith':
      return `starts_with(${text}, ${part})`
    default:
      return `(right(${text}, length(${part})) = ${part})`
  }
}

/** With this collation PostgreSQL folds by Unicode's simple case folding. */
export function folded(sql: string): string {
  return `casefold(${sql} COLLATE "pg_c_utf8")`
}

function sqlArray(values: readonly unknown[], type: string): string {
  const element = type === 'int' ? 'numeric' : sqlType(type)
  return `ARRAY[${values.map((value) => sqlLiteral(value, type)).join(', ')}]::${element}[]`
}

/** Integers as numeric, since a condition may name one that no bigint holds. */
function sqlLiteral(value: unknown, type: string): string {
  switch (type) {
    case 'int':
      return `${sqlString(String(value))}::numeric`
    case 'jsonb': {
      const text = typeof value === 'bigint' ? String(value) : JSON.stringify(value)
      return `${sqlString(text)}::jsonb`
    }
    case 'timestamp': {
      const text = value instanceof Date ? value.toISOString() : (value as string)
      return `${sqlString(text)}::timestamptz`
    }
    case 'mystery':
      return typeof value === 'string' ? `${sqlString(value)}::text` : 'NULL::text'
    default:
      return `${sqlString(String(value))}::${sqlType(type)}`
  }
}

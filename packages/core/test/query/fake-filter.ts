/**
 * What a filter means to the fake gateway: PostgreSQL's comparisons on stored values, written apart
 * from the code under test. Values are stored as their literals, by column name; null where there is
 * none. Throws for what a strict gateway would answer with 400.
 */
import type { Dialect, Table } from '@chatlayer-tables/contract'
import type { FakeFilter } from './fake-gateway.ts'

export interface StoredRecord {
  readonly id: string
  /** Microseconds since 1970. */
  readonly created: bigint
  readonly stored: Readonly<Record<string, string | null>>
}

export function meetsFilter(
  record: StoredRecord,
  filter: FakeFilter,
  table: Table,
  dialect: Dialect,
): boolean {
  const { type, stored } = findColumn(record, filter, table, dialect)
  if (filter.value === undefined) throw new Error('400: a filter without a value')
  if (filter.columnType !== type) {
    throw new Error(`400: ${filter.columnName} is ${type}, not ${filter.columnType}`)
  }
  const isList = filter.operator === 'in' || filter.operator === 'nin'
  const literals = isList ? readListLiteral(filter.value, dialect) : [filter.value]
  const wanted = literals.map((literal) => comparable(literal, type))
  if (stored === null) return false
  const held = comparable(stored, type)
  switch (filter.operator) {
    case 'eq':
    case 'in':
      return wanted.some((one) => one === held)
    case 'nin':
      return wanted.every((one) => one !== held)
    case 'gt':
      return wanted.every((one) => ordered(held, type) > ordered(one, type))
    case 'gte':
      return wanted.every((one) => ordered(held, type) >= ordered(one, type))
    case 'lt':
      return wanted.every((one) => ordered(held, type) < ordered(one, type))
    case 'lte':
      return wanted.every((one) => ordered(held, type) <= ordered(one, type))
    default:
      throw new Error(`400: operator ${filter.operator}`)
  }
}

function findColumn(
  record: StoredRecord,
  filter: FakeFilter,
  table: Table,
  dialect: Dialect,
): { type: string; stored: string | null } {
  const name = filter.columnName
  const own = table.columns.find((column) => column.name === name)
  if (own !== undefined) return { type: own.type, stored: record.stored[name] ?? null }
  if (name === 'id' && dialect.idFilter !== 'none') {
    return { type: dialect.idFilter, stored: record.id }
  }
  const created = { camel: 'createdAt', snake: 'created_at', none: undefined }[
    dialect.timestampFilter
  ]
  if (name === created) return { type: 'timestamp', stored: isoOf(record.created, true) }
  throw new Error(`400: no column ${name}`)
}

/** ISO 8601 in UTC; with all six digits, or cut to milliseconds. */
export function isoOf(micros: bigint, whole: boolean): string {
  const millis = micros / 1000n
  const text = new Date(Number(millis)).toISOString()
  return whole ? `${text.slice(0, -1)}${String(micros % 1000n).padStart(3, '0')}Z` : text
}

/** Numbers as integers of one scale, so that equal values are identical. */
const SCALE = 10n ** 12n

function comparable(literal: string, type: string): string | bigint {
  switch (type) {
    case 'int':
      if (!/^-?\d+$/.test(literal)) throw new Error(`400: invalid int ${literal}`)
      if (BigInt.asIntN(64, BigInt(literal)) !== BigInt(literal))
        throw new Error('400: out of range')
      return BigInt(literal) * SCALE
    case 'numeric': {
      const match = /^(-?)(\d+)(?:\.(\d{1,12}))?$/.exec(literal)
      if (match === null) throw new Error(`400: invalid numeric ${literal}`)
      const size = BigInt(match[2] as string) * SCALE + BigInt((match[3] ?? '').padEnd(12, '0'))
      return match[1] === '-' ? -size : size
    }
    case 'bool':
      if (literal !== 'true' && literal !== 'false') throw new Error(`400: invalid bool ${literal}`)
      return literal
    case 'uuid':
      if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(literal)) {
        throw new Error(`400: invalid uuid ${literal}`)
      }
      return literal.toLowerCase()
    case 'timestamp': {
      const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{3})(\d{3})?Z$/.exec(literal)
      if (match === null) throw new Error(`400: invalid timestamp ${literal}`)
      return BigInt(Date.parse(`${match[1]}.${match[2]}Z`)) * 1000n + BigInt(match[3] ?? '0')
    }
    case 'text':
      return literal
    default:
      throw new Error(`400: cannot filter on ${type}`)
  }
}

/** A strict gateway's text order is that of its unknown collation: a query must not rely on it. */
function ordered(value: string | bigint, type: string): string | bigint {
  if (type !== 'int' && type !== 'numeric' && type !== 'timestamp') {
    throw new Error(`a query leans on the gateway's order of ${type}`)
  }
  return value
}

function readListLiteral(text: string, dialect: Dialect): string[] {
  switch (dialect.listEncoding) {
    case 'json':
      return (JSON.parse(text) as unknown[]).map(String)
    case 'comma':
      return text.split(',')
    case 'postgres':
      return Array.from(text.slice(1, -1).matchAll(/"((?:[^"\\]|\\.)*)"/gs), (match) =>
        (match[1] as string).replace(/\\(.)/gs, '$1'),
      )
    default:
      throw new Error('400: it is not known how a list is written')
  }
}

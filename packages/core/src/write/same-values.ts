/** Whether a record holds the written values, by the equality of the column's type. */
import type { ColumnType, Dialect, Table } from '@chatlayer-tables/contract'
import type { Values } from '../types.ts'
import { hashOf, keyOf } from '../values/compare.ts'
import { decodeValue } from '../values/decode.ts'
import { isRawNumber, parseJson, stringifyJson } from '../values/json.ts'
import { mapJson } from '../values/json-walk.ts'
import { encodeText } from '../values/literal.ts'
import { columnsOf } from '../values/table-shape.ts'
import { readTimestamp } from '../values/timestamp.ts'

/** Precision of the gateway's timestamps; see the dialect setting. */
export type Precision = Dialect['timestampPrecision']

/** Whether a record holds every value that was sent, at the precision of the gateway. */
export function holdsValues(
  held: Values,
  sent: Values,
  table: Table,
  precision: Precision = 'microseconds',
): boolean {
  for (const column of Object.keys(sent)) {
    if (isChanged(held, sent, column, table, precision)) return false
  }
  return true
}

/** The sent values that a record does not hold yet; `undefined` ones are not sent. */
export function changedValues(
  held: Values,
  sent: Values,
  table: Table,
  precision: Precision = 'microseconds',
): Values {
  const changed = Object.entries(sent).filter(([column]) =>
    isChanged(held, sent, column, table, precision),
  )
  return Object.fromEntries(changed)
}

/** Whether a record does not hold the value that is sent for a column. */
export function isChanged(
  held: Values,
  sent: Values,
  column: string,
  table: Table,
  precision: Precision = 'microseconds',
): boolean {
  const value = sent[column]
  if (value === undefined) return false
  const now = Object.hasOwn(held, column) ? held[column] : null
  if (now === value) return false
  const [old, wanted] = [canonicalValue(now, column, table), canonicalValue(value, column, table)]
  if (old === wanted) return false
  const isTimestamp = columnsOf(table).get(column)?.known === 'timestamp'
  return precision === 'microseconds' || !isTimestamp || !isSameWithin(now, value, UNITS[precision])
}

/** Unit in milliseconds. */
const UNITS = { milliseconds: 1, seconds: 1_000 } as const

/**
 * Whether a stored timestamp is a more precise one that was truncated or rounded to whole units.
 */
function isSameWithin(stored: unknown, sent: unknown, unitMs: number): boolean {
  const [a, b] = [stored, sent].map((value) =>
    typeof value === 'string'
      ? microsOf(value)
      : value instanceof Date
        ? value.getTime() * 1_000
        : NaN,
  ) as [number, number]
  const unit = unitMs * 1_000
  return a % unit === 0 && Math.abs(a - b) < unit
}

/** Microseconds since 1970; NaN for an invalid timestamp. Exact up to the year 2255. */
function microsOf(text: string): number {
  const reading = readTimestamp(text)
  if (!reading.ok) return Number.NaN
  const { text: canonical } = reading
  const below = canonical.length === 24 ? 0 : Number(canonical.slice(23, 26))
  return Date.parse(canonical) * 1_000 + below
}

/**
 * A text that two values of a column share when they are equal; null for null. (Numbers within
 * jsonb that have different numbers of trailing zeros count as different.)
 */
export function canonicalValue(value: unknown, column: string, table: Table): string | null {
  if (value === null || value === undefined) return null
  const type = columnsOf(table).get(column)?.known
  try {
    return canonicalText(encodeText(value, type, column), type)
  } catch {
    // A value that is not of the column's type, or nested too deep to be written, came from the
    // gateway and equals only itself.
    return `?${stringifyJson(value)}`
  }
}

function canonicalText(text: string, type: ColumnType | undefined): string {
  if (type === undefined) return text
  if (type === 'jsonb') return canonicalJson(parseJson(text))
  const key = keyOf(decodeValue(text, type), type)
  return (key === undefined ? undefined : hashOf(key)) ?? text
}

/** JSON text that is the same for values that differ only in the order of their keys. */
export function canonicalJson(value: unknown): string {
  const sorted = mapJson(
    value,
    (leaf) => leaf,
    isRawNumber,
    (members) => Object.keys(members).sort(),
  )
  return stringifyJson(sorted)
}

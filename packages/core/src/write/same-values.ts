/** Whether a record holds what was written, as the column's type means equality. */
import type { ColumnType, Dialect, Table } from '@chatlayer-tables/contract'
import type { Values } from '../types.ts'
import { hashOf, keyOf } from '../values/compare.ts'
import { decodeValue } from '../values/decode.ts'
import { isRawNumber, parseJson, stringifyJson } from '../values/json.ts'
import { mapJson } from '../values/json-walk.ts'
import { encodeText } from '../values/literal.ts'
import { columnsOf } from '../values/table-shape.ts'
import { readTimestamp } from '../values/timestamp.ts'

/** How finely the gateway keeps timestamps; see the dialect setting. */
export type Precision = Dialect['timestampPrecision']

/** Whether a record holds every value that was sent, as finely as the gateway keeps it. */
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

/** Those of the sent values that a record does not hold already; `undefined` ones are not sent. */
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

/** In milliseconds. */
const UNITS = { milliseconds: 1, seconds: 1_000 } as const

/** Whether a stored timestamp is a finer one that was cut or rounded to whole units. */
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

/** Microseconds since 1970; NaN for what is no timestamp. Exact to the year 2255. */
function microsOf(text: string): number {
  const reading = readTimestamp(text)
  if (!reading.ok) return Number.NaN
  const { text: canonical } = reading
  const below = canonical.length === 24 ? 0 : Number(canonical.slice(23, 26))
  return Date.parse(canonical) * 1_000 + below
}

/**
 * A text that two values of a column have in common when they are equal; null for null. (Numbers
 * within jsonb that are written with different numbers of zeros count as different.)
 */
export function canonicalValue(value: unknown, column: string, table: Table): string | null {
  if (value === null || value === undefined) return null
  const type = columnsOf(table).get(column)?.known
  try {
    return canonicalText(encodeText(value, type, column), type)
  } catch {
    // What is none of the column's type, or nested too deep to be written, came from the gateway and
    // equals only itself.
    return `?${stringifyJson(value)}`
  }
}

function canonicalText(text: string, type: ColumnType | undefined): string {
  if (type === undefined) return text
  if (type === 'jsonb') return canonicalJson(parseJson(text))
  const key = keyOf(decodeValue(text, type), type)
  return (key === undefined ? undefined : hashOf(key)) ?? text
}

/** JSON text that values have in common which differ in the order of their keys alone. */
export function canonicalJson(value: unknown): string {
  const sorted = mapJson(
    value,
    (leaf) => leaf,
    isRawNumber,
    (members) => Object.keys(members).sort(),
  )
  return stringifyJson(sorted)
}

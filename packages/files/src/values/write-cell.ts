/** Values of a table's columns as cells of a file. */
import type { ColumnType } from '@chatlayer-tables/contract'
import { type JsonValue, stringifyJson, type Value } from '@chatlayer-tables/core'

/** A cell of a text format: null when it is empty and not in quotes. */
export type Cell = string | null

/**
 * The cell of a text format for a value, null for null; reading it back with the same type gives the
 * same value.
 */
export function valueToCell(value: Value | undefined, type: ColumnType | undefined): Cell {
  if (value === null || value === undefined) return null
  if (type === 'jsonb') return stringifyJson(value)
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'object' ? stringifyJson(value) : String(value)
}

/**
 * The JSON for a value; reading it back with the same type gives the same value. Integers are
 * numbers; decimals are text, since a JSON number does not keep `12.50` apart from `12.5`.
 */
export function valueToJson(value: Value | undefined, type: ColumnType | undefined): JsonValue {
  if (value === null || value === undefined) return null
  if (value instanceof Date) return value.toISOString()
  if (type !== 'int' || typeof value !== 'string' || !/^-?\d+$/.test(value)) return value
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : BigInt(value)
}

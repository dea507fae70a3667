/** The order of values in aggregates: core's order, with a position for values without an order. */
import type { ColumnType } from '@chatlayer-tables/contract'
import { compareValues } from '@chatlayer-tables/core'

/** The direction of an order: 1 is ascending or greatest, -1 descending or least. */
export type Sign = -1 | 1

/** Whether values of this type have an order. JSON has none, and unknown types may have none. */
export function isOrderedType(type: ColumnType | undefined): boolean {
  return type !== undefined && type !== 'jsonb'
}

/** Whether a value can be ordered: false for null and for values that do not match the type. */
export function isComparable(value: unknown, type: ColumnType | undefined): boolean {
  return compareValues(value, value, type) !== undefined
}

/**
 * Whether a value replaces the current extreme; undefined if it is not comparable.
 *
 * @param extreme a comparable value, undefined before the first
 */
export function isBeyond(
  value: unknown,
  extreme: unknown,
  type: ColumnType | undefined,
  sign: Sign,
): boolean | undefined {
  const order = compareValues(value, extreme === undefined ? value : extreme, type)
  if (order === undefined) return undefined
  return extreme === undefined || sign * order > 0
}

/**
 * Compares two cells of one column. Values without an order, such as null, come last in both directions
 * and are equal to each other.
 */
export function compareCells(
  a: unknown,
  b: unknown,
  type: ColumnType | undefined,
  sign: Sign,
): number {
  const order = compareValues(a, b, type)
  if (order !== undefined) return sign * order
  return Number(isComparable(b, type)) - Number(isComparable(a, type))
}

import type { ColumnType } from '@chatlayer-tables/contract'
import { compareKeys, keyOf } from './compare.ts'

/**
 * Negative, zero or positive, as PostgreSQL orders values of a type (text by code point); undefined
 * for null, JSON, and values that are not of the type.
 */
export function compareValues(
  a: unknown,
  b: unknown,
  type: ColumnType | undefined,
): number | undefined {
  const left = keyOf(a, type)
  const right = keyOf(b, type)
  return left === undefined || right === undefined ? undefined : compareKeys(left, right)
}

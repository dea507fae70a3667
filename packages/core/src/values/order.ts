/** The order of values by column type, for programs that sort or bound them themselves. */
import type { ColumnType } from '@chatlayer-tables/contract'
import { compareKeys, type Key, keyOf } from './compare.ts'

/** A value prepared by {@link orderKey}; what it holds is nobody's business. */
export interface OrderKey {
  readonly kind: string
}

/** Prepares a decoded value; undefined for null and for a value that has not the column's type. */
export function orderKey(
  value: unknown,
  type: ColumnType | 'id' | undefined,
): OrderKey | undefined {
  return keyOf(value, type)
}

/**
 * Negative, zero or positive, as PostgreSQL orders values of the type (text by code point);
 * undefined where there is no order.
 */
export function compareOrderKeys(a: OrderKey, b: OrderKey): number | undefined {
  return compareKeys(a as Key, b as Key)
}

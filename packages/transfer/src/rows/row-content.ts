import { createHash } from 'node:crypto'
import { canonicalValue, type Table, type Values } from '@chatlayer-tables/core'

/** Bytes; two contents of the same hash would be taken for equal, which this makes unlikely enough. */
const LENGTH = 16

/**
 * What rows and records have in common when they hold equal values in these columns, as the
 * columns' types mean equality; null is a value of its own.
 */
export function contentOf(values: Values, columns: readonly string[], table: Table): Uint8Array {
  const canonical = columns.map((name) => canonicalValue(values[name], name, table))
  return createHash('sha256').update(JSON.stringify(canonical)).digest().subarray(0, LENGTH)
}

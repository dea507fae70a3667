/**
 * Compares what a gateway stored with what it was sent. A gateway may trim, round, truncate or
 * change the case of a value, or read a text as null. A record in a response is compared by the
 * meaning of the columns' types, and each difference is reported.
 */
import type { Table, WireRecord } from '@chatlayer-tables/contract'
import type { StoredDifference, Values } from '../types.ts'
import { equalJson } from '../values/compare.ts'
import { decodeRecord, decoderOf } from '../values/decode.ts'
import { parseJson } from '../values/json.ts'
import { encodeText } from '../values/literal.ts'
import { columnsOf } from '../values/table-shape.ts'
import { isChanged } from './same-values.ts'

/** {@link differencesOf} for a record of a response. */
export function storedDifferences(
  shown: WireRecord | undefined,
  sent: Values,
  table: Table,
): readonly StoredDifference[] | undefined {
  if (shown === undefined) return undefined
  return differencesOf(decodeRecord(shown, decoderOf(table)).values, sent, table)
}

/**
 * The sent values that a record holds differently; undefined where all are equal. Columns that were
 * not sent are not compared.
 */
export function differencesOf(
  held: Values,
  sent: Values,
  table: Table,
): readonly StoredDifference[] | undefined {
  let differences: StoredDifference[] | undefined
  for (const column of Object.keys(sent)) {
    const value = sent[column]
    if (value === undefined || !isChanged(held, sent, column, table)) continue
    const stored = Object.hasOwn(held, column) ? (held[column] ?? null) : null
    if (columnsOf(table).get(column)?.known === 'jsonb' && isEqualJson(value, stored, column)) {
      continue
    }
    differences ??= []
    differences.push({ column, sent: value, stored })
  }
  return differences
}

/** Numbers within JSON are equal with any number of trailing zeros, as in PostgreSQL. */
function isEqualJson(sent: unknown, stored: unknown, column: string): boolean {
  try {
    const parsed = (value: unknown) => parseJson(encodeText(value, 'jsonb', column))
    return equalJson(parsed(sent), parsed(stored))
  } catch {
    return false
  }
}

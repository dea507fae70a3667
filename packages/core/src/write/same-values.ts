/** Whether a record holds what was written, as the column's type means equality. */
import type { ColumnType, Table } from '@chatlayer-tables/contract'
import type { Values } from '../types.ts'
import { parseJson, stringifyJson } from '../values/json.ts'
import { encodeText } from '../values/literal.ts'
import { columnsOf } from '../values/table-shape.ts'

/** Whether every value that was sent stands in the record. */
export function holdsValues(held: Values, sent: Values, table: Table): boolean {
  return Object.keys(changedValues(held, sent, table)).length === 0
}

/** Those of the sent values that a record does not hold already. */
export function changedValues(held: Values, sent: Values, table: Table): Values {
  const changed = Object.entries(sent).filter(([column, value]) => {
    if (value === undefined) return false
    const now = Object.hasOwn(held, column) ? held[column] : null
    return (
      now !== value && canonicalValue(now, column, table) !== canonicalValue(value, column, table)
    )
  })
  return Object.fromEntries(changed)
}

/** A text that two values of a column share exactly when they are equal; null for null. */
export function canonicalValue(value: unknown, column: string, table: Table): string | null {
  if (value === null || value === undefined) return null
  const type = columnsOf(table).get(column)?.known
  try {
    return canonicalText(encodeText(value, type, column), type)
  } catch {
    // What is none of the column's type came from the gateway and equals only itself.
    return `?${stringifyJson(value)}`
  }
}

function canonicalText(text: string, type: ColumnType | undefined): string {
  if (type === 'numeric') return text.includes('.') ? text.replace(/\.?0+$/, '') : text
  return type === 'jsonb' ? stringifyJson(sortKeys(parseJson(text))) : text
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) === null)
    return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, item]) => [key, sortKeys(item)]))
}

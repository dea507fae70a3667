/** Values as text, for people and for scripts. */
import { stringifyJson, type Value } from '@chatlayer-tables/core'
import { printable } from '../printable.ts'

/** What stands in a table on the terminal in place of null. */
const NULL_SIGN = '∅'

/** One line, safe to show. */
export function displayValue(value: Value | undefined): string {
  return value === null || value === undefined ? NULL_SIGN : printable(textOf(value))
}

/**
 * A field of tab-separated lines, as PostgreSQL's COPY writes text: null is `\N`; backslash, tab,
 * newline and carriage return are escaped.
 */
export function tsvField(value: Value | undefined): string {
  if (value === null || value === undefined) return '\\N'
  return textOf(value).replace(/[\\\t\n\r]/g, (character) => TSV_ESCAPES[character] ?? character)
}

const TSV_ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
}

export function isNumeric(value: Value | undefined, declaredType: string | undefined): boolean {
  return (
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    (typeof value === 'string' && declaredType === 'numeric')
  )
}

function textOf(value: Exclude<Value, null>): string {
  if (typeof value === 'string') return value
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'object' ? stringifyJson(value) : String(value)
}

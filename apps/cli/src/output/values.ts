/** Values as text, for terminals and for scripts. */
import { stringifyJson, type Value } from '@chatlayer-tables/core'
import { printable } from '../printable.ts'

/** Text for null in a table on a terminal. */
const NULL_SIGN = '∅'

/** A value as one printable line. */
export function displayValue(value: Value | undefined): string {
  return value === null || value === undefined ? NULL_SIGN : printable(textOf(value))
}

/**
 * A field of a tab-separated line in the text format of PostgreSQL's COPY: null is `\N`; backslash,
 * tab, newline and carriage return are escaped.
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

/** Encodings of a list in the one string of an `in` or `nin` filter. */
import type { Dialect } from './dialect.ts'

export type ListEncoding = Exclude<Dialect['listEncoding'], 'unknown'>

/**
 * Encodes a list; undefined when the encoding is ambiguous for it (a comma inside a value, or an
 * empty list, under `comma`).
 */
export function writeList(values: readonly string[], encoding: ListEncoding): string | undefined {
  switch (encoding) {
    case 'json':
      return JSON.stringify(values)
    case 'comma':
      return values.length === 0 || values.some((value) => !survivesCommas(value))
        ? undefined
        : values.join(',')
    case 'postgres':
      return `{${values.map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`).join(',')}}`
  }
}

/** Decodes the text of {@link writeList}; undefined when it is not a list in this encoding. */
export function readList(text: string, encoding: ListEncoding): string[] | undefined {
  switch (encoding) {
    case 'json':
      return readJsonList(text)
    case 'comma':
      return text.split(',').map((value) => value.trim())
    case 'postgres':
      return readPostgresArray(text)
  }
}

function survivesCommas(value: string): boolean {
  return value !== '' && !value.includes(',') && value === value.trim()
}

function readJsonList(text: string): string[] | undefined {
  let parsed: unknown
  try {
    // Numbers are kept as text: a double would lose the digits of a large one.
    parsed = JSON.parse(text, (_key, value, context?: { source?: string }) =>
      typeof value === 'number' ? (context?.source ?? value) : value,
    )
  } catch {
    return undefined
  }
  if (!Array.isArray(parsed)) return undefined
  return parsed.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
}

/** One element of an array literal: quoted with backslash escapes, or bare. */
const ELEMENT = /\s*(?:"((?:[^"\\]|\\[\s\S])*)"|([^",{}\\\s][^",{}\\]*))\s*(,|$)/y

function readPostgresArray(text: string): string[] | undefined {
  const inner = /^\s*\{([\s\S]*)\}\s*$/.exec(text)?.[1]
  if (inner === undefined) return undefined
  if (inner.trim() === '') return []
  const values: string[] = []
  ELEMENT.lastIndex = 0
  for (;;) {
    const match = ELEMENT.exec(inner)
    if (match === null) return undefined
    values.push(match[1]?.replace(/\\([\s\S])/g, '$1') ?? match[2]?.trim() ?? '')
    if (match[3] === '') return values
    if (ELEMENT.lastIndex === inner.length) return undefined
  }
}

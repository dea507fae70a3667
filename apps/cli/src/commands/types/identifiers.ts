/** Converts names of tables and columns to TypeScript names. Pure. */
import { printable } from '../../printable.ts'

/** Names that the generated file uses itself. */
const RESERVED_NAMES = ['JsonValue']

/**
 * Returns a type name for each table, such as `OpeningHours` for "opening hours". Duplicates are
 * numbered in order.
 */
export function typeNames(tables: readonly string[]): string[] {
  const taken = new Set(RESERVED_NAMES)
  return tables.map((table) => {
    const base = pascalCase(table)
    let name = base
    for (let number = 2; taken.has(name); number += 1) name = `${base}${number}`
    taken.add(name)
    return name
  })
}

function pascalCase(name: string): string {
  const words = name.normalize('NFC').match(/[\p{ID_Continue}$]+/gu) ?? []
  const joined = words
    .flatMap((word) => word.split('_'))
    .map((word) => word.replace(/^./u, (first) => first.toUpperCase()))
    .join('')
  // Some letters have no upper case; names of TypeScript's own types start with a lower case letter.
  return /^[\p{ID_Start}$]/u.test(joined) && joined !== joined.toLowerCase()
    ? joined
    : `Table${joined}`
}

/** A property name of an object type or literal, quoted if necessary. */
export function propertyName(name: string, where: 'type' | 'literal'): string {
  // In a literal, the unquoted name would set the prototype.
  if (name === '__proto__' && where === 'literal') return `['__proto__']`
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? name : quoted(name)
}

/** A TypeScript string; invisible characters are escaped. */
function quoted(text: string): string {
  const escaped = printable(text.replaceAll('\\', '\\\\').replaceAll("'", "\\'"))
  return `'${escaped}'`
}

/** Text for a comment, on one line. */
export function commentText(text: string): string {
  return printable(text).replaceAll('*/', '* /')
}

/** Names of tables and columns as names of TypeScript. Pure. */
import { printable } from '../../printable.ts'

/** Names that the written file has for itself. */
const TAKEN = ['JsonValue']

/**
 * A name for each table, such as `OpeningHours` for "opening hours"; those that would be the same are
 * numbered in the order given.
 */
export function typeNames(tables: readonly string[]): string[] {
  const taken = new Set(TAKEN)
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
  // Some letters have no upper case; a name of the language begins with none of them.
  return /^[\p{ID_Start}$]/u.test(joined) && joined !== joined.toLowerCase()
    ? joined
    : `Table${joined}`
}

/** A property's name as it stands in an object type or literal, in quotes where it must. */
export function propertyName(name: string, where: 'type' | 'literal'): string {
  // In a literal, the bare name would set the prototype.
  if (name === '__proto__' && where === 'literal') return `['__proto__']`
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? name : quoted(name)
}

/** A string of TypeScript that shows all it holds: nothing invisible stands in it unescaped. */
function quoted(text: string): string {
  const escaped = printable(text.replaceAll('\\', '\\\\').replaceAll("'", "\\'"))
  return `'${escaped}'`
}

/** Text that a comment can hold, on one line. */
export function commentText(text: string): string {
  return printable(text).replaceAll('*/', '* /')
}

/** Names of tables and columns as SQL sees them. Two names that SQLite takes for one are kept apart. */

/** Tables of our own in a mirror's file begin with this, and no other table does. */
export const OWN_PREFIX = '__mirror'

/** A name that may stand in SQL wherever a name may. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** SQLite minds no letter case in names, of the letters A to Z alone. */
export function foldName(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

/**
 * The names under which SQL finds what is named so elsewhere, in the same order. A name that differs
 * from an earlier one in letter case alone, or not at all, gets a suffix: `name_2`, `name_3`. A name
 * that SQLite or we keep for ourselves gets an underscore in front.
 *
 * @param taken names that come first, already as SQL sees them
 */
export function sqlNames(names: readonly string[], taken: readonly string[] = []): string[] {
  const used = new Set(taken.map(foldName))
  // A name as it stands goes before one that only a suffix makes equal to it.
  const whole = new Set(names.map((name) => foldName(permitted(name))))
  return names.map((name) => {
    const wanted = permitted(name)
    let found = wanted
    for (let number = 2; used.has(foldName(found)); number += 1) {
      const next = `${wanted}_${number}`
      if (!whole.has(foldName(next))) found = next
    }
    used.add(foldName(found))
    return found
  })
}

function permitted(name: string): string {
  const text = name.replaceAll('\0', '\uFFFD')
  if (text === '') return 'unnamed'
  const isKept = /^sqlite_/i.test(text) || foldName(text).startsWith(OWN_PREFIX)
  return isKept ? `_${text}` : text
}

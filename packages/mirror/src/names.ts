/** Names of tables and columns in SQL. Names that SQLite does not distinguish get suffixes. */

/** The prefix of internal tables in a mirror's file, which no other table has. */
export const OWN_PREFIX = '__mirror'

/** A name in quotes, for any place in SQL. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** SQLite ignores the letter case of names, for the letters A to Z alone. */
export function foldName(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

/**
 * The names in SQL, in the same order. A name that equals an earlier one, regardless of letter case, gets
 * a suffix: `name_2`, `name_3`. A name that is reserved for SQLite or this program gets an underscore in
 * front.
 *
 * @param taken names in SQL that are taken already
 */
export function sqlNames(names: readonly string[], taken: readonly string[] = []): string[] {
  const used = new Set(taken.map(foldName))
  // An unchanged name takes precedence over one that only a suffix makes equal to it.
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

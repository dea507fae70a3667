/** Functions of this program that queries may call, in addition to SQLite's. */
import type { DatabaseSync } from 'node:sqlite'

/** Their names, for the list of allowed functions. */
export const OWN_FUNCTIONS: readonly string[] = ['fold']

export function addFunctions(db: DatabaseSync): void {
  const options = { deterministic: true, directOnly: true, useBigIntArguments: true }
  db.function('fold', options, (value) => (typeof value === 'string' ? foldText(value) : value))
}

/** Accents of Latin, Greek and Cyrillic letters, as separate code points. */
const ACCENTS = /[\u0300-\u036f]+/g

/**
 * Text to compare by what people read: without letter case, accents and surrounding spaces, with single
 * spaces, and with one form of what Unicode has several of (`ﬁ` is `fi`, `ß` is `ss`). Other letters keep
 * their marks. Folding twice changes nothing.
 */
export function foldText(text: string): string {
  // Twice: `ẞ` becomes `ß`, and only then `ss`.
  const bare = withoutAccents(withoutAccents(text)).normalize('NFC')
  // The sigma at the end of a word has a form of its own.
  return bare.replaceAll('ς', 'σ').replace(/\s+/g, ' ').trim()
}

function withoutAccents(text: string): string {
  return text.normalize('NFKD').replace(ACCENTS, '').toUpperCase().toLowerCase()
}

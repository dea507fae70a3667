/**
 * `text`: any well-formed Unicode, ordered by code point (PostgreSQL's collation "C").
 *
 * SQLite's C interface ends text at U+0000 in places, so U+0000 and U+0001 are stored as a pair
 * that begins with U+0001. The pairs sort like the original characters.
 */
import { type ColumnCodec, LiteralError } from './codec.ts'

export const textCodec: ColumnCodec = {
  keyed: false,
  parse(literal, dialect) {
    if (!literal.isWellFormed()) {
      throw new LiteralError('invalid text: a lone surrogate is not a Unicode character')
    }
    if (dialect.nulInText === 'refused' && literal.includes('\0')) {
      throw new LiteralError('invalid text: U+0000 cannot be stored')
    }
    const stored = escapeControls(literal)
    return { value: stored, key: stored }
  },
  write(value) {
    return JSON.stringify(unescapeControls(value as string))
  },
}

/** Order-preserving: U+0000 and U+0001 become pairs that begin with U+0001. */
export function escapeControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these two are escaped
  return text.replace(/[\0\x01]/g, (character) => (character === '\0' ? '\x01\x01' : '\x01\x02'))
}

function unescapeControls(stored: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these two are escaped
  return stored.replace(/\x01([\x01\x02])/g, (_, second) => (second === '\x01' ? '\0' : '\x01'))
}

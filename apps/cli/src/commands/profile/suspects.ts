/** Suspicious values of a column. Pure. */

/** Suspicious values of one kind: their number and some examples. */
export interface Suspect {
  readonly kind: SuspectKind
  readonly count: number
  readonly examples: readonly SuspectExample[]
}

export interface SuspectExample {
  /** Record ID; omitted if an example represents several records. */
  readonly id?: string
  readonly value: string
}

/** Kinds in output order, with their descriptions. */
export const SUSPECT_KINDS = {
  'not-of-type': 'not of the column’s type',
  space: 'with a space at the beginning or end',
  invisible: 'with invisible characters',
  encoding: 'probably read with a wrong encoding',
  blank: 'empty or only spaces, which is not null',
  'null-word': 'a word that means null',
  'not-a-number': 'not a number, while nearly all others are',
  'not-a-date': 'not a date, while nearly all others are',
  'letter-case': 'same as another except for letter case or spaces',
  'nearly-unique': 'duplicate, while nearly all others are unique',
  long: 'far longer than the others',
  'odd-date': 'before 1900 or after 2100',
} as const

export type SuspectKind = keyof typeof SUSPECT_KINDS

const EXAMPLES = 3

/** Counts values of one kind, and keeps the first few as examples. */
export class Tally {
  readonly #kind: SuspectKind
  readonly #examples: SuspectExample[] = []
  #count = 0

  constructor(kind: SuspectKind) {
    this.#kind = kind
  }

  add(example: SuspectExample, count = 1): void {
    this.#count += count
    if (this.#examples.length < EXAMPLES) this.#examples.push(example)
  }

  /** Empty if there were none. */
  get found(): Suspect[] {
    if (this.#count === 0) return []
    return [{ kind: this.#kind, count: this.#count, examples: this.#examples }]
  }

  get count(): number {
    return this.#count
  }
}

/**
 * Invisible characters: controls except line ends and tabs, zero-width characters, no-break spaces,
 * direction marks and tags. Joiners are not included: scripts and emoji need them.
 */
const INVISIBLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00a0\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202f\u2060-\u2069\ufeff\u{e0000}-\u{e007f}\p{Cs}]/u

/** Replaces invisible characters by escapes. */
export function withInvisible(text: string): string {
  return text.replace(new RegExp(INVISIBLE, 'gu'), (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16)
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`
  })
}

/** The replacement character, and UTF-8 read as Latin-1. */
const WRONG_ENCODING = /\ufffd|Ã[\u0080-\u00bf]|Â[\u00a0-\u00bf]|â€/

const NULL_WORD = /^(?:null|nil|none|undefined|nan|n\/?a|#n\/a|-+|\?+|unknown)$/i

/** Problems of a text that do not depend on other texts. */
export function textSuspects(text: string): SuspectKind[] {
  if (text.trim() === '') return ['blank']
  const kinds: SuspectKind[] = []
  if (text !== text.trim()) kinds.push('space')
  if (INVISIBLE.test(text)) kinds.push('invisible')
  if (WRONG_ENCODING.test(text)) kinds.push('encoding')
  if (NULL_WORD.test(text.trim())) kinds.push('null-word')
  return kinds
}

/** A key that is the same for texts that differ only in letter case, spaces and Unicode form. */
export function looseKey(text: string): string {
  return text.normalize('NFKC').trim().replace(/\s+/gu, ' ').toLowerCase()
}

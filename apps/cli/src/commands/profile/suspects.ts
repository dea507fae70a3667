/** What of a column's values a person should look at. Pure. */

/** Of one kind: how many values, and some of them. */
export interface Suspect {
  readonly kind: SuspectKind
  readonly count: number
  readonly examples: readonly SuspectExample[]
}

export interface SuspectExample {
  /** The record's id; left out where an example stands for several records. */
  readonly id?: string
  readonly value: string
}

/** In the order in which they are told; each with what is said of such values. */
export const SUSPECT_KINDS = {
  'not-of-type': 'none of their column’s type',
  space: 'with a space at the beginning or end',
  invisible: 'with invisible characters',
  encoding: 'read in a wrong encoding, it seems',
  blank: 'empty or of spaces alone, which is not null',
  'null-word': 'a word for nothing in place of null',
  'not-a-number': 'no number, where nearly all others are',
  'not-a-date': 'no date, where nearly all others are',
  'letter-case': 'the same as another but for letter case or spaces',
  'nearly-unique': 'more than once, where nearly all others are unique',
  long: 'far longer than the others',
  'odd-date': 'before 1900 or after 2100',
} as const

export type SuspectKind = keyof typeof SUSPECT_KINDS

const EXAMPLES = 3

/** Counts values of one kind, and keeps the first few. */
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

  /** Nothing where there were none. */
  get found(): Suspect[] {
    if (this.#count === 0) return []
    return [{ kind: this.#kind, count: this.#count, examples: this.#examples }]
  }

  get count(): number {
    return this.#count
  }
}

/**
 * Characters that nobody sees: controls but for line ends and tabs, zero-width ones, no-break spaces,
 * marks of writing direction, tags. (Joiners are left out: scripts and emoji need them.)
 */
const INVISIBLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00a0\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202f\u2060-\u2069\ufeff\u{e0000}-\u{e007f}\p{Cs}]/u

/** The text with its invisible characters written out. */
export function withInvisible(text: string): string {
  return text.replace(new RegExp(INVISIBLE, 'gu'), (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16)
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`
  })
}

/** The sign that stands for what could not be decoded, and UTF-8 read as Latin-1. */
const WRONG_ENCODING = /\ufffd|Ã[\u0080-\u00bf]|Â[\u00a0-\u00bf]|â€/

const NULL_WORD = /^(?:null|nil|none|undefined|nan|n\/?a|#n\/a|-+|\?+|unknown)$/i

/** What one text has of its own, whatever the others are. */
export function textSuspects(text: string): SuspectKind[] {
  if (text.trim() === '') return ['blank']
  const kinds: SuspectKind[] = []
  if (text !== text.trim()) kinds.push('space')
  if (INVISIBLE.test(text)) kinds.push('invisible')
  if (WRONG_ENCODING.test(text)) kinds.push('encoding')
  if (NULL_WORD.test(text.trim())) kinds.push('null-word')
  return kinds
}

/** What texts have in common that differ in letter case, spaces and the form of accents alone. */
export function looseKey(text: string): string {
  return text.normalize('NFKC').trim().replace(/\s+/gu, ' ').toLowerCase()
}

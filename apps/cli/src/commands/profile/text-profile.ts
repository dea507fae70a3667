/** Profile of the texts of a column. Pure. */
import { cellToValue } from '@chatlayer-tables/files'
import type { Frequencies } from './frequencies.ts'
import { Lengths } from './lengths.ts'
import {
  looseKey,
  type Suspect,
  type SuspectExample,
  type SuspectKind,
  Tally,
  textSuspects,
} from './suspects.ts'

/** Maximum length of a stored example. */
export const MAX_EXAMPLE_LENGTH = 80
/** If this share of texts are numbers or dates, the others are suspicious. */
const NEARLY_ALL = 0.9
/** Minimum number of texts for this check. */
const MIN_TEXTS = 10
const MAX_LONG_EXAMPLES = 3

export class TextProfile {
  readonly lengths = new Lengths()
  readonly #tallies = new Map<SuspectKind, Tally>()
  readonly #notNumbers = new Tally('not-a-number')
  readonly #notDates = new Tally('not-a-date')
  readonly #longest: { readonly length: number; readonly example: SuspectExample }[] = []
  /** Number of texts that are not blank. */
  #count = 0

  /** @param shown the shortened text */
  add(text: string, id: string, shown: string): void {
    const example = { id, value: shown }
    const length = [...text].length
    this.lengths.add(length)
    this.#keepLongest(length, example)
    for (const kind of textSuspects(text)) this.#tally(kind).add(example)
    if (text.trim() === '') return
    this.#count += 1
    if (!isNumber(text)) this.#notNumbers.add(example)
    if (!isDate(text)) this.#notDates.add(example)
  }

  /** What all or nearly all texts look like. */
  get looksLike(): 'numbers' | 'dates' | undefined {
    const most = this.#count * (1 - NEARLY_ALL)
    if (this.#count < MIN_TEXTS) return undefined
    if (this.#notNumbers.count <= most) return 'numbers'
    return this.#notDates.count <= most ? 'dates' : undefined
  }

  /** @param frequencies frequencies of the same texts */
  suspects(frequencies: Frequencies<string>): Suspect[] {
    const { looksLike } = this
    return [
      ...[...this.#tallies.values()].flatMap((tally) => tally.found),
      ...(looksLike === 'numbers' ? this.#notNumbers.found : []),
      ...(looksLike === 'dates' ? this.#notDates.found : []),
      ...letterCases(frequencies),
      ...this.#long(),
    ]
  }

  #tally(kind: SuspectKind): Tally {
    const tally = this.#tallies.get(kind) ?? new Tally(kind)
    this.#tallies.set(kind, tally)
    return tally
  }

  #keepLongest(length: number, example: SuspectExample): void {
    if (
      this.#longest.length === MAX_LONG_EXAMPLES &&
      length <= (this.#longest.at(-1)?.length ?? 0)
    ) {
      return
    }
    this.#longest.push({ length, example })
    this.#longest.sort((a, b) => b.length - a.length).splice(MAX_LONG_EXAMPLES)
  }

  #long(): Suspect[] {
    const limit = this.lengths.outlierLimit
    const count = limit === undefined ? 0 : this.lengths.above(limit)
    if (limit === undefined || count === 0) return []
    const examples = this.#longest
      .filter(({ length }) => length > limit)
      .map(({ length, example }) => ({ ...example, value: `${example.value} (${length})` }))
    return [{ kind: 'long', count, examples }]
  }
}

/** Values that differ from a more frequent one only in letter case, spaces or Unicode form. */
function letterCases(frequencies: Frequencies<string>): Suspect[] {
  const groups = new Map<string, { readonly value: string; readonly count: number }[]>()
  for (const entry of frequencies.all()) {
    const key = looseKey(entry.value)
    // The end of a long text is unknown here.
    if (key === '' || entry.value.length >= MAX_EXAMPLE_LENGTH) continue
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [entry])
    else group.push(entry)
  }
  const tally = new Tally('letter-case')
  for (const group of groups.values()) {
    if (group.length < 2) continue
    const [most, ...others] = group.toSorted((a, b) => b.count - a.count)
    for (const { value, count } of others) {
      tally.add({ value: `${value} (${count}), ${most?.value} (${most?.count})` }, count)
    }
  }
  return tally.found
}

function isNumber(text: string): boolean {
  return /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(text)
}

/** Whether import reads the text as a date, or it is a local date format with a possible day and month. */
function isDate(text: string): boolean {
  if (/^\d{4}-\d\d-\d\d/.test(text)) {
    try {
      cellToValue(text, 'timestamp', '')
      return true
    } catch {
      return false
    }
  }
  const [, a, b] = /^\s*(\d{1,2})[./-](\d{1,2})[./-](?:\d\d|\d{4})(?:\D.*)?$/.exec(text) ?? []
  const [first, second] = [Number(a), Number(b)]
  return Math.min(first, second) <= 12 && Math.max(first, second) <= 31 && first * second > 0
}

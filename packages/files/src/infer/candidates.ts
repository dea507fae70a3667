/** Which types the values of one column have in common. */
import type { ColumnType } from '@chatlayer-tables/contract'
import type { JsonValue } from '@chatlayer-tables/core'
import type { SourceCell } from '../source/source.ts'
import type { BooleanReader } from '../values/booleans.ts'
import { CellError } from '../values/cell-error.ts'
import type { CellReader } from '../values/read-cell.ts'
import { lossIn } from '../values/shown-text.ts'

/** From the most specific type to the least specific one; text fits where none of them does. */
const CANDIDATES = ['int', 'numeric', 'bool', 'timestamp', 'uuid', 'jsonb'] as const

export type Candidate = (typeof CANDIDATES)[number]

/** The value by which a type was ruled out. */
export interface CounterExample {
  readonly type: Candidate
  readonly line: number
  readonly value: string
  /** What is wrong with it, such as `is not a number`. */
  readonly reason: string
  readonly hint: string | undefined
  /** How many values before it were of the type. */
  readonly before: number
}

/**
 * Judges by the rules of importing, so that what fits here can be imported, and more strictly where a
 * value may be a code that only looks like another type.
 */
export class Candidates {
  readonly #read: CellReader
  readonly #readBoolean: BooleanReader
  readonly #left = new Set<Candidate>(CANDIDATES)
  readonly #ruledOut: CounterExample[] = []
  #judged = 0
  #structured = false
  #isSureBoolean = false
  readonly #booleans = new Set<boolean>()
  #sawFraction: Seen | undefined
  #beyond32: Seen | undefined

  constructor(read: CellReader, readBoolean: BooleanReader) {
    this.#read = read
    this.#readBoolean = readBoolean
  }

  /** @param cell neither null nor the empty string */
  judge(cell: Exclude<SourceCell, null>, text: string, line: number): void {
    for (const type of this.#left) {
      const reason = this.#mismatch(cell, text, type)
      if (reason === undefined) continue
      this.#left.delete(type)
      this.#ruledOut.push({ type, line, value: text, before: this.#judged, ...reason })
    }
    if (!this.#structured) this.#structured = isStructured(cell)
    if (this.#left.has('numeric')) this.#measure(text, line)
    if (this.#left.has('bool')) this.#noteBoolean(cell, text)
    this.#judged += 1
  }

  /** The type that fits all; undefined for text. */
  get best(): Candidate | undefined {
    if (this.#judged === 0) return undefined
    if (this.#left.has('int')) return this.#beyond32 === undefined ? 'int' : 'numeric'
    if (this.#left.has('jsonb') && !this.#structured) this.#left.delete('jsonb')
    return CANDIDATES.find(
      (type) => this.#left.has(type) && (type !== 'bool' || !this.hasOneBoolean),
    )
  }

  /** Whether all its values are words for one boolean that may as well be codes, such as `NO`. */
  get hasOneBoolean(): boolean {
    return this.#left.has('bool') && !this.#isSureBoolean && this.#booleans.size === 1
  }

  /** The first fraction of a column of numbers. */
  get fraction(): Seen | undefined {
    return this.#sawFraction
  }

  /** The first whole number that does not fit in 32 bits. */
  get beyond32(): Seen | undefined {
    return this.#beyond32
  }

  /** The counterexamples, in the order of {@link Candidate}s. */
  get ruledOut(): readonly CounterExample[] {
    return this.#ruledOut
  }

  #mismatch(
    cell: Exclude<SourceCell, null>,
    text: string,
    type: Candidate,
  ): { readonly reason: string; readonly hint: string | undefined } | undefined {
    const code = looksLikeCode(cell, text, type)
    if (code !== undefined) return { reason: code, hint: undefined }
    try {
      this.#read(cell, type, type)
      return undefined
    } catch (error) {
      if (error instanceof CellError) return { reason: error.reason, hint: error.hint }
      throw error
    }
  }

  /** Whether all its values could be booleans. */
  get hasBooleansAlone(): boolean {
    return this.#left.has('bool')
  }

  #noteBoolean(cell: Exclude<SourceCell, null>, text: string): void {
    if (this.#isSureBoolean || this.#booleans.size === 2) return
    const reading = this.#readBoolean(text.trim())
    if (reading !== undefined) this.#booleans.add(reading.value)
    this.#isSureBoolean = typeof cell === 'object' || reading?.isSure === true
  }

  #measure(text: string, line: number): void {
    if (!/^-?\d+$/.test(text)) {
      this.#sawFraction ??= { line, value: text }
    } else if (this.#beyond32 === undefined && text.length >= 10) {
      const size = BigInt(text)
      if (size > 2147483647n || size < -2147483648n) this.#beyond32 = { line, value: text }
    }
  }
}

export interface Seen {
  readonly line: number
  readonly value: string
}

/** Why a value that could be read as a type is taken for something else all the same. */
function looksLikeCode(
  cell: Exclude<SourceCell, null>,
  text: string,
  type: Candidate,
): string | undefined {
  const isText = typeof cell === 'string'
  const quoted = !isText && typeof cell.json === 'string'
  switch (type) {
    case 'int':
    case 'numeric':
      if (type === 'int' && /[.,]/.test(text) && /^[+-]?\d*[.,]0*$/.test(text)) {
        return 'is written with a fraction'
      }
      if (quoted) return /^[\d.,+-]+$/.test(text) ? 'is a text, in quotes' : 'is a text'
      if (!isText) return typeof cell.shown === 'string' ? lossIn(cell.shown) : undefined
      if (lossIn(text) !== undefined) return lossIn(text)
      if (/^\d+[eE]\d+$/.test(text)) return 'may be a code, and a number would be written out'
      return /^nan$/i.test(text) ? 'is not a number' : undefined
    case 'bool':
      if (!isText && typeof cell.shown === 'string') return lossIn(cell.shown)
      return quoted ? 'is a text' : undefined
    case 'uuid':
      return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
        ? undefined
        : 'is not a uuid'
    case 'jsonb':
      if (isText) return isStructured(cell) ? undefined : 'is not a JSON object or list'
      return undefined
    case 'timestamp':
      return undefined
  }
}

/** Whether a cell is, or seems to be the text of, a JSON object or list. */
function isStructured(cell: Exclude<SourceCell, null>): boolean {
  if (typeof cell === 'string') return /^\s*[[{]/.test(cell)
  return isObjectOrList(cell.json)
}

function isObjectOrList(json: JsonValue | Date): boolean {
  return typeof json === 'object' && json !== null && !(json instanceof Date)
}

/** The types that {@link Candidates} may find, for a word on each. */
export const TYPE_WORDS: Readonly<Record<Candidate, string>> = {
  int: 'whole numbers',
  numeric: 'numbers',
  bool: 'words for true and false',
  timestamp: 'dates',
  uuid: 'uuids',
  jsonb: 'JSON',
} satisfies Record<Exclude<ColumnType, 'text'>, string>

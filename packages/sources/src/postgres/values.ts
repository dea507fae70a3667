/** Values in PostgreSQL's text format, as the text of JSON. */
import { ValueError } from '../database/value-error.ts'

/** @throws ValueError for a value that cannot be kept exactly */
export type Encode = (text: string) => string

export const textValue: Encode = (text) => JSON.stringify(text)

/** Of `char(n)`: the spaces that fill it up are no part of the value. */
export const paddedText: Encode = (text) => JSON.stringify(text.replace(/ +$/, ''))

export const wholeNumber: Encode = (text) => text

/** NaN is text in a numeric column of a table, as in PostgreSQL. */
export const number: Encode = (text) => {
  if (text === 'NaN') return '"NaN"'
  if (text.endsWith('Infinity')) throw new ValueError('is infinite', CONVERT)
  return text
}

/** Within JSON, where infinity is text too. */
export const nestedNumber: Encode = (text) =>
  text === 'NaN' || text.endsWith('Infinity') ? `"${text}"` : text

export const boolean: Encode = (text) => (text === 't' ? 'true' : 'false')

/** JSON keeps its digits and its order. Line breaks can only be between its parts. */
export const json: Encode = (text) => (/[\n\r]/.test(text) ? text.replace(/[\n\r]+/g, ' ') : text)

/** In the form of the server, which has no line breaks. */
export const jsonb: Encode = (text) => text

export const date: Encode = (text) => {
  checkYear(text)
  return `"${text}"`
}

export const timestamp: Encode = (text) => {
  checkYear(text)
  return `"${text.slice(0, 10)}T${text.slice(11)}"`
}

/** @param text with the offset of UTC: `2024-01-31 09:30:00.5+00` */
export const timestamptz: Encode = (text) => {
  checkYear(text)
  return `"${text.slice(0, 10)}T${text.slice(11, -3)}Z"`
}

/** Within JSON, where every timestamp is text: `infinity`, and years before 1 or after 9999 too. */
export const nestedTimestamp: Encode = (text) =>
  `"${text.replace(/(\d) (\d)/, '$1T$2').replace(/\+00(?= BC$|$)/, 'Z')}"`

/** Years of four digits are read by everything, and by the table. */
function checkYear(text: string): void {
  if (text.charCodeAt(4) === HYPHEN && text.charCodeAt(text.length - 1) !== LETTER_C) return
  const problem = text.endsWith('infinity')
    ? 'is infinite'
    : text.endsWith('BC')
      ? 'is before the year 1'
      : 'is after the year 9999'
  throw new ValueError(problem, CONVERT)
}

const LETTER_C = 67
const HYPHEN = 45

const CONVERT = 'Read it as text or leave the row out, by a query.'

/**
 * An array as a JSON array: `{1,NULL,"a b"}`, `{{1,2},{3,4}}`.
 *
 * @param delimiter between elements of the type: `,` or, for boxes, `;`
 */
export function arrayOf(element: Encode, delimiter: string): Encode {
  return (text) => {
    if (text.startsWith('[')) {
      throw new ValueError('is an array whose first index is not 1', CONVERT)
    }
    const scan = new Scanner(text)
    let result = ''
    for (;;) {
      const character = scan.next()
      if (character === '{') result += '['
      else if (character === '}') {
        result += ']'
        if (scan.isAtEnd) return result
      } else if (character === delimiter) result += ','
      else {
        const { value, isQuoted } = scan.item(character, `${delimiter}}`)
        result += !isQuoted && value === 'NULL' ? 'null' : element(value)
      }
    }
  }
}

export interface Attribute {
  readonly name: string
  readonly encode: Encode
}

/** A composite value as an object: `(1,"a b",)`. */
export function compositeOf(attributes: readonly Attribute[]): Encode {
  return (text) => {
    const scan = new Scanner(text)
    scan.next()
    const parts = attributes.map(({ name, encode }) => {
      const character = scan.next()
      let encoded = 'null'
      if (character !== ',' && character !== ')') {
        encoded = encode(scan.item(character, ',)').value)
        scan.next()
      }
      return `${JSON.stringify(name)}:${encoded}`
    })
    return `{${parts.join(',')}}`
  }
}

/** Text within quotes up to the next character that means something. */
const PLAIN = /[^"\\]+/y

/** Reads the parts of an array or a composite value. */
class Scanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length
  }

  next(): string {
    if (this.isAtEnd) throw new ValueError('is not in the form that is expected', CONVERT)
    return this.#text.charAt(this.#at++)
  }

  /** @param ends the characters that can follow an item */
  item(first: string, ends: string): { readonly value: string; readonly isQuoted: boolean } {
    if (first !== '"') {
      const start = this.#at - 1
      while (!this.isAtEnd && !ends.includes(this.#text.charAt(this.#at))) this.#at += 1
      return { value: this.#text.slice(start, this.#at), isQuoted: false }
    }
    let value = ''
    for (;;) {
      PLAIN.lastIndex = this.#at
      const plain = PLAIN.exec(this.#text)?.[0] ?? ''
      value += plain
      this.#at += plain.length
      const character = this.next()
      if (character === '\\') value += this.next()
      else if (this.#text.charAt(this.#at) !== '"') return { value, isQuoted: true }
      else value += this.next()
    }
  }
}

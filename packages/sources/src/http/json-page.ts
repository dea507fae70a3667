/** Finds the list of rows in a JSON text that arrives in chunks, holding one row at a time. */
import { JsonListSplitter } from '@chatlayer-tables/files'
import { pointerText } from './json-pointer.ts'

/** The most characters of a response besides its rows. */
const MAX_FRAME = 32 * 1024 * 1024

/** An object or list that has begun. */
interface Open {
  readonly isList: boolean
  index: number
  key: string
  expectsKey: boolean
}

/**
 * Splits the text of a JSON document into the texts of its rows and the frame, which is the document
 * with an empty list in place of the rows. The frame is for a parser, which checks it. Chunks may be cut
 * anywhere.
 */
export class JsonPageSplitter {
  readonly #wanted: readonly string[] | undefined
  readonly #open: Open[] = []
  #list: JsonListSplitter | undefined
  /** A list that has just begun: rows, if an object comes next. */
  #mayBeRows = false
  #string: { readonly isKey: boolean; text: string } | undefined
  #escaped = false
  #begun = false
  readonly #frame: string[] = []
  #frameLength = 0
  #rowsAt: readonly string[] | undefined
  problem: string | undefined

  /** @param wanted the path of the rows; undefined to take the only list of objects */
  constructor(wanted: readonly string[] | undefined) {
    this.#wanted = wanted
  }

  /** The path of the list that the rows are from. */
  get rowsAt(): readonly string[] | undefined {
    return this.#rowsAt
  }

  /** Whether the document is complete, as far as brackets and strings show it. */
  get ended(): boolean {
    return this.#begun && this.#open.length === 0 && this.#list === undefined
  }

  get frame(): string {
    return this.#frame.join('')
  }

  /** The rows that end within this chunk. */
  push(chunk: string): string[] {
    const rows: string[] = []
    let kept = 0
    let at = 0
    while (at < chunk.length && this.problem === undefined) {
      if (this.#list !== undefined) {
        for (const row of this.#list.push(chunk, at)) rows.push(row)
        this.problem = this.#list.problem
        if (!this.#list.ended) return rows
        at = this.#list.end
        kept = at
        this.#list = undefined
        this.#keep(']')
        this.#close()
      } else if (this.#mayBeRows && !isSpace(chunk.charCodeAt(at))) {
        this.#mayBeRows = false
        if (chunk.charCodeAt(at) !== OPEN_BRACE) continue
        this.#keep(chunk.slice(kept, at))
        kept = at
        this.#startRows()
      } else {
        const before = this.#list
        at = this.#string === undefined ? this.#step(chunk, at) : this.#passString(chunk, at)
        if (this.#list !== before) {
          this.#keep(chunk.slice(kept, at))
          kept = at
        }
      }
    }
    if (this.#list === undefined) this.#keep(chunk.slice(kept))
    return rows
  }

  #startRows(): void {
    const path = this.#path()
    if (this.#rowsAt !== undefined) {
      const [first, second] = [this.#rowsAt, path].map(pointerText)
      this.problem =
        first === second
          ? `there are two lists at ${first}`
          : `there are several lists of objects, at ${first} and ${second}`
      return
    }
    this.#rowsAt = path
    this.#list = new JsonListSplitter({ isInside: true })
    this.#list.push('[')
  }

  /** The path of the innermost list that is open. */
  #path(): string[] {
    return this.#open.slice(0, -1).map(({ isList, index, key }) => (isList ? String(index) : key))
  }

  #step(chunk: string, at: number): number {
    const unit = chunk.charCodeAt(at)
    const inner = this.#open.at(-1)
    switch (unit) {
      case QUOTE:
        this.#string = { isKey: inner?.expectsKey === true, text: '' }
        break
      case OPEN_BRACE:
      case OPEN_BRACKET:
        this.#enter(unit === OPEN_BRACKET)
        break
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        this.#close()
        break
      case COMMA:
        if (inner?.isList === true) inner.index += 1
        else if (inner !== undefined) inner.expectsKey = true
        break
      case COLON:
        if (inner !== undefined) inner.expectsKey = false
        break
      case BYTE_ORDER_MARK:
        break
      default:
        if (!isSpace(unit)) this.#begun = true
    }
    return at + 1
  }

  #enter(isList: boolean): void {
    if (this.#begun && this.#open.length === 0) {
      this.problem = 'a second JSON value follows the first'
      return
    }
    this.#begun = true
    this.#open.push({ isList, index: 0, key: '', expectsKey: !isList })
    if (!isList) return
    const path = this.#path()
    if (this.#wanted !== undefined) {
      const { length } = this.#wanted
      const isWanted = path.length === length && this.#wanted.every((each, n) => each === path[n])
      if (isWanted) this.#startRows()
    } else {
      this.#mayBeRows = !this.#open.slice(0, -1).some((each) => each.isList) && !isOfErrors(path)
    }
  }

  #close(): void {
    this.#open.pop()
  }

  #passString(chunk: string, from: number): number {
    let at = from
    if (this.#escaped) {
      this.#escaped = false
      at += 1
    }
    while (at < chunk.length && chunk.charCodeAt(at) !== QUOTE) {
      if (chunk.charCodeAt(at) === BACKSLASH) {
        at += 1
        this.#escaped = at >= chunk.length
      }
      at += 1
    }
    const end = Math.min(at, chunk.length)
    const string = this.#string
    if (string?.isKey === true) string.text += chunk.slice(from, end)
    if (at >= chunk.length) return chunk.length
    if (string?.isKey === true) this.#setKey(string.text)
    this.#string = undefined
    this.#begun = true
    return at + 1
  }

  #setKey(text: string): void {
    const inner = this.#open.at(-1)
    if (inner === undefined) return
    inner.expectsKey = false
    try {
      inner.key = JSON.parse(`"${text}"`)
    } catch {
      this.problem = 'the name of a member is not JSON'
    }
  }

  #keep(text: string): void {
    if (text === '') return
    // A byte order mark is not JSON.
    this.#frame.push(this.#frameLength === 0 ? text.replace(/^\ufeff/, '') : text)
    this.#frameLength += text.length
    if (this.#frameLength > MAX_FRAME) this.problem ??= 'there is too much besides the list of rows'
  }
}

/** Lists of errors are not rows. */
export function isOfErrors(path: readonly string[]): boolean {
  return path.some((name) => /^errors?$/i.test(name))
}

function isSpace(unit: number): boolean {
  return unit === 32 || unit === 10 || unit === 13 || unit === 9
}

const QUOTE = 34
const COMMA = 44
const COLON = 58
const OPEN_BRACKET = 91
const BACKSLASH = 92
const CLOSE_BRACKET = 93
const OPEN_BRACE = 123
const CLOSE_BRACE = 125
const BYTE_ORDER_MARK = 0xfeff

/**
 * Parses CSV as in RFC 4180, and as real files have it: any delimiter, any line end, a quote inside a
 * cell that does not begin with one. A pure push parser: the chunks of a text may be cut anywhere.
 *
 * It distinguishes an empty cell from an empty one in quotes, and reports the line on which each row
 * begins, also when quoted cells hold line breaks.
 */

export interface CsvRow {
  /** The line on which the row begins, from 1. */
  readonly line: number
  /** null for a cell with nothing in it, not even quotes. */
  readonly cells: readonly (string | null)[]
  /** Whether a byte order mark came before it, as in joined files. The cells do not include it. */
  readonly isMarked?: true
}

/** The row at which a text stops being CSV. */
export interface CsvFailure {
  readonly line: number
  readonly reason: string
}

export interface CsvShape {
  /** One character. */
  readonly delimiter: string
  /**
   * `\n` for lines that end with it, with `\r\n` or with more carriage returns before it, as programs
   * on Windows write that end lines twice; `\r` for those of old Macintosh files.
   */
  readonly lineEnd: '\n' | '\r'
}

/** Characters; only an unclosed quote makes a row longer. */
const MAX_ROW_LENGTH = 64 * 1024 * 1024

/** Characters, more than any chunk; a longer incomplete row is scanned less often. */
const RESCAN_LENGTH = 256 * 1024

const QUOTE = 34
const CARRIAGE_RETURN = 13
const BYTE_ORDER_MARK = 0xfeff
const NOWHERE = Number.POSITIVE_INFINITY

export class CsvParser {
  readonly #shape: CsvShape
  /** The text of an incomplete row. */
  #rest = ''
  /** The length at which a long row is scanned again: doubling it avoids quadratic time. */
  #worthwhile = 0
  #line = 1
  #failure: CsvFailure | undefined
  #linesEndedTwice = 0

  constructor(shape: CsvShape) {
    this.#shape = shape
  }

  /** Set once the text has stopped being CSV; there are no further rows then. */
  get failure(): CsvFailure | undefined {
    return this.#failure
  }

  /** Number of lines so far that end with `\r\r\n`. */
  get linesEndedTwice(): number {
    return this.#linesEndedTwice
  }

  /** The rows that end within the text so far. @param last whether the text ends here */
  push(text: string, last: boolean): CsvRow[] {
    const rows: CsvRow[] = []
    if (this.#failure !== undefined) return rows
    const all = this.#rest + text
    if (!last && all.length < this.#worthwhile) {
      this.#rest = all
      return rows
    }
    const scan = new Scan(all, this.#shape, last)
    let done = 0
    while (done < all.length) {
      const cells = scan.row()
      if (scan.problem !== undefined) {
        this.#failure = { line: this.#line + scan.breaksBefore, reason: scan.problem }
        return rows
      }
      if (cells === undefined) break
      rows.push(
        scan.isMarked ? { line: this.#line, cells, isMarked: true } : { line: this.#line, cells },
      )
      this.#line += scan.breaks + 1
      done = scan.at
    }
    this.#linesEndedTwice += scan.linesEndedTwice
    this.#rest = all.slice(done)
    this.#worthwhile = this.#rest.length > RESCAN_LENGTH ? this.#rest.length * 2 : 0
    if (this.#rest.length > MAX_ROW_LENGTH) {
      const reason = 'the row is too long; probably a quote was opened and never closed'
      this.#failure = { line: this.#line, reason }
    }
    return rows
  }
}

/** A walk over one piece of text, row by row. */
class Scan {
  readonly #text: string
  readonly #delimiter: string
  readonly #lineEnd: string
  readonly #last: boolean
  /** The positions of the next delimiter and line end from `at`; each is searched for once. */
  #nextDelimiter = -1
  #nextLineEnd = -1
  /** The position after the last complete row. */
  at = 0
  /** Line breaks inside the last row. */
  breaks = 0
  /** Line breaks inside the last row before its last cell. */
  breaksBefore = 0
  problem: string | undefined
  /** Whether a byte order mark came before the last row. */
  isMarked = false
  linesEndedTwice = 0

  constructor(text: string, { delimiter, lineEnd }: CsvShape, last: boolean) {
    this.#text = text
    this.#delimiter = delimiter
    this.#lineEnd = lineEnd
    this.#last = last
  }

  /** The next row; undefined when it is incomplete, or there is a {@link problem}. */
  row(): (string | null)[] | undefined {
    const text = this.#text
    const cells: (string | null)[] = []
    let at = this.at
    this.breaks = 0
    this.isMarked = text.charCodeAt(at) === BYTE_ORDER_MARK
    while (text.charCodeAt(at) === BYTE_ORDER_MARK) at += 1
    for (;;) {
      this.breaksBefore = this.breaks
      let end: number
      if (text.charCodeAt(at) === QUOTE) {
        const close = this.#closingQuote(at)
        if (close === undefined) return undefined
        end = close + 1
        if (end === text.length && !this.#last) return undefined
        cells.push(this.#unquoted(at + 1, close))
      } else {
        end = Math.min(this.#delimiterFrom(at), this.#lineEndFrom(at), text.length)
        if (end === text.length && !this.#last) return undefined
        const atLineEnd = end === text.length || end !== this.#nextDelimiter
        if (atLineEnd) end = this.#withoutReturns(at, end)
        cells.push(end === at ? null : text.slice(at, end))
      }
      if (text[end] === this.#delimiter) {
        at = end + 1
        continue
      }
      const next = this.#rowEnd(end)
      if (next === undefined) return undefined
      this.at = next
      return cells
    }
  }

  /** The position of the quote that closes the cell whose quote opens at `from`. */
  #closingQuote(from: number): number | undefined {
    const text = this.#text
    let close = text.indexOf('"', from + 1)
    while (close !== -1 && text.charCodeAt(close + 1) === QUOTE)
      close = text.indexOf('"', close + 2)
    if (close !== -1) return close
    if (this.#last) this.problem = 'a quote was opened and never closed'
    return undefined
  }

  #unquoted(from: number, to: number): string {
    const value = this.#text.slice(from, to)
    for (let at = this.#lineEndFrom(from); at < to; at = this.#lineEndFrom(at + 1)) this.breaks++
    return value.includes('"') ? value.replaceAll('""', '"') : value
  }

  /** Where the next row begins, when a row's last cell ends at `end`. */
  #rowEnd(end: number): number | undefined {
    const text = this.#text
    if (end === text.length) return end
    let at = end
    while (this.#isCarriageReturn(at)) at += 1
    if (at === text.length) return this.#last ? at : undefined
    if (text[at] !== this.#lineEnd) {
      this.problem = 'something follows the closing quote of a cell'
      return undefined
    }
    if (at - end > 1) this.linesEndedTwice += 1
    at += 1
    if (this.#lineEnd !== '\r') return at
    // A file of `\r` alone may end some of its lines with both.
    if (at === text.length && !this.#last) return undefined
    return text[at] === '\n' ? at + 1 : at
  }

  /** Where a cell ends that a line end follows, or the end of the text. */
  #withoutReturns(from: number, to: number): number {
    let end = to
    while (end > from && this.#isCarriageReturn(end - 1)) end -= 1
    return end
  }

  /** Whether this may belong to `\r\n`. */
  #isCarriageReturn(at: number): boolean {
    return this.#lineEnd === '\n' && this.#text.charCodeAt(at) === CARRIAGE_RETURN
  }

  #delimiterFrom(at: number): number {
    if (this.#nextDelimiter < at) this.#nextDelimiter = find(this.#text, this.#delimiter, at)
    return this.#nextDelimiter
  }

  #lineEndFrom(at: number): number {
    if (this.#nextLineEnd < at) this.#nextLineEnd = find(this.#text, this.#lineEnd, at)
    return this.#nextLineEnd
  }
}

function find(text: string, part: string, from: number): number {
  const at = text.indexOf(part, from)
  return at === -1 ? NOWHERE : at
}

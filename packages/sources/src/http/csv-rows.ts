/** Passes the bytes of CSV pages through: the header of the first page, and the rows of all. */
import { createHash } from 'node:crypto'
import { InvalidInputError } from '@chatlayer-tables/core'
import { shorten } from '@chatlayer-tables/files'
import type { PageBytes } from './page.ts'

/** A header of this size is not one. */
const MAX_HEADER = 1024 * 1024

/** Finds the ends of records in bytes: line ends outside quotes. */
class RecordCounter {
  #inQuotes = false
  #isBlank = true
  records = 0

  /** Whether the bytes so far end within quotes. */
  get inQuotes(): boolean {
    return this.#inQuotes
  }

  /** The position after the next record that ends in the bytes; -1 if none does. */
  next(bytes: Uint8Array, from: number): number {
    for (let at = from; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0
      if (byte === QUOTE) {
        this.#inQuotes = !this.#inQuotes
        this.#isBlank = false
      } else if (byte === LINE_FEED && !this.#inQuotes) {
        if (!this.#isBlank) this.records += 1
        this.#isBlank = true
        return at + 1
      } else if (byte !== CARRIAGE_RETURN) this.#isBlank = false
    }
    return -1
  }

  /** Ends the last record, which may have no line end. */
  end(): void {
    if (!this.#isBlank) this.records += 1
    this.#isBlank = true
  }
}

/** What earlier pages had. */
export interface CsvPages {
  header: Buffer | undefined
  endsWithLine: boolean
}

/**
 * @param pages the state of all pages; a page that is read again gets the state before it
 * @param isCounted whether the number of rows decides which page is next
 * @throws InvalidInputError for a page with another header than the first
 */
export async function* readCsvRows(
  chunks: AsyncIterable<Uint8Array>,
  pages: CsvPages,
  place: string,
  isCounted: boolean,
): PageBytes {
  const counter = new RecordCounter()
  const hash = createHash('sha256')
  const first = pages.header === undefined
  let start: Buffer | undefined = Buffer.alloc(0)
  let last = LINE_FEED
  let needsLine = !pages.endsWithLine
  for await (const chunk of chunks) {
    let bytes = chunk
    if (start !== undefined) {
      start = Buffer.concat([start, chunk])
      const end = new RecordCounter().next(start, 0)
      if (end === -1) {
        if (start.length > MAX_HEADER) throw noHeader(place)
        continue
      }
      bytes = start.subarray(end)
      const header = checkHeader(start.subarray(0, end), pages, place)
      start = undefined
      if (first) yield header
    }
    if (bytes.length === 0) continue
    if (needsLine) yield LINE
    needsLine = false
    for (let at = 0; at !== -1; at = counter.next(bytes, at));
    hash.update(bytes)
    last = bytes.at(-1) ?? last
    yield bytes
  }
  if (start !== undefined && start.length > 0) {
    // A header without a line end, and no rows.
    const header = checkHeader(start, pages, place)
    if (first) {
      yield header
      last = header.at(-1) ?? last
    }
  }
  counter.end()
  if (isCounted) rejectOpenQuote(counter, place)
  if (first || counter.records > 0) pages.endsWithLine = last === LINE_FEED
  return {
    rows: counter.records,
    lastRow: undefined,
    document: undefined,
    digest: hash.digest('hex'),
  }
}

function checkHeader(bytes: Buffer, pages: CsvPages, place: string): Buffer {
  const header = trimmed(bytes)
  pages.header ??= header
  if (pages.header.equals(header)) return bytes
  const [expected, found] = [pages.header, header].map((text) => shorten(text.toString()))
  throw new InvalidInputError(
    `${place}: the header "${found}" is not that of the first page, "${expected}"`,
    { hint: 'Every page must have the same columns in the same order.' },
  )
}

/** Without a byte order mark and the line end. */
function trimmed(bytes: Buffer): Buffer {
  const isMarked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  let end = bytes.length
  while (end > 0 && (bytes[end - 1] === LINE_FEED || bytes[end - 1] === CARRIAGE_RETURN)) end -= 1
  return bytes.subarray(isMarked ? 3 : 0, end)
}

function rejectOpenQuote(counter: RecordCounter, place: string): void {
  if (!counter.inQuotes) return
  throw new InvalidInputError(`${place}: the CSV ends within quotes`, {
    hint: 'The response was probably cut short, or has a quote that is not doubled.',
  })
}

function noHeader(place: string): InvalidInputError {
  return new InvalidInputError(`${place}: the response has no line end within its first megabyte`, {
    hint: 'Pass --format if it is not CSV.',
  })
}

const QUOTE = 34
const LINE_FEED = 10
const CARRIAGE_RETURN = 13
const LINE = Buffer.from('\n')

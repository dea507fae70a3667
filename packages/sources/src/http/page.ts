/** What one page of a list contained. */
import { createHash, type Hash } from 'node:crypto'

export interface PageContent {
  readonly rows: number
  /** The text of the last row, of JSON and NDJSON. */
  readonly lastRow: string | undefined
  /** The JSON document without its rows, numbers as JsonNumber; undefined in other formats. */
  readonly document: unknown
  /** Identifies the rows. */
  readonly digest: string
}

/** The bytes of the rows of a page; returns what it contained. */
export type PageBytes = AsyncGenerator<Uint8Array, PageContent, undefined>

/** The size of a chunk, in characters: large enough that the chunks cost nothing. */
const CHUNK = 64 * 1024

/** Collects the lines of a page. */
export class PageLines {
  readonly #hash: Hash = createHash('sha256')
  #text = ''
  #rows = 0
  #last: string | undefined

  get rows(): number {
    return this.#rows
  }

  /** @returns bytes to pass on, when there are enough */
  add(row: string): Uint8Array | undefined {
    this.#rows += 1
    this.#last = row
    this.#text += `${row}\n`
    return this.#text.length < CHUNK ? undefined : this.flush()
  }

  flush(): Uint8Array {
    const bytes = Buffer.from(this.#text)
    this.#hash.update(bytes)
    this.#text = ''
    return bytes
  }

  content(document: unknown): PageContent {
    const { rows, lastRow } = { rows: this.#rows, lastRow: this.#last }
    return { rows, lastRow, document, digest: this.#hash.digest('hex') }
  }
}

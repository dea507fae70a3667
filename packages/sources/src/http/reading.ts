/** Reads the pages of a list one after another. */
import { createHash } from 'node:crypto'
import { InvalidInputError } from '@chatlayer-tables/core'
import { SideError } from '../side-error.ts'
import { type Allowance, readBody } from './body.ts'
import { charsetOf, formatOf, isMarkup, mediaType } from './content.ts'
import { type CsvPages, readCsvRows } from './csv-rows.ts'
import { HttpError } from './errors.ts'
import { get } from './get.ts'
import type { HttpFormat } from './http-settings.ts'
import { parsePointer, pointerText } from './json-pointer.ts'
import { readJsonRows } from './json-rows.ts'
import { excerpt } from './mask.ts'
import { noteOnSize, rejectMorePages } from './more-pages.ts'
import { readNdjsonRows } from './ndjson-rows.ts'
import type { PageBytes } from './page.ts'
import { type Page, Pager } from './paging.ts'
import type { HttpPlan } from './plan.ts'
import { markupError, rejectUnknownLength } from './response-checks.ts'
import type { Retries } from './retry.ts'
import { charsetToDecode, decodeText, encodeText } from './text.ts'
import type { HttpResponse, HttpTransport } from './transport.ts'
import { validatorOf } from './validator.ts'

/** The most bytes of all pages. */
const MAX_BYTES = 16 * 1024 ** 3
const SAMPLE = 4096

export interface ReadingOptions {
  readonly plan: HttpPlan
  readonly transport: HttpTransport
  readonly retries: Retries
  readonly signal: AbortSignal
  readonly conditions: Readonly<Record<string, string>> | undefined
}

/** A reading of all pages. What it found out is known from the first bytes on. */
export class PageReading {
  readonly #options: ReadingOptions
  readonly #pager: Pager
  readonly #allowance: Allowance
  #csv: CsvPages = { header: undefined, endsWithLine: true }
  #rowsAt: readonly string[] | undefined
  format: HttpFormat | undefined
  /** Whether the API responded that nothing has changed. */
  isUnchanged = false
  validator: string | undefined
  readonly notes: string[] = []

  constructor(options: ReadingOptions) {
    this.#options = options
    this.#pager = new Pager(options.plan)
    const { rows, maxBytes = MAX_BYTES } = options.plan.settings
    this.#rowsAt = rows === undefined ? undefined : parsePointer(rows, 'rows')
    this.#allowance = { bytes: maxBytes }
  }

  async *bytes(): AsyncGenerator<Uint8Array, void, undefined> {
    const { retries } = this.#options
    let url: URL | undefined = this.#pager.first
    while (url !== undefined) {
      const page: Page | undefined = yield* this.#wholePage(url)
      if (page === undefined) {
        if (!this.isUnchanged) this.#pager.end(this.#place())
        break
      }
      retries.succeed()
      const next: URL | undefined = this.#pager.next(page)
      if (next === undefined && this.#pager.pages === 1) this.#checkOnlyPage(page)
      url = next
    }
    this.notes.push(...this.#pager.notes)
  }

  /** A list without settings of paging must not be the first page of many. */
  #checkOnlyPage(page: Page): void {
    const { plan } = this.#options
    if (plan.settings.paging === undefined) {
      rejectMorePages(page, page.rows, page.place)
      const note = noteOnSize(page.rows)
      if (note !== undefined) this.notes.push(note)
    }
    this.validator = validatorOf(page.headers, plan)
  }

  #place(): string {
    const { name } = this.#options.plan
    const { pages } = this.#pager
    return pages === 0 ? name : `${name}, page ${pages + 1}`
  }

  /**
   * A page is requested again when it fails in the middle. What was passed on already must be the same
   * then, and is skipped.
   *
   * @returns undefined after the last page, and for an unchanged list
   */
  async *#wholePage(url: URL): AsyncGenerator<Uint8Array, Page | undefined, undefined> {
    let sent = 0
    const digest = createHash('sha256')
    for (let attempts = 1; ; attempts += 1) {
      const csv = { ...this.#csv }
      const left = this.#allowance.bytes
      try {
        const page = this.#page(url, csv)
        let skip = sent
        const again = createHash('sha256')
        for (;;) {
          const { done, value } = await page.next()
          if (done === true) {
            if (skip > 0) throw this.#changed()
            this.#csv = csv
            return value
          }
          const skipped = Math.min(skip, value.length)
          if (skipped > 0) {
            again.update(value.subarray(0, skipped))
            skip -= skipped
            if (skip === 0 && again.digest('hex') !== digest.copy().digest('hex'))
              throw this.#changed()
          }
          if (skipped === value.length) continue
          const rest = value.subarray(skipped)
          digest.update(rest)
          sent += rest.length
          yield rest
        }
      } catch (error) {
        await this.#options.retries.pause(error, attempts)
        this.#allowance.bytes = left
      }
    }
  }

  #changed(): SideError {
    return new SideError(
      'SIDE_UNREACHABLE',
      `${this.#place()}: the response broke in the middle, and had changed when it was read again`,
      { hint: 'Try again.', isTransient: true },
    )
  }

  /** One attempt at a page. */
  async *#page(url: URL, csv: CsvPages): AsyncGenerator<Uint8Array, Page | undefined, undefined> {
    const { plan, transport, signal, conditions } = this.#options
    const place = this.#place()
    const isFirst = this.#pager.pages === 0
    const ends = this.#pager.endStatuses
    const response = await get(transport, plan, url, {
      place,
      signal,
      isFurther: !isFirst,
      accepted: isFirst && conditions !== undefined ? [304] : ends,
      conditions: isFirst ? conditions : undefined,
    })
    if (response.status !== 200 && response.status !== 203) {
      response.body.destroy()
      if (isFirst) this.isUnchanged = true
      return undefined
    }
    const content = yield* this.#rows(response, csv, place)
    return { ...content, place, url: response.url, headers: response.headers }
  }

  async *#rows(response: HttpResponse, csv: CsvPages, place: string): PageBytes {
    const { headers, body } = response
    const chunks = withErrors(readBody(body, headers, this.#allowance, place), response)
    try {
      const start = await startOf(chunks)
      const format = this.#formatOf(response, start.bytes, place)
      const charset = charsetToDecode(charsetOf(headers), start.bytes, place)
      if (format === 'csv' || format === 'tsv') {
        rejectUnknownLength(response, place)
        const bytes =
          charset === undefined ? start.all : encodeText(decodeText(start.all, charset, place))
        const isCounted = /^(?:page|offset)$/.test(this.#options.plan.settings.paging?.style ?? '')
        return yield* readCsvRows(bytes, csv, place, isCounted)
      }
      const texts = decodeText(start.all, charset ?? 'utf-8', place)
      if (format === 'ndjson') {
        rejectUnknownLength(response, place)
        return yield* readNdjsonRows(texts, place)
      }
      const { mask } = this.#options.plan
      const onFound = (rowsAt: readonly string[]) => this.#keepRowsAt(rowsAt)
      return yield* readJsonRows(texts, { rowsAt: this.#rowsAt, onFound, place, mask })
    } finally {
      await chunks.return()
    }
  }

  /** All pages have the rows at the place of the first. */
  #keepRowsAt(rowsAt: readonly string[]): void {
    if (this.#rowsAt !== undefined) return
    this.#rowsAt = rowsAt
    const at = pointerText(rowsAt)
    if (at !== '') this.notes.push(`rows are from the list at ${at}`)
  }

  #formatOf(response: HttpResponse, start: Buffer, place: string): HttpFormat {
    const { headers, url } = response
    const { plan } = this.#options
    const text = start.toString()
    if (isMarkup(text)) throw markupError(response, text, plan, place)
    const format = plan.settings.format ?? this.format ?? formatOf(headers, url, text)
    // NDJSON alone has a text for no rows that is blank.
    if (text.trim() === '' && (format !== 'ndjson' || text === '') && this.#pager.pages === 0) {
      throw new HttpError('SIDE_FAILED', `${place}: the response is empty`, {
        hint: 'Check the address.',
      })
    }
    if (format === undefined) {
      const type = mediaType(headers)
      throw new InvalidInputError(
        `${place}: the format of the response is unknown${type === '' ? '' : ` (${excerpt(type, plan.mask)})`}`,
        { field: 'format', hint: 'Pass --format json, ndjson, csv or tsv.' },
      )
    }
    if ((format === 'csv' || format === 'tsv') && /^\s*\{\s*"/.test(text)) {
      throw new HttpError(
        'SIDE_FAILED',
        `${place}: the response is not ${format.toUpperCase()}: ${excerpt(text, plan.mask)}`,
      )
    }
    this.format = format
    return format
  }
}

async function* withErrors(
  chunks: AsyncGenerator<Buffer, void, undefined>,
  { bodyError }: HttpResponse,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* chunks
  } catch (error) {
    throw error instanceof SideError || error instanceof InvalidInputError
      ? error
      : bodyError(error)
  }
}

interface Start {
  readonly bytes: Buffer
  /** All bytes, the first ones included. */
  readonly all: AsyncGenerator<Buffer, void, undefined>
}

async function startOf(chunks: AsyncGenerator<Buffer, void, undefined>): Promise<Start> {
  let bytes: Buffer = Buffer.alloc(0)
  while (bytes.length < SAMPLE) {
    const { done, value } = await chunks.next()
    if (done === true) break
    bytes = bytes.length === 0 ? value : Buffer.concat([bytes, value])
  }
  async function* all() {
    if (bytes.length > 0) yield bytes
    yield* chunks
  }
  return { bytes, all: all() }
}

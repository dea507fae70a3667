/** Decides which page is read next, and when a list is complete. Pure. */
import { InvalidInputError } from '@chatlayer-tables/core'
import { shorten } from '@chatlayer-tables/files'
import { HttpError } from './errors.ts'
import type { HttpPaging, PagingStyle } from './http-settings.ts'
import {
  describeMissing,
  JsonNumber,
  locate,
  parsePointer,
  parseWithNumbers,
} from './json-pointer.ts'
import { nextLink, resolveLink } from './next-link.ts'
import type { PageContent } from './page.ts'
import { flagAt, numberAt, type Response, rejectOtherFormat } from './places.ts'
import type { HttpPlan } from './plan.ts'
import { setParameter } from './query.ts'

/** A page that was read. */
export interface Page extends PageContent, Response {
  /** Where it was read from, after redirects. */
  readonly url: URL
  readonly place: string
}

/** Statuses of a request after a page that was shorter than others may be. */
const AFTER_SHORT: readonly number[] = [204, 400, 404, 416, 422]

const PARAMETERS: Partial<Record<PagingStyle, string>> = { page: 'page', offset: 'offset' }

export class Pager {
  readonly #plan: HttpPlan
  readonly #paging: HttpPaging
  readonly #first: URL
  readonly #seen = new Set<string>()
  #pages = 0
  #rows = 0
  #digest: string | undefined
  #total: number | undefined
  #totalPages: number | undefined
  #isSizeKept = false
  #isAfterShort = false
  /** What the user should know. */
  readonly notes: string[] = []

  constructor(plan: HttpPlan) {
    this.#plan = plan
    this.#paging = plan.settings.paging ?? { style: 'link' }
    this.#first = this.#firstUrl()
    this.#seen.add(this.#first.href)
  }

  get first(): URL {
    return this.#first
  }

  get pages(): number {
    return this.#pages
  }

  get rows(): number {
    return this.#rows
  }

  /** Statuses that end the list, for the request of the next page. */
  get endStatuses(): readonly number[] {
    const { endStatus } = this.#paging
    const set = endStatus === undefined || this.#pages === 0 ? [] : [endStatus]
    return this.#isAfterShort ? [...set, ...AFTER_SHORT] : set
  }

  #firstUrl(): URL {
    const url = new URL(this.#plan.url)
    const { style, size, start } = this.#paging
    const sizeParameter = this.#paging.sizeParameter ?? (style === 'offset' ? 'limit' : undefined)
    if (size !== undefined && sizeParameter !== undefined) {
      setParameter(url, sizeParameter, String(size))
    }
    if (style === 'page') setParameter(url, this.#parameter, String(start ?? 1))
    if (style === 'offset') setParameter(url, this.#parameter, String(start ?? 0))
    return url
  }

  /**
   * The URL of the page after this one; undefined after the last page.
   *
   * @throws HttpError when the list changed meanwhile or does not end, InvalidInputError for a setting
   *   that does not fit the response
   */
  next(page: Page): URL | undefined {
    this.#count(page)
    const url = this.#nextUrl(page)
    if (url === undefined) {
      this.end(page.place)
      return undefined
    }
    const { maxPages = 10_000 } = this.#plan.settings
    if (this.#pages >= maxPages) {
      throw new InvalidInputError(`${page.place}: the list has more than ${maxPages} pages`, {
        field: 'maxPages',
        hint: 'Ask for more rows per page. In a project file, max_pages raises the limit.',
      })
    }
    if (this.#seen.has(url.href)) {
      throw new HttpError(
        'SIDE_FAILED',
        `${page.place}: the next page was read before, so the pages would not end`,
        { hint: `Check --paging${this.#parameterHint()}.` },
      )
    }
    this.#seen.add(url.href)
    return url
  }

  /** Checks at the end that no row is missing. @throws HttpError */
  end(place: string): void {
    if (this.#total === undefined || this.#total === this.#rows) return
    throw new HttpError(
      'SIDE_FAILED',
      `${place}: the API states ${this.#total} rows, and its pages have ${this.#rows}`,
      {
        hint: 'The list may have changed while it was read: try again. Otherwise check --paging.',
        isTransient: true,
      },
    )
  }

  get #parameter(): string {
    return this.#paging.parameter ?? PARAMETERS[this.#paging.style] ?? ''
  }

  #parameterHint(): string {
    const name = this.#parameter
    return name === '' ? '' : `: the API may not know the parameter ${shorten(name)}`
  }

  #count(page: Page): void {
    this.#pages += 1
    this.#rows += page.rows
    if (page.rows > 0 && page.digest === this.#digest) {
      throw new HttpError(
        'SIDE_FAILED',
        `${page.place}: the page has the same rows as the one before`,
        {
          hint: `Check --paging${this.#parameterHint()}. If the API repeats its last page, add total or total-pages.`,
        },
      )
    }
    this.#digest = page.digest
    this.#total = this.#unchanged('total', this.#total, page)
    this.#totalPages = this.#unchanged('totalPages', this.#totalPages, page)
  }

  #unchanged(
    name: 'total' | 'totalPages',
    before: number | undefined,
    page: Page,
  ): number | undefined {
    const at = this.#paging[name]
    if (at === undefined) return undefined
    const now = numberAt(at, name, page, page.place)
    if (before === undefined || before === now) return now
    throw new HttpError(
      'SIDE_FAILED',
      `${page.place}: the list changed while it was read: ${at} was ${before}, and is now ${now}`,
      { hint: 'Try again.', isTransient: true },
    )
  }

  #nextUrl(page: Page): URL | undefined {
    const { style } = this.#paging
    if (style === 'none') return undefined
    if (style === 'link' || style === 'next') return this.#nextByLink(page)
    const more = this.#more(page)
    if (more === false) return undefined
    if (style === 'cursor') return this.#nextByCursor(page, more)
    if (this.#isComplete(page, more)) return undefined
    const { start = style === 'page' ? 1 : 0 } = this.#paging
    const url = new URL(this.#first)
    setParameter(
      url,
      this.#parameter,
      String(start + (style === 'page' ? this.#pages : this.#rows)),
    )
    return url
  }

  #nextByLink(page: Page): URL | undefined {
    const link = nextLink(this.#paging, page, page.place)
    if (link !== undefined) return resolveLink(link, page, this.#plan, this.notes)
    const { at } = this.#paging
    if (at !== undefined && this.#pages === 1) {
      this.notes.push(`the first page has no URL of a next page at ${at}, so it is the only one`)
    }
    return undefined
  }

  /** Whether there are more pages; undefined where the API does not say it. */
  #more(page: Page): boolean | undefined {
    const { more } = this.#paging
    return more === undefined ? undefined : flagAt(more, 'more', page, page.place)
  }

  #nextByCursor(page: Page, more: boolean | undefined): URL | undefined {
    const { at, lastRow } = this.#paging
    const cursor = at === undefined ? this.#lastRowCursor(page) : cursorAt(at, page)
    if (cursor === undefined) {
      if (more === true) {
        throw new HttpError(
          'SIDE_FAILED',
          `${page.place}: the API has more pages, and no cursor at ${at ?? lastRow}`,
        )
      }
      if (this.#pages === 1 && at !== undefined) {
        this.notes.push(`the first page has no cursor at ${at}, so it is the only one`)
      }
      return undefined
    }
    const url = new URL(this.#first)
    setParameter(url, this.#parameter, cursor)
    return url
  }

  #lastRowCursor(page: Page): string | undefined {
    const { lastRow = '' } = this.#paging
    if (page.rows === 0) return undefined
    if (page.lastRow === undefined) {
      throw new InvalidInputError(`${page.place}: CSV has no cursor in its last row`)
    }
    const cursor = textOf(locate(parseWithNumbers(page.lastRow), parsePointer(lastRow, 'lastRow')))
    if (cursor !== undefined) return cursor
    throw new InvalidInputError(`${page.place}: the last row has no text or number at ${lastRow}`, {
      field: 'lastRow',
    })
  }

  /** Whether the pages that are counted are complete: by what the API states, else by an end. */
  #isComplete(page: Page, more: boolean | undefined): boolean {
    const { style, size } = this.#paging
    this.#isAfterShort = false
    if (this.#totalPages !== undefined) return this.#pages >= this.#totalPages
    if (this.#total !== undefined) return this.#rows >= this.#total || page.rows === 0
    if (page.rows === 0) {
      if (more !== true || style === 'page') return more !== true
      throw new HttpError('SIDE_FAILED', `${page.place}: the API has more pages, and no rows here`)
    }
    if (size === undefined || more === true) return false
    if (page.rows === size) this.#isSizeKept = true
    // An API may have a smaller limit than was asked for: then every page is shorter.
    if (page.rows < size && this.#isSizeKept) return true
    this.#isAfterShort = page.rows < size
    return false
  }
}

/** Undefined for the end. */
function cursorAt(at: string, page: Page): string | undefined {
  rejectOtherFormat(at, page, page.place)
  if (!at.startsWith('/')) {
    const value = page.headers[at.toLowerCase()]
    const text = Array.isArray(value) ? value[0] : value
    return text === '' ? undefined : text
  }
  const located = locate(page.document, parsePointer(at, 'at'))
  if (!located.found || isEnd(located.value)) return undefined
  const cursor = textOf(located)
  if (cursor !== undefined) return cursor
  throw new InvalidInputError(`${page.place}: the cursor at ${describeMissing(at, located)}`, {
    field: 'at',
    hint: 'A cursor is a text or a number.',
  })
}

/** No next page begins at 0, which some APIs send after the last. */
function isEnd(value: unknown): boolean {
  if (value instanceof JsonNumber) return Number(value.text) === 0
  return value === null || value === '' || value === false
}

function textOf(located: ReturnType<typeof locate>): string | undefined {
  if (!located.found) return undefined
  const { value } = located
  if (value instanceof JsonNumber) return value.text
  return typeof value === 'string' && value !== '' ? value : undefined
}

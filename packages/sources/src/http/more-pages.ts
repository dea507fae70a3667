/** Recognizes a response with further pages that no setting leads to, so that no row is missing in silence. Pure. */
import { InvalidInputError } from '@chatlayer-tables/core'
import { isObject, JsonNumber, pointerText } from './json-pointer.ts'
import type { Response } from './places.ts'

interface Sign {
  /** What was found, such as `/next is a text`. */
  readonly found: string
  /** The settings that probably fit, as `--paging` takes them. */
  readonly suggestion: string
}

const URL_NAMES =
  /^(?:next|next_?(?:page)?_?(?:url|link|href|uri)|@odata\.nextlink|odata\.nextlink|nextrecordsurl|next_?records_?url)$/i
const CURSOR_NAMES =
  /^(?:next_?(?:page)?_?(?:cursor|token|key|id|marker)|next_?page|next_?offset|offset|cursor|end_?cursor|after|continuation_?token|continuation|scroll_?id|bookmark|marker)$/i
const FLAG_NAMES =
  /^(?:has_?more(?:_?items|_?results)?|has_?next(?:_?page)?|more|is_?truncated|truncated)$/i
const TOTAL_NAMES =
  /^(?:total|count|total_?(?:count|items?|results?|records?|rows|elements|hits|size)|num_?found|record_?count)$/i
const PAGES_NAMES = /^(?:total_?pages?|page_?count|pages|last_?page|num_?pages)$/i
/** Of members, where `size` may be the number of rows itself. */
const LIMIT_NAMES = /^(?:per_?page|page_?size|limit|max_?results)$/i
/** Of parameters. */
const SIZE_NAMES = /^(?:per_?page|page_?size|limit|size|take|top|first|max_?results|count)$/i
/** Numbers of rows that are usual for a page. */
const USUAL_SIZES = [10, 20, 25, 30, 50, 100, 200, 250, 500, 1000, 2000, 5000, 10_000]
const TOTAL_HEADERS = ['x-total-count', 'x-total', 'x-wp-total', 'total-count']
const PAGES_HEADERS = ['x-total-pages', 'x-wp-totalpages', 'x-pagination-page-count']

/** A page that is full may be the last one. */
const FULL_PAGE = 'page, offset or link'

const MAX_DEPTH = 3

/**
 * @param rows of the first page
 * @throws InvalidInputError if the response shows that it is not all
 */
export function rejectMorePages(
  response: Response & { readonly url: URL },
  rows: number,
  place: string,
): void {
  const [sign] = [
    ...signsOf(response.document, [], rows),
    ...headerSigns(response, rows),
    ...parameterSigns(response.url, rows),
  ]
  if (sign === undefined) return
  throw new InvalidInputError(
    `${place}: the API seems to have more pages than this one: ${sign.found}`,
    {
      field: 'paging',
      hint: `Pass --paging ${sign.suggestion}, or --paging none if these ${rows} rows are all.`,
    },
  )
}

function* signsOf(value: unknown, path: readonly string[], rows: number): Generator<Sign> {
  if (!isObject(value) || path.length > MAX_DEPTH) return
  for (const [name, inner] of Object.entries(value)) {
    const at = pointerText([...path, name])
    const sign = signOf(name, inner, at, rows)
    if (sign !== undefined) yield sign
    else if (!/^(?:prev|previous|first|last|self)$/i.test(name))
      yield* signsOf(inner, [...path, name], rows)
  }
}

function signOf(name: string, value: unknown, at: string, rows: number): Sign | undefined {
  const link = isObject(value) ? value.href : value
  if (URL_NAMES.test(name) && typeof link === 'string' && link !== '') {
    const style = /^(?:https?:|[/?])/i.test(link) ? 'next' : 'cursor'
    return {
      found: `there is a value at ${at}`,
      suggestion: style === 'next' ? `next,at=${at}` : cursorSettings(at),
    }
  }
  if (FLAG_NAMES.test(name) && value === true) {
    return { found: `${at} is true`, suggestion: `page,more=${at}` }
  }
  if (CURSOR_NAMES.test(name) && typeof value === 'string' && value !== '') {
    return { found: `there is a value at ${at}`, suggestion: cursorSettings(at) }
  }
  const number = value instanceof JsonNumber ? Number(value.text) : 0
  if (/^next_?page$/i.test(name) && number > 0) {
    return { found: `${at} is ${number}`, suggestion: cursorSettings(at) }
  }
  return countSign(name, number, at, rows)
}

function cursorSettings(at: string): string {
  return `cursor,at=${at},parameter=NAME`
}

function countSign(name: string, number: number, at: string, rows: number): Sign | undefined {
  if (TOTAL_NAMES.test(name) && number > rows) {
    return {
      found: `${at} is ${number}, and there are ${rows} rows`,
      suggestion: `page,total=${at} (or offset,total=${at})`,
    }
  }
  if (PAGES_NAMES.test(name) && number > 1) {
    return { found: `${at} is ${number}`, suggestion: `page,total-pages=${at}` }
  }
  if (LIMIT_NAMES.test(name) && number > 0 && number === rows) {
    return { found: `${at} is ${number}, and there are as many rows`, suggestion: FULL_PAGE }
  }
  return undefined
}

/** As many rows as the address asks for. */
function* parameterSigns(url: URL, rows: number): Generator<Sign> {
  for (const [name, value] of url.searchParams) {
    if (!SIZE_NAMES.test(name.replace(/^\W*(?:page\W)?|\W+$/gi, ''))) continue
    if (rows > 0 && Number(value) === rows) {
      yield {
        found: `the address asks for ${name}=${rows}, and there are as many rows`,
        suggestion: FULL_PAGE,
      }
    }
  }
}

/** What to tell the user of a list without any sign of pages; undefined for nothing. */
export function noteOnSize(rows: number): string | undefined {
  if (!USUAL_SIZES.includes(rows)) return undefined
  return `the API sent exactly ${rows} rows; if it has more, pass --paging`
}

function* headerSigns({ headers }: Response, rows: number): Generator<Sign> {
  const number = (name: string) => Number(headers[name]) || 0
  for (const name of PAGES_HEADERS) {
    if (number(name) <= 1) continue
    yield {
      found: `the header ${name} is ${number(name)}`,
      suggestion: `page,total-pages=${name}`,
    }
  }
  for (const name of TOTAL_HEADERS) {
    if (number(name) <= rows) continue
    yield {
      found: `the header ${name} is ${number(name)}, and there are ${rows} rows`,
      suggestion: `page,total=${name} (or offset,total=${name})`,
    }
  }
}

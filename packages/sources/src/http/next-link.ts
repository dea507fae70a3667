/** The URL of the next page, as a response states it. Pure. */
import { InvalidInputError } from '@chatlayer-tables/core'
import { shorten } from '@chatlayer-tables/files'
import { HttpError } from './errors.ts'
import type { HttpPaging } from './http-settings.ts'
import { describe, isObject } from './json-pointer.ts'
import { linksOf } from './link-header.ts'
import { type Response, rejectOtherFormat, rejectPointerIntoList, valueAt } from './places.ts'
import { type HttpPlan, isAllowedScheme } from './plan.ts'
import { setParameter } from './query.ts'

/** @returns undefined on the last page */
export function nextLink(
  paging: HttpPaging,
  response: Response,
  place: string,
): string | undefined {
  if (paging.style === 'link') return linksOf(response.headers.link, 'next')[0]
  const { at = '' } = paging
  rejectOtherFormat(at, response, place)
  rejectPointerIntoList(at, response, place)
  const placed = valueAt(at, 'at', response)
  if (!placed.found || placed.value === null || placed.value === false) return undefined
  // JSON:API and HAL may have an object in place of the URL.
  const value = isObject(placed.value) ? placed.value.href : placed.value
  if (typeof value === 'string') return value.trim() === '' ? undefined : value.trim()
  if (isObject(placed.value) && (value === null || value === undefined)) return undefined
  throw new InvalidInputError(
    `${place}: there must be a URL at ${at}, not ${describe(placed.value)}`,
    {
      field: 'at',
      hint: 'If it is a cursor or the number of a page, pass --paging cursor,at=…,parameter=NAME.',
    },
  )
}

/**
 * Resolves a link against the page that has it. Parameters with a secret are added if it omits them.
 *
 * @throws HttpError for a link to an origin that is not allowed
 */
export function resolveLink(
  link: string,
  { url: from, place }: { readonly url: URL; readonly place: string },
  plan: HttpPlan,
  notes: string[],
): URL {
  const url = URL.parse(link, from.href)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new HttpError('SIDE_FAILED', `${place}: the link to the next page is not a URL`, {
      hint: 'If it is a cursor, pass --paging cursor,at=…,parameter=NAME.',
    })
  }
  url.hash = ''
  url.username = ''
  url.password = ''
  // Behind a proxy that ends TLS, many frameworks make links with http.
  if (from.protocol === 'https:' && url.protocol === 'http:' && url.port === '') {
    if (url.hostname === from.hostname && from.port === '') {
      url.protocol = 'https:'
      addNote(notes, 'the API links to its next pages by http; they are read by https')
    }
  }
  checkOrigin(url, from, plan, place)
  if (url.origin === plan.url.origin) {
    for (const [name, value] of plan.secretParameters) {
      if (!url.searchParams.has(name)) setParameter(url, name, value)
    }
  }
  return url
}

function checkOrigin(url: URL, from: URL, plan: HttpPlan, place: string): void {
  const { otherOrigins = [], allowHttp } = plan.settings
  const isListed = otherOrigins.some((origin) => new URL(origin).origin === url.origin)
  if (from.protocol === 'https:' && url.protocol === 'http:') {
    throw new HttpError(
      'SIDE_FAILED',
      `${place}: the next page is at ${url.origin}, which is not https`,
    )
  }
  if (!isListed && url.origin !== from.origin && url.origin !== plan.url.origin) {
    throw new HttpError(
      'SIDE_FAILED',
      `${place}: the next page is on another host, ${shorten(url.origin)}`,
      {
        hint: 'In a project file, other_origins allows this origin. No credentials are sent to it.',
      },
    )
  }
  if (!isAllowedScheme(url, allowHttp)) {
    throw new HttpError(
      'SIDE_FAILED',
      `${place}: the next page is at ${url.origin}, which is not https`,
    )
  }
}

function addNote(notes: string[], note: string): void {
  if (!notes.includes(note)) notes.push(note)
}

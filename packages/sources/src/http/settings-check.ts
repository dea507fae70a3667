/** Checks settings that do not depend on the address. Pure. */
import { InvalidInputError } from '@chatlayer-tables/core'
import { shorten } from '@chatlayer-tables/files'
import {
  HTTP_FORMATS,
  type HttpPaging,
  type HttpSettings,
  PAGING_STYLES,
  type PagingStyle,
} from './http-settings.ts'
import { parsePointer } from './json-pointer.ts'

type PagingSetting = Exclude<keyof HttpPaging, 'style'>

/** The settings that each style uses. */
const USES: Readonly<Record<PagingStyle, readonly PagingSetting[]>> = {
  link: ['total'],
  none: ['total'],
  next: ['at', 'total'],
  cursor: ['at', 'lastRow', 'parameter', 'size', 'sizeParameter', 'more', 'total'],
  page: ['parameter', 'start', 'size', 'sizeParameter', 'more', 'total', 'totalPages', 'endStatus'],
  offset: ['parameter', 'start', 'size', 'sizeParameter', 'more', 'total', 'endStatus'],
}

const NUMBERS = [
  'maxPages',
  'maxBytes',
  'connectTimeoutMs',
  'headersTimeoutMs',
  'idleTimeoutMs',
  'timeoutMs',
] as const satisfies readonly (keyof HttpSettings)[]

/** @throws InvalidInputError naming the setting */
export function checkSettings(settings: HttpSettings): void {
  checkOneOf('format', settings.format, HTTP_FORMATS)
  if (settings.rows !== undefined) parsePointer(settings.rows, 'rows')
  for (const name of NUMBERS) checkWholeNumber(name, settings[name], 1)
  for (const origin of settings.otherOrigins ?? []) checkOrigin(origin)
  if (settings.paging !== undefined) checkPaging(settings.paging)
}

function checkPaging(paging: HttpPaging): void {
  const { style, at, lastRow, parameter } = paging
  checkOneOf('paging', style, PAGING_STYLES)
  for (const [name, value] of Object.entries(paging)) {
    if (name === 'style' || value === undefined) continue
    if (!(USES[style] as readonly string[]).includes(name)) {
      throw invalid(name, `paging by ${style} does not use it`, usersOf(name))
    }
  }
  if (style === 'next' && at === undefined) {
    throw invalid('at', 'paging by next needs the place of the URL', 'For example /links/next.')
  }
  if (style === 'cursor') {
    if ((at === undefined) === (lastRow === undefined)) {
      throw invalid(
        'at',
        'paging by cursor needs either at or lastRow',
        'For example /next_cursor.',
      )
    }
    if (parameter === undefined) {
      throw invalid('parameter', 'paging by cursor needs the parameter that sends the cursor')
    }
  }
  for (const name of ['at', 'more', 'total', 'totalPages'] as const) checkPlace(name, paging[name])
  if (lastRow !== undefined) parsePointer(lastRow, 'lastRow')
  checkWholeNumber('start', paging.start, 0)
  checkWholeNumber('size', paging.size, 1)
  if (paging.sizeParameter !== undefined && paging.size === undefined) {
    throw invalid('sizeParameter', 'it needs size, the number of rows per page')
  }
  if (paging.endStatus !== undefined && !(paging.endStatus >= 200 && paging.endStatus < 500)) {
    throw invalid('endStatus', 'it must be a status such as 404')
  }
}

function usersOf(name: string): string | undefined {
  const users = PAGING_STYLES.filter((style) => (USES[style] as readonly string[]).includes(name))
  return users.length === 0 ? undefined : `It is for paging by ${users.join(', ')}.`
}

/** A pointer, or the name of a header. */
function checkPlace(name: string, place: string | undefined): void {
  if (place === undefined || /^[\w-]+$/.test(place)) return
  parsePointer(place, name)
  if (place === '') throw invalid(name, 'it must be a JSON pointer or the name of a header')
}

function checkOrigin(text: string): void {
  const url = URL.parse(text)
  if (url !== null && /^https?:$/.test(url.protocol) && `${url.origin}/` === url.href) return
  throw invalid(
    'otherOrigins',
    `"${shorten(text)}" is not an origin`,
    'Use one such as https://cdn.example.',
  )
}

function checkOneOf(name: string, value: string | undefined, allowed: readonly string[]): void {
  if (value === undefined || allowed.includes(value)) return
  throw invalid(name, `"${shorten(value)}" is not one of ${allowed.join(', ')}`)
}

function checkWholeNumber(name: string, value: number | undefined, min: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= min)) return
  throw invalid(name, `it must be a whole number from ${min}`)
}

function invalid(field: string, problem: string, hint?: string): InvalidInputError {
  return new InvalidInputError(`${field}: ${problem}`, { field, hint })
}

/** The headers of a response that matter, with values that say nothing of a user. */
import {
  RATE_LIMIT_FIELDS,
  RATE_LIMIT_HEADERS,
  RETRY_AFTER_HEADER,
} from '@chatlayer-tables/contract'
import { maskName } from './words.ts'

export type HeaderValues = Readonly<Record<string, string | readonly string[] | undefined>>

const LIMIT_HEADERS: readonly string[] = [
  ...Object.values(RATE_LIMIT_HEADERS),
  ...Object.values(RATE_LIMIT_FIELDS),
  RETRY_AFTER_HEADER,
]

export interface MaskedHeaders {
  /** Names with values, in lower case. */
  readonly shown: Readonly<Record<string, string>>
  /** Names alone. */
  readonly others: readonly string[]
}

export function maskHeaders(headers: HeaderValues): MaskedHeaders {
  const shown: Record<string, string> = {}
  const others = new Set<string>()
  const date = textOf(headers.date)
  const sent = HTTP_DATE.test(date) ? Date.parse(date) : Number.NaN
  for (const [name, value] of Object.entries(headers).slice(0, 100)) {
    const text = textOf(value)
    if (name === 'date')
      shown[name] = Number.isNaN(sent) ? '(no date)' : new Date(sent).toUTCString()
    else if (name === 'content-type') shown[name] = contentType(text)
    else if (isLimitHeader(name)) shown[limitName(name)] = limitValue(text, sent)
    else others.add(maskName(name))
  }
  return { shown, others: [...others].sort() }
}

/** Whether a header is about a rate limit, with or without the name of one at its end. */
export function isLimitHeader(name: string): boolean {
  return LIMIT_HEADERS.some((known) => name === known || name.startsWith(`${known}-`))
}

/** The name of a limit is not kept. */
function limitName(name: string): string {
  return LIMIT_HEADERS.includes(name)
    ? name
    : `${LIMIT_HEADERS.findLast((known) => name.startsWith(`${known}-`))}-(name)`
}

function textOf(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : (value ?? []).join(', ')
}

function contentType(text: string): string {
  const known =
    /^(application\/(?:problem\+)?json|text\/(?:html|plain))\s*(;\s*charset=utf-8)?\s*$/i
  const [, type, charset = ''] = known.exec(text) ?? []
  return type === undefined
    ? '(another type)'
    : `${type}${charset && '; charset=utf-8'}`.toLowerCase()
}

const HTTP_DATE = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/
const DAY_SECONDS = 86_400

/** Small numbers as they are; moments relative to the response; names as `"name"`. */
function limitValue(text: string, sent: number): string {
  if (/^\d{1,5}$/.test(text)) return text
  if (/^\d{6,16}$/.test(text)) return moment(Number(text), sent)
  if (HTTP_DATE.test(text)) return moment(Date.parse(text) / 1000, sent, 'a date')
  const parameters = text.match(/(?<=[;,]\s*)(?:r|t|q|w|qu)=\d{1,5}(?!\d)/g)?.slice(0, 10)
  return parameters === undefined ? '(another form)' : `"name";${parameters.join(';')}`
}

function moment(value: number, sent: number, form?: string): string {
  for (const [unit, divisor] of [
    ['seconds', 1],
    ['milliseconds', 1000],
  ] as const) {
    const ahead = Math.round(value / divisor - sent / 1000)
    if (Math.abs(ahead) <= DAY_SECONDS)
      return `(${form ?? `Unix ${unit}`}, ${ahead} s after the response)`
  }
  return '(a larger number)'
}

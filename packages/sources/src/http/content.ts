/** What a response contains, by its headers, its URL and its beginning. Pure. */
import type { HttpFormat } from './http-settings.ts'

type Headers = Readonly<Record<string, string | string[] | undefined>>

const BY_TYPE: readonly (readonly [RegExp, HttpFormat])[] = [
  [/^application\/(?:x-)?(?:ndjson|jsonl|jsonlines|json-lines|json-seq)$/, 'ndjson'],
  [/^(?:application|text)\/(?:json|x-json)$|^application\/[\w.+-]+\+json$/, 'json'],
  [/^(?:text|application)\/(?:x-)?(?:csv|comma-separated-values)$/, 'csv'],
  [/^text\/(?:x-)?(?:tab-separated-values|tsv)$/, 'tsv'],
]

const BY_ENDING: Readonly<Record<string, HttpFormat>> = {
  json: 'json',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  csv: 'csv',
  tsv: 'tsv',
}

export function firstValue(headers: Headers, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** The media type, in lower case without parameters; empty without one. */
export function mediaType(headers: Headers): string {
  const [type = ''] = (firstValue(headers, 'content-type') ?? '').split(';')
  return type.trim().toLowerCase()
}

export function charsetOf(headers: Headers): string | undefined {
  const type = firstValue(headers, 'content-type') ?? ''
  return /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(type)?.[1]?.toLowerCase()
}

/** The format by content type, then by the end of the path, then by the first character. */
export function formatOf(headers: Headers, url: URL, start: string): HttpFormat | undefined {
  const type = mediaType(headers)
  const byType = BY_TYPE.find(([pattern]) => pattern.test(type))?.[1]
  if (byType !== undefined) return byType
  const ending = /\.([a-z]+)(?:\.gz)?$/i.exec(url.pathname)?.[1]?.toLowerCase() ?? ''
  return BY_ENDING[ending] ?? (/^\ufeff?\s*[[{]/.test(start) ? 'json' : undefined)
}

/** Whether a text is a page for people, or XML. */
export function isMarkup(start: string): boolean {
  return /^\ufeff?\s*</.test(start)
}

/** The title of a page. */
export function titleOf(start: string): string | undefined {
  const title = /<title[^>]*>([^<]*)/i.exec(start)?.[1]?.trim()
  return title === '' ? undefined : title
}

/** `an HTML page`, or its type. */
export function describeType(headers: Headers): string {
  const type = mediaType(headers)
  if (/\bxml\b/.test(type) && !type.includes('html')) return 'XML'
  return 'an HTML page'
}

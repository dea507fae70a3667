/** Identifies a list that was read, so that a later reading can ask whether it has changed. Pure. */
import { createHash } from 'node:crypto'
import { firstValue } from './content.ts'
import type { HttpPaging } from './http-settings.ts'
import type { HttpPlan } from './plan.ts'

type Headers = Readonly<Record<string, string | string[] | undefined>>

/** A change within this time after `Last-Modified` could have the same time (RFC 9110, 8.8.2.2). */
const MIN_AGE_MS = 60_000

/**
 * The validator of a list that is one response; undefined where the response has none, or a change
 * could leave it as it is.
 */
export function validatorOf(headers: Headers, plan: HttpPlan): string | undefined {
  if (!isWholeList(plan.settings.paging)) return undefined
  const tag = firstValue(headers, 'etag')
  if (tag !== undefined && /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/.test(tag)) {
    return JSON.stringify({ of: requestId(plan), tag })
  }
  const modified = firstValue(headers, 'last-modified')
  const age = Date.parse(firstValue(headers, 'date') ?? '') - Date.parse(modified ?? '')
  return age >= MIN_AGE_MS ? JSON.stringify({ of: requestId(plan), modified }) : undefined
}

/**
 * Whether the body of the first response shows every change of the list. A link in a header does not
 * need to change its entity tag, so that a second page could begin unnoticed.
 */
export function isWholeList(paging: HttpPaging | undefined): boolean {
  if (paging === undefined || paging.style === 'link') return false
  if (paging.style === 'none') return true
  const { at, more, total } = paging
  return [at, more, total].some((place) => place?.startsWith('/'))
}

/** The headers that ask whether something has changed; undefined if the validator is of another request. */
export function conditionsOf(
  validator: string | undefined,
  plan: HttpPlan,
): Record<string, string> | undefined {
  if (validator === undefined || !isWholeList(plan.settings.paging)) return undefined
  try {
    const { of, tag, modified } = JSON.parse(validator)
    if (of !== requestId(plan)) return undefined
    if (typeof tag === 'string') return { 'if-none-match': tag }
    return typeof modified === 'string' ? { 'if-modified-since': modified } : undefined
  } catch {
    return undefined
  }
}

/** Of the address and settings as they were written: without the values of references. */
function requestId({ written, settings }: HttpPlan): string {
  const { parameters, rows, format, paging, headers = {} } = settings
  const names = Object.keys(headers).map((name) => name.toLowerCase())
  const text = JSON.stringify([written, parameters, rows, format, paging, names.sort()])
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

/** Recognizes responses that are not the data that was asked for, or may not be all of it. */
import { describeType, firstValue, titleOf } from './content.ts'
import { CREDENTIAL_HINT, HttpError } from './errors.ts'
import { excerpt } from './mask.ts'
import type { HttpPlan } from './plan.ts'
import type { HttpResponse } from './transport.ts'

/** The error of a page for people in place of data. */
export function markupError(
  { headers }: HttpResponse,
  start: string,
  { mask }: HttpPlan,
  place: string,
): HttpError {
  const title = titleOf(start)
  const named = title === undefined ? '' : ` titled "${excerpt(title, mask)}"`
  return new HttpError(
    'SIDE_FAILED',
    `${place}: the response is ${describeType(headers)}${named}, not data`,
    {
      hint: `Check the address. A login page means: ${CREDENTIAL_HINT}`,
    },
  )
}

/**
 * The end of a body without a length is the end of its connection: a list that was cut short would look
 * complete. JSON shows its own end, and so does gzip.
 */
export function rejectUnknownLength({ headers }: HttpResponse, place: string): void {
  const isKnown =
    headers['content-length'] !== undefined ||
    /\bchunked\b/i.test(firstValue(headers, 'transfer-encoding') ?? '') ||
    /\b(?:gzip|br|deflate)\b/i.test(firstValue(headers, 'content-encoding') ?? '')
  if (isKnown) return
  throw new HttpError(
    'SIDE_FAILED',
    `${place}: the response does not state its length, so that missing rows could not be noticed`,
    { hint: 'Save the response to a file, check it, and use the file.' },
  )
}

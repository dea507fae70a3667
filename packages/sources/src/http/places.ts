/** Reads values at places of a response: JSON pointers and headers. Pure. */
import { InvalidInputError } from '@chatlayer-tables/core'
import { describe, describeMissing, JsonNumber, locate, parsePointer } from './json-pointer.ts'

export interface Response {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The JSON document without its rows; undefined in other formats. */
  readonly document: unknown
}

/** What is at a place. A header is a text. */
export type Placed =
  | { readonly found: true; readonly value: unknown }
  /** `problem` describes what is there instead. */
  | { readonly found: false; readonly problem: string }

export function valueAt(at: string, setting: string, { headers, document }: Response): Placed {
  if (!at.startsWith('/')) {
    const value = headers[at.toLowerCase()]
    const text = Array.isArray(value) ? value[0] : value
    return text === undefined
      ? { found: false, problem: `the response has no header ${at}` }
      : { found: true, value: text }
  }
  const located = locate(document, parsePointer(at, setting))
  return located.found ? located : { found: false, problem: describeMissing(at, located) }
}

/**
 * @throws InvalidInputError for a pointer that leads into a list: rows are not kept, and which item is
 *   meant changes with every page
 */
export function rejectPointerIntoList(at: string, response: Response, place: string): void {
  if (!at.startsWith('/')) return
  const located = locate(response.document, parsePointer(at, 'at'))
  if (located.found || !Array.isArray(located.value)) return
  throw new InvalidInputError(`${place}: ${describeMissing(at, located)}`, {
    field: 'at',
    hint: 'For a value of the last row, pass --paging cursor,last-row=/id,parameter=NAME.',
  })
}

/** @throws InvalidInputError for a pointer into what is not JSON */
export function rejectOtherFormat(at: string, { document }: Response, place: string): void {
  if (!at.startsWith('/') || document !== undefined) return
  throw new InvalidInputError(
    `${place}: the response is not JSON, so that it has nothing at ${at}`,
    {
      hint: 'For CSV and NDJSON, use the name of a response header.',
    },
  )
}

/** @throws InvalidInputError if there is no whole number */
export function numberAt(at: string, setting: string, response: Response, place: string): number {
  rejectOtherFormat(at, response, place)
  const placed = valueAt(at, setting, response)
  const value = placed.found ? placed.value : undefined
  const text = value instanceof JsonNumber ? value.text : value
  if (typeof text === 'string' && /^\s*\d{1,15}(?:\.0+)?\s*$/.test(text)) return Number(text)
  throw wrong(placed, at, setting, place, 'a whole number')
}

const FLAGS: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  [true, true],
  [false, false],
  ['true', true],
  ['false', false],
  ['1', true],
  ['0', false],
])

/** @throws InvalidInputError if there is neither true nor false */
export function flagAt(at: string, setting: string, response: Response, place: string): boolean {
  rejectOtherFormat(at, response, place)
  const placed = valueAt(at, setting, response)
  if (placed.found) {
    const { value } = placed
    const plain = value instanceof JsonNumber ? value.text : value
    const flag = FLAGS.get(typeof plain === 'string' ? plain.trim().toLowerCase() : plain)
    if (flag !== undefined) return flag
  }
  throw wrong(placed, at, setting, place, 'true or false')
}

function wrong(
  placed: Placed,
  at: string,
  setting: string,
  place: string,
  expected: string,
): InvalidInputError {
  const problem = placed.found
    ? `there must be ${expected} at ${at}, not ${describe(placed.value)}`
    : placed.problem
  return new InvalidInputError(`${place}: ${problem}`, {
    field: setting,
    hint: `Set ${setting} to the place of ${expected}: a JSON pointer or the name of a header.`,
  })
}

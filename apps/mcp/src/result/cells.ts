/** Shortens long cells, with a mark that states how many characters were cut. */
import { stringifyJson } from '@chatlayer-tables/core'
import { MAX_SHOWN_DEPTH } from './untrusted.ts'

/** Characters shown of a cell, by format. */
export const CELL_LENGTH = { concise: 500, detailed: 10_000 } as const

/** Cells are not cut shorter than this. */
export const MIN_CELL_LENGTH = 16

export interface ShortCell {
  readonly value: unknown
  readonly isCut: boolean
}

/**
 * At most `length` characters of a text, starting at `from`; `…[+120]` states how many follow. JSON that
 * is too long, or not shown from its start, is cut as text.
 */
export function shortCell(value: unknown, length: number, from = 0): ShortCell {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') {
    return { value, isCut: false }
  }
  const text = typeof value === 'string' ? value : stringifyJson(value)
  const isWhole = from === 0 && (typeof value === 'string' || !isDeep(value))
  if (isWhole && text.length <= length) return { value, isCut: false }
  const end = wholeCharacters(text, from + length)
  const rest = text.length - end
  const part = text.slice(wholeCharacters(text, from), end)
  return rest > 0 ? { value: `${part}…[+${rest}]`, isCut: true } : { value: part, isCut: false }
}

/** Whether a JSON value is nested too deep to be shown as JSON. */
function isDeep(value: unknown, left = MAX_DEPTH_IN_CELL): boolean {
  if (typeof value !== 'object' || value === null) return false
  return left === 0 || Object.values(value).some((item) => isDeep(item, left - 1))
}

/** Leaves room for the levels around a cell: values, record, list of records, result. */
const MAX_DEPTH_IN_CELL = MAX_SHOWN_DEPTH - 10

/** Cell lengths to try in turn until the result fits. */
export function* lengthsFrom(length: number): Generator<number, void, undefined> {
  for (let next = length; next > MIN_CELL_LENGTH; next = Math.floor(next / 2)) yield next
  yield MIN_CELL_LENGTH
}

/** The values of a record, each shortened to `length`. */
export function shortValues(
  values: Readonly<Record<string, unknown>>,
  length: number,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, shortCell(value, length).value]),
  )
}

/** The nearest position at or after `at` that does not split a surrogate pair. */
function wholeCharacters(text: string, at: number): number {
  const unit = text.charCodeAt(at)
  return unit >= 0xdc00 && unit <= 0xdfff ? at + 1 : Math.min(at, text.length)
}

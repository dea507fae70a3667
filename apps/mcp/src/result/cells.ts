/** Long cells, shortened with a mark that says how much there is more. */
import { stringifyJson } from '@chatlayer-tables/core'
import { MAX_SHOWN_DEPTH } from './untrusted.ts'

/** How many characters of a cell are shown, by format. */
export const CELL_LENGTH = { concise: 500, detailed: 10_000 } as const

/** The fewest that a cell is cut to where an answer has little room. */
const SHORTEST = 16

export interface ShortCell {
  readonly value: unknown
  readonly isCut: boolean
}

/**
 * The characters of a text from `from` on, `length` at most, and how many follow as `…[+120]`. JSON
 * that is too long is cut as its text.
 */
export function shortCell(value: unknown, length: number, from = 0): ShortCell {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') {
    return { value, isCut: false }
  }
  const text = typeof value === 'string' ? value : stringifyJson(value)
  const isWhole = typeof value === 'string' ? from === 0 : !isDeep(value)
  if (isWhole && text.length <= length) return { value, isCut: false }
  const end = wholeCharacters(text, from + length)
  const rest = text.length - end
  const part = text.slice(wholeCharacters(text, from), end)
  return rest > 0 ? { value: `${part}…[+${rest}]`, isCut: true } : { value: part, isCut: false }
}

/** Whether JSON is nested deeper than is shown. */
function isDeep(value: unknown, left = MAX_DEPTH_IN_CELL): boolean {
  if (typeof value !== 'object' || value === null) return false
  return left === 0 || Object.values(value).some((item) => isDeep(item, left - 1))
}

/** Within the values of a record, in a list of records, in the answer. */
const MAX_DEPTH_IN_CELL = MAX_SHOWN_DEPTH - 10

/** Lengths to try one after the other until an answer fits. */
export function* lengthsFrom(length: number): Generator<number, void, undefined> {
  for (let next = length; next > SHORTEST; next = Math.floor(next / 2)) yield next
  yield SHORTEST
}

/** The values of a record, each shortened. */
export function shortValues(
  values: Readonly<Record<string, unknown>>,
  length: number,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, shortCell(value, length).value]),
  )
}

/** A place that does not part a pair of surrogates. */
function wholeCharacters(text: string, at: number): number {
  const unit = text.charCodeAt(at)
  return unit >= 0xdc00 && unit <= 0xdfff ? at + 1 : Math.min(at, text.length)
}

/** Decides when a spreadsheet's number is better read as the text that it shows. */
import type { TypedCell } from '../source/source.ts'

/**
 * The text that a cell shows, if its number is not the intended value: a time of day, a code with
 * leading zeros. Undefined for every other cell.
 */
export function textInPlaceOf({ shown, problem }: TypedCell): string | undefined {
  if (typeof shown !== 'string') return undefined
  return problem !== undefined || lossIn(shown) !== undefined ? shown : undefined
}

/** What a text would lose as a number; undefined if nothing. */
export function lossIn(text: string): string | undefined {
  if (/^[+-]?0\d+(?:\.\d*)?$/.test(text)) return 'has a leading zero, which a number would lose'
  return text.startsWith('+') ? 'has a plus sign, which a number would lose' : undefined
}

/** Where a number of a spreadsheet is better taken as the text that it shows. */
import type { TypedCell } from '../source/source.ts'

/**
 * What a person sees of a cell, where its number is not what is meant: a time of day, a code with
 * zeros before it. Undefined for every other cell.
 */
export function textInPlaceOf({ shown, trouble }: TypedCell): string | undefined {
  if (typeof shown !== 'string') return undefined
  return trouble !== undefined || lossIn(shown) !== undefined ? shown : undefined
}

/** What a number would lose of a text. */
export function lossIn(text: string): string | undefined {
  if (/^[+-]?0\d+(?:\.\d*)?$/.test(text)) return 'has a leading zero, which a number would lose'
  return text.startsWith('+') ? 'has a plus sign, which a number would lose' : undefined
}

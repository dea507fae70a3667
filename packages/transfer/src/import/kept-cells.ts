/** Cells of rows that were not written, as a job keeps them: what they were in the file, to the letter. */
import { stringifyJson } from '@chatlayer-tables/core'
import type { SourceCell } from '../source/source.ts'

/** Null, text, JSON as its text, or a date of a spreadsheet in ISO 8601. */
export type KeptCell = null | string | { readonly json: string } | { readonly date: string }

export function keepCell(cell: SourceCell): KeptCell {
  if (cell === null || typeof cell === 'string') return cell
  const { json } = cell
  if (json === null) return null
  return json instanceof Date ? { date: json.toISOString() } : { json: stringifyJson(json) }
}

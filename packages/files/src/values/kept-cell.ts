/** Cells as a job keeps them and writes them to another file: exactly as they were in the input. */
import { stringifyJson } from '@chatlayer-tables/core'
import type { SourceCell } from '../source/source.ts'

/** Null, text, JSON as its text, or a date of a spreadsheet in ISO 8601. It can be stored as JSON. */
export type KeptCell = null | string | KeptJson | { readonly date: string }

interface KeptJson {
  readonly json: string
  /** The text that a spreadsheet shows for it, which a text column takes. */
  readonly shown?: string
}

export function keepCell(cell: SourceCell): KeptCell {
  if (cell === null || typeof cell === 'string') return cell
  const { json, shown, problem } = cell
  // A time of day, which people do not read as a number.
  if (problem !== undefined && typeof shown === 'string') return shown
  if (json === null) return null
  if (json instanceof Date) return { date: json.toISOString() }
  const kept = { json: stringifyJson(json) }
  return typeof shown === 'string' ? { ...kept, shown } : kept
}

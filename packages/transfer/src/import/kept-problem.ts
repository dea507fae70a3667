/** Rows that were not written, as a job keeps them: each cell as it was in the file, to the letter. */
import { stringifyJson } from '@chatlayer-tables/core'
import type { SourceCell } from '@chatlayer-tables/files'
import type { RowProblem } from '../rows/row-problem.ts'
import type { ReadRow } from '../rows/row-reader.ts'

/** Null, text, JSON as its text, or a date of a spreadsheet in ISO 8601. */
export type KeptCell = null | string | KeptJson | { readonly date: string }

interface KeptJson {
  readonly json: string
  /** What a spreadsheet shows for it, which is what a text column takes. */
  readonly shown?: string
}

function keepCell(cell: SourceCell): KeptCell {
  if (cell === null || typeof cell === 'string') return cell
  const { json, shown, trouble } = cell
  // A time of day, which is no number to a person.
  if (trouble !== undefined && typeof shown === 'string') return shown
  if (json === null) return null
  if (json instanceof Date) return { date: json.toISOString() }
  const kept = { json: stringifyJson(json) }
  return typeof shown === 'string' ? { ...kept, shown } : kept
}

/** A row that is not well, as the job keeps it. */
export interface KeptProblem {
  readonly problem: RowProblem
  /** All else that is wrong with the row. */
  readonly others: readonly RowProblem[]
  readonly cells: readonly KeptCell[]
}

/** The text that a job keeps. */
export function keepProblem(
  { row }: ReadRow,
  problem: RowProblem,
  others: readonly RowProblem[] = [],
): string {
  const cells = row.cells.map(keepCell)
  return JSON.stringify({ problem, others, cells } satisfies KeptProblem)
}

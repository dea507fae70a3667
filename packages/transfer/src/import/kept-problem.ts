/** Rows that were not written, as a job keeps them: each cell as it was in the file, to the letter. */
import { type KeptCell, keepCell } from '@chatlayer-tables/files'
import type { RowProblem } from '../rows/row-problem.ts'
import type { ReadRow } from '../rows/row-reader.ts'

/** A row with problems, as the job stores it. */
export interface KeptProblem {
  readonly problem: RowProblem
  /** Further problems of the row. */
  readonly others: readonly RowProblem[]
  readonly cells: readonly KeptCell[]
}

/** The text that a job stores for the row. */
export function keepProblem(
  { row }: ReadRow,
  problem: RowProblem,
  others: readonly RowProblem[] = [],
): string {
  const cells = row.cells.map(keepCell)
  return JSON.stringify({ problem, others, cells } satisfies KeptProblem)
}

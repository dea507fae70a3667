import type { ColumnFacts } from '../../../protocol/cells.ts'
import type { ChangeRow } from '../../../protocol/changes.ts'
import { cellAfter, cellBefore } from './row-cells.ts'

const MAX_ROWS = 300
const MAX_LENGTH = 80
const NAMES = /name|title|label|subject|e-?mail/i

/** The column whose short texts name records best; `undefined` if none does. */
export function tellingColumn(
  columns: readonly ColumnFacts[],
  rows: readonly ChangeRow[],
): number | undefined {
  const sample = rows.slice(0, MAX_ROWS)
  let best: number | undefined
  let bestScore = 0.3
  for (const [column, { name }] of columns.entries()) {
    const score = distinctShare(sample, column) * (NAMES.test(name) ? 2 : 1)
    if (score > bestScore) {
      best = column
      bestScore = score
    }
  }
  return best
}

/** Number of different texts that stay as they are, as a share of the rows. */
function distinctShare(rows: readonly ChangeRow[], column: number): number {
  const texts = new Set<string>()
  for (const row of rows) {
    const text = nameOf(row, column)
    if (text === undefined || text.length > MAX_LENGTH) continue
    if (row.kind !== 'updated' || !row.changed?.includes(column)) texts.add(text)
  }
  return rows.length === 0 ? 0 : texts.size / rows.length
}

/** The text of a record in the telling column, as it was before the change if it existed. */
export function nameOf(row: ChangeRow, column: number): string | undefined {
  const cell = cellBefore(row, column) ?? cellAfter(row, column)
  return typeof cell === 'string' && cell.trim() !== '' ? cell : undefined
}

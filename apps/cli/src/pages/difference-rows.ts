/** Differences between two sides as rows of a page. */
import type { Values } from '@chatlayer-tables/core'
import type { Difference } from '@chatlayer-tables/transfer'
import { type Cell, type ChangeRow, type ColumnFacts, toCell } from '@chatlayer-tables/views'
import type { RowBudget } from './row-budget.ts'

/** Collects rows as long as there is room for them. */
export class DifferenceRows {
  readonly rows: ChangeRow[] = []
  readonly #budget: RowBudget
  readonly #target: 'a' | 'b'

  /** @param target the side whose values records have after the change */
  constructor(budget: RowBudget, target: 'a' | 'b') {
    this.#budget = budget
    this.#target = target
  }

  add(difference: Difference, columns: readonly ColumnFacts[]): void {
    if (this.#budget.isSpent) {
      this.#budget.omit(1)
      return
    }
    const row = differenceRow(difference, columns, this.rows.length, this.#target)
    if (this.#budget.take(row)) this.rows.push(row)
  }
}

function differenceRow(
  difference: Difference,
  columns: readonly ColumnFacts[],
  index: number,
  target: 'a' | 'b',
): ChangeRow {
  const cells = (values: Values): Cell[] => columns.map(({ name }) => toCell(values[name]))
  const place = placeOf(difference)
  const id = place === undefined ? {} : { id: place }
  if (difference.change === 'changed') {
    const { before, after, fields } = difference
    const [old, now] = target === 'b' ? [before, after] : [after, before]
    const changed = columns.flatMap(({ name }, column) => (fields.includes(name) ? [column] : []))
    return { index, kind: 'updated', ...id, before: cells(old), after: cells(now), changed }
  }
  const isOnTarget = (difference.change === 'added') === (target === 'b')
  const values = cells(difference.values)
  return isOnTarget
    ? { index, kind: 'inserted', ...id, after: values }
    : { index, kind: 'deleted', ...id, before: values }
}

/** The id of a record; of a record that is only in a file, its line. */
function placeOf(difference: Difference): string | undefined {
  const places = [
    'b' in difference ? difference.b : undefined,
    'a' in difference ? difference.a : undefined,
  ].filter((place) => place !== undefined)
  const record = places.find((place) => 'id' in place) ?? places[0]
  if (record === undefined) return undefined
  return 'id' in record ? record.id : `line ${record.line}`
}

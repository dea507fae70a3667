import type { Cell } from '../../../protocol/cells.ts'
import type { ChangeRow } from '../../../protocol/changes.ts'
import { isAbsent } from '../../kit/cell-text.ts'
import { cellAfter, cellBefore } from './row-cells.ts'

/** Updates of a column from one value to another. */
export interface ValueChange {
  readonly key: string
  readonly before: Cell
  readonly after: Cell
  readonly count: number
}

export interface ColumnSummary {
  readonly column: number
  /** Updated records in which the column changes. */
  readonly records: number
  /** Of them, those that lose their value. */
  readonly emptied: number
  /** The new value, if it is the same for all of them. */
  readonly onlyAfter?: { readonly value: Cell }
  /** The most frequent first. */
  readonly changes: readonly ValueChange[]
}

/** Equal for changes from the same value to the same value. */
export function valueChangeKey(row: ChangeRow, column: number): string {
  return `${cellKey(cellBefore(row, column) ?? null)} ${cellKey(cellAfter(row, column) ?? null)}`
}

/** Counts updates by column and value while rows arrive. */
export class SummaryCounter {
  readonly #columns = new Map<number, Map<string, ValueChange>>()

  add(rows: readonly ChangeRow[]): void {
    for (const row of rows) {
      if (row.kind === 'updated') for (const column of row.changed ?? []) this.#count(row, column)
    }
  }

  /** By column, in the order of the table. */
  summaries(): ColumnSummary[] {
    return [...this.#columns]
      .toSorted(([one], [other]) => one - other)
      .map(([column, changes]) => summaryOf(column, [...changes.values()]))
  }

  #count(row: ChangeRow, column: number): void {
    const changes = this.#columns.get(column) ?? new Map<string, ValueChange>()
    this.#columns.set(column, changes)
    const key = valueChangeKey(row, column)
    changes.set(key, {
      key,
      before: cellBefore(row, column) ?? null,
      after: cellAfter(row, column) ?? null,
      count: (changes.get(key)?.count ?? 0) + 1,
    })
  }
}

function summaryOf(column: number, changes: readonly ValueChange[]): ColumnSummary {
  const first = changes[0]
  const sameAfter =
    first !== undefined &&
    changes.every(({ after }) => cellKey(after) === cellKey(first.after)) &&
    !isAbsent(first.after)
  return {
    column,
    records: sum(changes),
    emptied: sum(changes.filter(({ after }) => after === null)),
    ...(sameAfter && { onlyAfter: { value: first.after } }),
    changes: changes.toSorted((one, other) => other.count - one.count),
  }
}

function sum(changes: readonly ValueChange[]): number {
  return changes.reduce((total, { count }) => total + count, 0)
}

/** Equal for equal values of the same type only. */
function cellKey(cell: Cell): string {
  return JSON.stringify(cell)
}

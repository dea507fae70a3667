/** Changes as rows of a view: previewed, recorded, and differences of two tables. */
import type { PreviewedChange, Values } from '@chatlayer-tables/core'
import type { RecordedChange } from '@chatlayer-tables/journal'
import type {
  Cell,
  ChangedTable,
  ChangeRow,
  ChangesFacts,
  RowProblem,
} from '@chatlayer-tables/views'
import type { VisibleTable } from '../policy/policy.ts'
import { redactText } from '../policy/redact.ts'
import { cellOf, isSame } from '../preview/cell.ts'
import { Problem } from '../result/tool-error.ts'
import { cellsOf } from './cells.ts'

/** What a view of changes shows. */
export interface ViewedChanges {
  readonly facts: ChangesFacts
  /** Rows of the one table that changes, from `offset`. */
  readonly rows: (offset: number, limit: number) => Promise<readonly ChangeRow[]>
}

/** The indexes of visible columns whose value changes. */
function changedOf(
  before: Values | undefined,
  after: Values | undefined,
  { table }: VisibleTable,
): number[] {
  return table.columns.flatMap(({ name }, index) =>
    after !== undefined &&
    Object.hasOwn(after, name) &&
    !isSame(cellOf(before, name), cellOf(after, name))
      ? [index]
      : [],
  )
}

export function previewedRow(
  { change, id, before, after }: PreviewedChange,
  index: number,
  visible: VisibleTable,
): ChangeRow {
  return {
    index,
    kind: change === 'unchanged' ? 'updated' : change,
    ...(id === undefined ? {} : { id }),
    ...(before === undefined ? {} : { before: cellsOf(before, visible) }),
    ...(after === undefined ? {} : { after: cellsOf({ ...before, ...after }, visible) }),
    ...(change === 'updated' ? { changed: changedOf(before, after, visible) } : {}),
  }
}

export function recordedRow(
  { seq, change, id, before, after, hidden, status, problem, isUndone }: RecordedChange,
  visible: VisibleTable,
): ChangeRow {
  const withGaps = (values: Values, missing: readonly string[]): Cell[] => {
    const cells = cellsOf(values, visible)
    return visible.table.columns.map(({ name }, index) =>
      missing.includes(name) && !visible.masked.has(name)
        ? { absent: 'not-kept' }
        : (cells[index] ?? null),
    )
  }
  const state = isUndone ? 'undone' : status === 'ok' ? undefined : status
  const reason = problem && redactText(problem, [...visible.hidden])
  return {
    index: seq - 1,
    kind: change,
    ...(id === undefined ? {} : { id }),
    ...(before === undefined ? {} : { before: withGaps(before, hidden.before) }),
    // An update records only the columns that it wrote.
    ...(after === undefined ? {} : { after: withGaps({ ...before, ...after }, hidden.after) }),
    ...(change === 'updated' ? { changed: changedOf(before, after, visible) } : {}),
    ...(state === undefined ? {} : { state: reason ? `${state}: ${reason}` : state }),
  }
}

export const NO_COUNTS: ChangedTable['counts'] = {
  inserted: 0,
  updated: 0,
  deleted: 0,
  unchanged: 0,
  rejected: 0,
}

/** Problems of a preview by row. */
export function problemsOf(problems: readonly unknown[]): RowProblem[] {
  return problems.flatMap((one) => {
    const { data } = Problem.safeParse(one)
    if (data === undefined) return []
    const { row, line, id, field, reason } = data
    const place = line !== undefined ? `line ${line}` : row !== undefined ? `row ${row}` : id
    return [{ place: place ?? '', reason, ...(field === undefined ? {} : { column: field }) }]
  })
}

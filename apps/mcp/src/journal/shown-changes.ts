/** Change sets and their records, as the tools may show them. */
import type { Values } from '@chatlayer-tables/core'
import type { ChangeSetSummary, RecordedChange } from '@chatlayer-tables/journal'
import { shownValues, type VisibleTable } from '../policy/policy.ts'
import { cutToTokens } from '../result/budget.ts'
import { shortValues } from '../result/cells.ts'

/** The budget of a note or a problem. */
const TEXT_TOKENS = 100

/** Characters shown of a cell, if they fit. */
export const CHANGE_CELL_LENGTH = 200

export function shownSummary(summary: ChangeSetSummary, { table }: VisibleTable) {
  const { id, begunAt, version, tool, command, client, principal, note, counts } = summary
  const { host, undone, undoes, job } = summary
  const { inserted, updated, deleted, rejected, unknown } = counts
  return {
    change_set: id,
    at: begunAt,
    table: table.name,
    version,
    tool: command === undefined ? tool : `${tool}: ${command}`,
    ...(client === undefined ? {} : { client }),
    ...(principal === undefined ? {} : { caller: principal }),
    ...(host === undefined ? {} : { host }),
    ...(note === undefined ? {} : { note: cutToTokens(note, TEXT_TOKENS) }),
    ...unlessZero({ inserted, updated, deleted, rejected, unknown, undone }),
    ...(undoes === undefined ? {} : { undoes }),
    ...(job === undefined ? {} : { job }),
    ...(summary.status === 'settled' ? {} : { status: summary.status }),
  }
}

function unlessZero<Name extends string>(
  counts: Readonly<Record<Name, number>>,
): Partial<Record<Name, number>> {
  const some = Object.entries<number>(counts).filter(([, count]) => count > 0)
  return Object.fromEntries(some) as Partial<Record<Name, number>>
}

export function shownChange(
  change: RecordedChange,
  visible: VisibleTable,
  length = CHANGE_CELL_LENGTH,
) {
  const { change: kind, id, before, after, status, problem, isUndone, hidden } = change
  // For an update only the written columns; the others did not change.
  const written = kind === 'updated' ? Object.keys(after ?? {}) : undefined
  const from = shownSide(before, visible, written, length)
  const to = shownSide(after, visible, undefined, length)
  const missing = [...new Set([...hidden.before, ...hidden.after])].filter((column) =>
    isThere(column, visible),
  )
  return {
    change: kind,
    ...(id === undefined ? {} : { id }),
    ...(from === undefined ? {} : { before: from }),
    ...(to === undefined ? {} : { after: to }),
    ...(status === 'ok' ? {} : { status }),
    ...(problem === undefined ? {} : { problem: cutToTokens(problem, TEXT_TOKENS) }),
    ...(isUndone ? { undone: true as const } : {}),
    ...(missing.length === 0 ? {} : { not_kept: missing }),
  }
}

/**
 * The values before or after, without hidden columns, and without columns that no longer exist: such a
 * column may have been renamed, and be hidden under its new name.
 */
export function shownSide(
  values: Values | undefined,
  visible: VisibleTable,
  columns?: readonly string[],
  length = CHANGE_CELL_LENGTH,
): Record<string, unknown> | undefined {
  if (values === undefined) return undefined
  const there = Object.entries(values).filter(
    ([column]) => isThere(column, visible) && (columns?.includes(column) ?? true),
  )
  return shortValues(shownValues(Object.fromEntries(there), visible), length)
}

export function isThere(column: string, { table }: VisibleTable): boolean {
  return table.columns.some(({ name }) => name === column)
}

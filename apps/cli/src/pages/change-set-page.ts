/** A change set of the journal as a page: every record that it wrote, before and after. */
import type { Values } from '@chatlayer-tables/core'
import type { ChangeSetSummary, Journal, RecordedChange } from '@chatlayer-tables/journal'
import {
  type Cell,
  type ChangeRow,
  type ColumnFacts,
  type EmbeddedData,
  type RowProblem,
  toCell,
} from '@chatlayer-tables/views'
import { summaryFacts } from '../output/change-output.ts'
import { formatCount } from '../output/progress.ts'
import { RowBudget } from './row-budget.ts'

/** Changes read at once. */
const PAGE = 1_000
/** Problems listed on the page. */
const MAX_PROBLEMS = 10_000

/** @param record only the changes of this record */
export async function changeSetPage(
  journal: Journal,
  summary: ChangeSetSummary,
  record?: string,
): Promise<EmbeddedData> {
  const { table, version, counts, id, command } = summary
  const budget = new RowBudget()
  const rows: ChangeRow[] = []
  const problems: RowProblem[] = []
  for await (const recorded of changesOf(journal, id, record)) {
    const row = changeRow(recorded, table.columns, rows.length)
    if (budget.take(row)) rows.push(row)
    problems.push(...problemsOf(recorded).slice(0, MAX_PROBLEMS - problems.length))
  }
  const { inserted, updated, deleted, rejected } = counts
  return {
    changes: {
      title: `${command ?? 'changes'}: change set ${id} of "${table.name}" (${version})`,
      facts: summaryFacts(summary),
      remarks: [
        ...(record === undefined ? [] : [`Only changes of record ${record}.`]),
        ...unknownRemark(summary),
        ...budget.remarks('changes'),
      ],
      sets: [
        {
          ...{ table: table.name, version, columns: table.columns, rows: rows.length, problems },
          counts: { inserted, updated, deleted, rejected, unchanged: 0 },
          facts: [],
        },
      ],
    },
    changeRows: [{ rows }],
  }
}

async function* changesOf(
  journal: Journal,
  id: string,
  record: string | undefined,
): AsyncGenerator<RecordedChange, void, undefined> {
  for (let offset = 0; ; offset += PAGE) {
    const found = await journal.changes(id, { record, offset, limit: PAGE })
    yield* found
    if (found.length < PAGE) return
  }
}

export function changeRow(
  recorded: RecordedChange,
  columns: readonly ColumnFacts[],
  index: number,
): ChangeRow {
  const { change, id, before, after, hidden, status, isUndone } = recorded
  const cells = (values: Values | undefined, notKept: readonly string[]) =>
    values === undefined
      ? undefined
      : columns.map(
          ({ name }): Cell =>
            notKept.includes(name) ? { absent: 'not-kept' } : toCell(values[name]),
        )
  const old = cells(before, hidden.before)
  // An update records only the columns that it wrote.
  const kept = hidden.before.filter((name) => !Object.hasOwn(after ?? {}, name))
  const all = after === undefined ? undefined : { ...before, ...after }
  const now = cells(all, [...hidden.after, ...kept])
  const changed = columns.flatMap(({ name }, at) =>
    hidden.after.includes(name) || JSON.stringify(old?.[at]) !== JSON.stringify(now?.[at])
      ? [at]
      : [],
  )
  const state = isUndone ? 'undone' : status === 'ok' ? undefined : status
  return {
    ...{ index, kind: change },
    ...(id !== undefined && { id }),
    ...(old !== undefined && { before: old }),
    ...(now !== undefined && { after: now }),
    ...(change === 'updated' && { changed }),
    ...(state !== undefined && { state }),
  }
}

function problemsOf({ id, seq, status, problem, differences }: RecordedChange): RowProblem[] {
  const place = id ?? `change ${seq}`
  const reason = status === 'ok' ? undefined : (problem ?? status)
  return [
    ...(reason === undefined ? [] : [{ place, reason }]),
    ...differences.map(({ column, sent, stored }) => ({
      ...{ place, column },
      value: sent === undefined ? ({ absent: 'not-kept' } as const) : toCell(sent),
      reason: `the gateway stored ${stored === undefined ? 'another value, which was not recorded' : JSON.stringify(toCell(stored))}`,
    })),
  ]
}

function unknownRemark({ counts: { unknown, open } }: ChangeSetSummary): string[] {
  const count = unknown + open
  if (count === 0) return []
  return [`The outcome of ${formatCount(count)} writes is unknown: check before retrying.`]
}

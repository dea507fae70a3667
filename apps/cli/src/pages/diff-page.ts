/** The differences between two sides as a page. */
import type { Comparison } from '@chatlayer-tables/transfer'
import type { ChangedTable, EmbeddedData } from '@chatlayer-tables/views'
import { formatCount } from '../output/progress.ts'
import { describeSide, nameOf } from '../sides.ts'
import { DifferenceRows } from './difference-rows.ts'
import { RowBudget } from './row-budget.ts'

/** @param signal stops the conversion */
export function diffPage(comparison: Comparison, signal: AbortSignal): EmbeddedData {
  const { a, b, columns, key, counts } = comparison
  const budget = new RowBudget()
  const collected = new DifferenceRows(budget, 'b')
  for (const difference of comparison.differences()) {
    signal.throwIfAborted()
    collected.add(difference, columns)
  }
  const { rows } = collected
  const set: ChangedTable = {
    table: b.kind === 'file' && a.kind === 'table' ? a.name : b.name,
    version: b.kind === 'table' ? b.version : a.kind === 'table' ? a.version : 'DRAFT',
    sides: [nameOf(a), nameOf(b)],
    columns,
    counts: {
      ...{ inserted: counts.added, updated: counts.changed, deleted: counts.removed },
      ...{ unchanged: counts.same, rejected: 0 },
    },
    ...{ rows: rows.length, problems: [], facts: [] },
  }
  return {
    changes: {
      title: `Differences from ${nameOf(a)} to ${nameOf(b)}`,
      facts: [
        ['a', `${describeSide(a)}: ${formatCount(counts.a)} records`],
        ['b', `${describeSide(b)}: ${formatCount(counts.b)} records`],
        ['key', key === undefined ? 'none: whole records are compared' : key.join(', ')],
        ['inserted', `only in b: ${nameOf(b)}`],
        ['deleted', `only in a: ${nameOf(a)}`],
      ],
      remarks: budget.remarks('differences'),
      sets: [set],
    },
    changeRows: [{ rows }],
  }
}

import type { Comparison } from '@chatlayer-tables/transfer'
import { defineRun, type RunTool } from '../../call/context.ts'
import type { GuardedTable } from '../../policy/guarded-table.ts'
import { fitItems } from '../../result/budget.ts'
import { readCursor, writeCursor } from '../../result/cursor.ts'
import { ToolError } from '../../result/tool-error.ts'
import { compareTables, KINDS } from './definition.ts'
import { nameOf, planComparison } from './open-comparison.ts'
import { fitPage } from './page.ts'

export const run: RunTool = defineRun(compareTables, async (input, context) => {
  const { a, b, key, start } = await planComparison(input, context)
  const { where, columns, max_tokens } = input
  const identity = (side: GuardedTable) => [side.definition.id, side.version]
  const { principal } = context.request
  // With the key that was found, which may be another one for the next page.
  const query = [principal, identity(a), identity(b), key, where, columns]
  const offset = readCursor(input.cursor, query)
  const { comparison, notice } = await start()
  using compared = comparison
  const counts = countsOf(compared)
  const frame = {
    a: nameOf(a),
    b: nameOf(b),
    key: [...(key ?? [])],
    counts,
    by_column: await fitColumns(compared, max_tokens),
  }
  const total = KINDS.reduce((sum, kind) => sum + counts[kind], 0)
  const fitInto = (tokens: number) =>
    fitPage(compared, {
      offset,
      tokens,
      render: (sections, records) => {
        const next = offset + records
        const cursor = next < total ? { next_cursor: writeCursor(next, query) } : {}
        return { notice, ...frame, ...sections, truncated: next < total, ...cursor }
      },
    })
  const few = offset === 0 && (counts.a === 0 || counts.b === 0)
  const page = (few ? await fitInto(FEW_TOKENS) : undefined) ?? (await fitInto(max_tokens))
  if (page === undefined) throw tooLarge()
  return page
})

/** If one side is empty, a few records of the other say as much as all; the cursor continues. */
const FEW_TOKENS = 500

function tooLarge(): ToolError {
  return new ToolError('ANSWER_TOO_LARGE', 'The next difference does not fit into max_tokens.', {
    field: 'max_tokens',
    hint: 'Raise max_tokens, or pass the columns to compare.',
  })
}

/** The share of the result for the counts by column. */
const COLUMNS_SHARE = 0.3

/** The columns that differ in most records. */
async function fitColumns(comparison: Comparison, tokens: number): Promise<Record<string, number>> {
  const changed = await comparison.changedColumns()
  const columns = changed.sort((a, b) => b[1] - a[1])
  return Object.fromEntries(fitItems(columns, tokens * COLUMNS_SHARE).items)
}

function countsOf({ counts, duplicates }: Comparison) {
  const { a, b, same, changed, removed, added } = counts
  return {
    ...{ a, b, equal: same, different: changed, only_in_a: removed, only_in_b: added },
    duplicate_keys: duplicates.keys,
  }
}

import { ChatlayerError, type Values } from '@chatlayer-tables/core'
import type { CallContext } from '../../call/context.ts'
import type { GuardedTable } from '../../policy/guarded-table.ts'
import type { Problem } from '../../result/tool-error.ts'
import { fieldOfRow, fitProblems, problemOf } from '../../write/outcomes.ts'

/** Rows told apart before anything is sent. */
export interface CheckedRows {
  readonly good: readonly Values[]
  /** How many could not be written. */
  readonly bad: number
  /** Why, of the first of them. */
  readonly problems: Problem[]
}

/** Finds the rows that hold values their columns do not take, so that a preview can go past them. */
export async function checkRows(
  rows: readonly Values[],
  table: GuardedTable,
  { catalog }: Pick<CallContext, 'catalog'>,
): Promise<CheckedRows> {
  const good: Values[] = []
  const problems: Problem[] = []
  for (const [index, row] of rows.entries()) {
    try {
      await table.previewInsert([row])
      good.push(row)
    } catch (error) {
      if (!(error instanceof ChatlayerError) || !isOfRow(error)) throw error
      const failed = { status: 'rejected' as const, index, id: undefined, error }
      problems.push(problemOf(failed, { byPlace: true, field: fieldOfRow }, catalog.hiddenNames))
    }
  }
  return { good, bad: problems.length, problems: fitProblems(problems) }
}

function isOfRow({ code }: ChatlayerError): boolean {
  return code === 'INVALID_INPUT' || code === 'NOT_EXPRESSIBLE'
}

import { ChatlayerError, type Values } from '@chatlayer-tables/core'
import type { CallContext } from '../../call/context.ts'
import type { GuardedTable } from '../../policy/guarded-table.ts'
import { fitProblems } from '../../result/problems.ts'
import type { Problem } from '../../result/tool-error.ts'
import { fieldOfRow, problemOf } from '../../write/outcomes.ts'

/** Rows after validation by the client; nothing has been sent. */
export interface CheckedRows {
  readonly valid: readonly Values[]
  /** The number of rows that would be rejected. */
  readonly rejected: number
  /** The problems of the first of them. */
  readonly problems: Problem[]
}

/** Separates rows with invalid values from the others, so that a preview can skip them. */
export async function checkRows(
  rows: readonly Values[],
  table: GuardedTable,
  { catalog }: Pick<CallContext, 'catalog'>,
): Promise<CheckedRows> {
  const valid: Values[] = []
  const problems: Problem[] = []
  for (const [index, row] of rows.entries()) {
    try {
      await table.previewInsert([row])
      valid.push(row)
    } catch (error) {
      if (!(error instanceof ChatlayerError) || !isOfRow(error)) throw error
      const failed = { status: 'rejected' as const, index, id: undefined, error }
      problems.push(problemOf(failed, { byPlace: true, field: fieldOfRow }, catalog.hiddenNames))
    }
  }
  return { valid, rejected: problems.length, problems: fitProblems(problems) }
}

function isOfRow({ code }: ChatlayerError): boolean {
  return code === 'INVALID_INPUT' || code === 'NOT_EXPRESSIBLE'
}

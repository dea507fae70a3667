/** Updates to values that SQL expressions compute from each record. */
import type { PreviewedChange, TableRecord, UpdateById, Values } from '@chatlayer-tables/core'
import type { Visibility } from '@chatlayer-tables/mirror'
import type { CallContext } from '../../call/context.ts'
import { messageOf } from '../../call/errors.ts'
import { unmatchedNotice } from '../../notices/where.ts'
import type { GuardedTable, Selection } from '../../policy/guarded-table.ts'
import { fitProblems } from '../../result/problems.ts'
import { counted, joinSentences } from '../../result/sentences.ts'
import { ToolError } from '../../result/tool-error.ts'
import { describeWrite, unchangedNotice } from '../../write/describe.ts'
import type { WritePlan } from '../../write/write-plan.ts'

export interface ComputedValues {
  /** The same for every record. */
  readonly set: Values
  /** By column. */
  readonly expressions: Readonly<Record<string, string>>
}

interface ComputedPlan extends WritePlan {
  readonly matched: number
  readonly updates: readonly UpdateById[]
}

/**
 * Computes the new values of all records except `done`, and checks that they can be written.
 *
 * @throws ToolError for records whose values cannot be computed or do not fit
 */
export async function planComputed(
  selection: Selection,
  values: ComputedValues,
  done: ReadonlySet<string>,
  table: GuardedTable,
  context: CallContext,
): Promise<ComputedPlan> {
  const { set, expressions } = values
  table.checkValues(expressions, 'compare', 'set_sql')
  const records = without(done, table.targets(selection))
  const { matched, changes: updates } = await compute(records, values, table, context)
  const { changes } = await table.previewEach(updates)
  return {
    args: { selection, set, expressions },
    changes,
    // The values are computed again when the write is confirmed, and may depend on the time.
    signed: updates.map(({ id, before }) => [id, before]),
    matched,
    updates,
    action: describeWrite('update', changes.length, table),
    remark:
      matched === 0
        ? await unmatchedNotice(table, selection, context)
        : joinSentences(
            unchangedNotice(matched, changes.length),
            ...filledNotices(changes, Object.keys(expressions)),
          ),
  }
}

/** Some expressions, such as printf, make a value of a null. */
function filledNotices(changes: readonly PreviewedChange[], columns: readonly string[]): string[] {
  return columns.flatMap((column) => {
    const filled = changes.filter(
      ({ before, after }) =>
        (before?.[column] ?? null) === null && (after?.[column] ?? null) !== null,
    ).length
    const name = JSON.stringify(column)
    return filled === 0 ? [] : `Null becomes a value in ${name} of ${counted(filled, 'record')}.`
  })
}

async function* without(
  done: ReadonlySet<string>,
  records: AsyncIterable<TableRecord>,
): AsyncGenerator<TableRecord> {
  for await (const record of records) if (!done.has(record.id)) yield record
}

async function compute(
  records: AsyncIterable<TableRecord>,
  { set, expressions }: ComputedValues,
  table: GuardedTable,
  { mirrors, signal }: CallContext,
) {
  const { ComputedValueError } = await import('@chatlayer-tables/mirror')
  const calculator = await mirrors.calculator()
  const { masked } = table.visible
  const visible: Visibility = (_, column) =>
    column !== undefined && masked.has(column) ? 'mask' : 'show'
  const options = { set, visible, signal }
  const calculation = await calculator.prepare(table.definition, expressions, options)
  try {
    return await calculation.updates(records)
  } catch (error) {
    if (!(error instanceof ComputedValueError)) throw error
    const problems = error.problems.map(({ id, column, reason }) => {
      return { id, status: 'rejected' as const, reason, field: `set_sql.${column}` }
    })
    throw new ToolError('INVALID_INPUT', messageOf(error), {
      field: problems[0]?.field,
      hint: error.hint,
      problems: fitProblems(problems),
    })
  }
}

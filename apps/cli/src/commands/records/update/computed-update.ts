/** The values of `--set-sql`, computed from each record. */
import type { CallOptions, Table, TableRecord, Values } from '@chatlayer-tables/core'
import type { ComputedUpdates } from '@chatlayer-tables/mirror'
import type { Context } from '../../../context.ts'

interface ComputedUpdateParts {
  /** By column. */
  readonly expressions: Readonly<Record<string, string>>
  /** Values of other columns, the same for every record. */
  readonly values: Values
  readonly definition: Table
  readonly call: CallOptions
  readonly messages: Context['messages']
}

/** @throws ComputedValueError after reporting each record whose value cannot be computed */
export async function computeUpdates(
  records: AsyncIterable<TableRecord>,
  { expressions, values: set, definition, call: { signal }, messages }: ComputedUpdateParts,
): Promise<ComputedUpdates> {
  const { ComputedValueError, openCalculator } = await import('@chatlayer-tables/mirror')
  using calculator = openCalculator()
  const calculation = await calculator.prepare(definition, expressions, { set, signal })
  try {
    return await calculation.updates(records)
  } catch (error) {
    const problems = error instanceof ComputedValueError ? error.problems.slice(1) : []
    for (const { id, column, reason } of problems) {
      await messages.say(`record ${id}: the expression for "${column}" ${reason}`)
    }
    throw error
  }
}

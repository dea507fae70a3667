/** An update to values that SQL expressions compute from each record. */
import type {
  BulkWrite,
  CallOptions,
  Preview,
  Table,
  TableHandle,
  UpdateById,
  Values,
} from '@chatlayer-tables/core'
import type { Context } from '../../../context.ts'
import { countOf } from '../../../output/preview-output.ts'
import type { PlannedChange, Target } from '../change.ts'

interface ComputedUpdateParts {
  /** By column. */
  readonly expressions: Readonly<Record<string, string>>
  /** Values of other columns, the same for every record. */
  readonly values: Values
  readonly target: Target
  readonly handle: TableHandle
  readonly definition: Table
  readonly call: CallOptions
  readonly messages: Context['messages']
}

export class ComputedUpdate implements PlannedChange {
  readonly verb = 'Update'
  readonly done = 'updated'
  readonly #parts: ComputedUpdateParts
  #matched = 0
  #changes: readonly UpdateById[] = []

  constructor(parts: ComputedUpdateParts) {
    this.#parts = parts
  }

  /** Computes all values. @throws before anything is written, if one cannot be computed or written */
  async prepare(): Promise<void> {
    const { expressions, values: set, target, handle, definition, call, messages } = this.#parts
    const { ComputedValueError, openCalculator } = await import('@chatlayer-tables/mirror')
    using calculator = openCalculator()
    const { signal } = call
    const calculation = await calculator.prepare(definition, expressions, { set, signal })
    const { preview } = handle
    const records =
      target.ids === undefined
        ? preview.matching(target.where, { ...call, all: target.all })
        : preview.ofIds(target.ids, call)
    const { matched, changes } = await calculation.updates(records).catch(async (error) => {
      const problems = error instanceof ComputedValueError ? error.problems.slice(1) : []
      for (const { id, column, reason } of problems) {
        await messages.say(`record ${id}: the expression for "${column}" ${reason}`)
      }
      throw error
    })
    await preview.updateMany(changes, { ...call, limit: 0 })
    this.#matched = matched
    this.#changes = changes
    const unchanged = matched - changes.length
    if (unchanged > 0) {
      await messages.note(`${countOf(unchanged)} of ${matched} already have these values`)
    }
  }

  get nothing(): string {
    return this.#matched === 0
      ? 'No record matches; nothing was changed.'
      : 'No record would change.'
  }

  preview(): Promise<Preview> {
    const { handle, call } = this.#parts
    return handle.preview.updateMany(this.#changes, call)
  }

  /** A record that has changed since it was read is rejected. */
  write(): BulkWrite<UpdateById> {
    const { handle, call } = this.#parts
    return handle.updateMany(this.#changes, call)
  }
}

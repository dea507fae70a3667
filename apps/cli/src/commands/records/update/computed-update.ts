/** An update to values that SQL expressions compute from each record. */
import type {
  BulkWrite,
  CallOptions,
  Preview,
  Table,
  TableHandle,
  TableRecord,
  UpdateById,
  Values,
} from '@chatlayer-tables/core'
import type { ComputedUpdates } from '@chatlayer-tables/mirror'
import type { Context } from '../../../context.ts'
import { countOf } from '../../../output/preview-output.ts'
import { formatCount, Progress } from '../../../output/progress.ts'
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
    const { handle, call, messages } = this.#parts
    const { matched, changes } = await this.#compute()
    await handle.preview.updateMany(changes, { ...call, limit: 0 })
    this.#matched = matched
    this.#changes = changes
    const unchanged = matched - changes.length
    if (unchanged > 0) {
      await messages.note(
        `${formatCount(unchanged)} of ${countOf(matched)} already have these values`,
      )
    }
  }

  async #compute(): Promise<ComputedUpdates> {
    const { expressions, values: set, definition, call, messages } = this.#parts
    const { ComputedValueError, openCalculator } = await import('@chatlayer-tables/mirror')
    using calculator = openCalculator()
    const { signal } = call
    const calculation = await calculator.prepare(definition, expressions, { set, signal })
    const progress = new Progress(messages)
    try {
      return await calculation.updates(this.#records(progress))
    } catch (error) {
      await progress.end()
      const problems = error instanceof ComputedValueError ? error.problems.slice(1) : []
      for (const { id, column, reason } of problems) {
        await messages.say(`record ${id}: the expression for "${column}" ${reason}`)
      }
      throw error
    } finally {
      await progress.end()
    }
  }

  async *#records(progress: Progress): AsyncGenerator<TableRecord> {
    const { target, handle, call } = this.#parts
    const { preview } = handle
    const records =
      target.ids === undefined
        ? preview.matching(target.where, { ...call, all: target.all })
        : preview.ofIds(target.ids, call)
    let read = 0
    for await (const record of records) {
      read++
      progress.show(() => `computing new values: ${formatCount(read)} records`)
      yield record
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

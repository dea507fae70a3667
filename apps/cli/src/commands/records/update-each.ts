/** An update to values that are computed from each record. */
import type {
  BulkWrite,
  CallOptions,
  Preview,
  TableHandle,
  TableRecord,
  UpdateById,
} from '@chatlayer-tables/core'
import type { Context } from '../../context.ts'
import { countOf } from '../../output/preview-output.ts'
import { formatCount, Progress } from '../../output/progress.ts'
import type { PlannedChange, Target } from './change.ts'

export interface ComputedChanges {
  /** Number of records that the target selects. */
  readonly matched: number
  /** The records that get other values. */
  readonly changes: readonly UpdateById[]
}

export interface UpdateEachParts {
  readonly target: Target
  readonly handle: TableHandle
  readonly call: CallOptions
  readonly messages: Context['messages']
  /** @throws before anything is written, if a value cannot be computed */
  readonly compute: (records: AsyncIterable<TableRecord>) => Promise<ComputedChanges>
}

export class UpdateEach implements PlannedChange {
  readonly verb = 'Update'
  readonly done = 'updated'
  readonly #parts: UpdateEachParts
  #matched = 0
  #changes: readonly UpdateById[] = []

  constructor(parts: UpdateEachParts) {
    this.#parts = parts
  }

  /** Computes all values. @throws before anything is written, if one cannot be computed or written */
  async prepare(): Promise<void> {
    const { handle, call, messages, compute } = this.#parts
    const progress = new Progress(messages)
    let computed: ComputedChanges
    try {
      computed = await compute(this.#records(progress))
    } finally {
      await progress.end()
    }
    const { matched, changes } = computed
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

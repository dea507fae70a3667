/** Carries out the undo of one change set, over its changes from the last to the first. */
import {
  type BulkWrite,
  type Client,
  InvalidInputError,
  NotExpressibleError,
  type TableHandle,
  type Values,
  type WriteIntent,
} from '@chatlayer-tables/core'
import type { UndoCounts } from './types.ts'
import type { Reversal } from './undo-plan.ts'
import { AlreadyUndone, Conflict } from './undo-tally.ts'
import type { UndoTask } from './undo-task.ts'

interface Call {
  readonly signal: AbortSignal | undefined
}

export class UndoRun {
  readonly #task: UndoTask
  readonly #onProgress: ((counts: UndoCounts) => void) | undefined
  /** The writes in flight, by the id or the values that the client is given. */
  #byId = new Map<string, Reversal>()
  #byValues = new Map<Values, Reversal>()
  /** Records as they were read for their write. */
  #present = new Map<Reversal, Values>()

  constructor(task: UndoTask, onProgress?: (counts: UndoCounts) => void) {
    this.#task = task
    this.#onProgress = onProgress
  }

  /** See {@link Guard}; the record of the intent is as it is now. */
  check({ change, id, before, values }: WriteIntent): number {
    const reversal =
      change === 'inserted' ? this.#byValues.get(values ?? {}) : this.#byId.get(id ?? '')
    if (reversal === undefined) throw new InvalidInputError('this write is not part of the undo')
    if (before !== undefined) {
      const standing = this.#task.standing(reversal, before.values)
      if (standing.kind === 'unchanged') throw new AlreadyUndone()
      if (standing.kind === 'conflict') throw new Conflict(standing.columns)
      this.#present.set(reversal, before.values)
    }
    return reversal.change.n
  }

  /**
   * @param client whose writes are passed to the change set that asks this run
   * @param flush resolves once the outcomes of all writes so far are in the journal
   * @throws the errors of a whole call, and the reason of an abort
   */
  async carryOut(
    client: Client,
    flush: () => Promise<void>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const task = this.#task
    const call = { signal }
    const table = await task.open(client, signal)
    for await (const batch of task.batches()) {
      this.#present = new Map()
      const deletes: Reversal[] = []
      const updates: Reversal[] = []
      const inserts = new Map<Values, Reversal>()
      const recreated: Reversal[] = []
      for (const reversal of batch) {
        if (task.isHopeless(reversal)) continue
        if (task.isRecreated(reversal)) recreated.push(reversal)
        else if (reversal.does === 'deleted') deletes.push(reversal)
        else if (reversal.does === 'updated') updates.push(reversal)
        else inserts.set(reversal.set, reversal)
      }
      await this.#delete(table, deletes, call)
      await this.#update(table, updates, call)
      await this.#insert(table, inserts, call)
      if (recreated.length > 0) await this.#recreate(table, recreated, call)
      await flush()
    }
  }

  /** Deletes records and inserts them again; those that an earlier run deleted are only inserted. */
  async #recreate(table: TableHandle, reversals: readonly Reversal[], call: Call): Promise<void> {
    const toInsert = new Map<Values, Reversal>()
    const toDelete: Reversal[] = []
    const restored = (before: Values = {}, reversal: Reversal): Values => ({
      ...before,
      ...reversal.set,
    })
    for (const reversal of reversals) {
      const deleted = this.#task.halfway(reversal)
      if (deleted !== undefined) {
        const { values = {}, hidden = {} } = deleted.before ?? {}
        const lost = [...new Set([...reversal.lost, ...Object.keys(hidden)])]
        toInsert.set(restored(values, reversal), { ...reversal, lost })
      } else if (await canInsert(table, restored(reversal.left?.values, reversal))) {
        toDelete.push(reversal)
      } else {
        const reason = 'the record could not be inserted again as it was'
        this.#task.tally.problem(reversal, 'rejected', reason)
      }
    }
    await this.#delete(table, toDelete, call, (reversal) => {
      toInsert.set(restored(this.#present.get(reversal), reversal), reversal)
    })
    await this.#insert(table, toInsert, call, (reversal) => {
      this.#task.tally.undone(reversal, true)
    })
  }

  async #delete(
    table: TableHandle,
    reversals: readonly Reversal[],
    call: Call,
    onOk?: (reversal: Reversal) => void,
  ): Promise<void> {
    if (reversals.length === 0) return
    const ids = this.#idsOf(reversals)
    await this.#write(reversals, table.deleteById(ids, call), onOk)
  }

  async #update(table: TableHandle, reversals: readonly Reversal[], call: Call): Promise<void> {
    if (reversals.length === 0) return
    const changes = this.#idsOf(reversals).map((id, at) => ({ id, set: reversals[at]?.set ?? {} }))
    await this.#write(reversals, table.updateMany(changes, call))
  }

  /** The ids to write, by which {@link check} finds the reversals again. */
  #idsOf(reversals: readonly Reversal[]): string[] {
    const ids = reversals.map(({ id = '' }) => id)
    this.#byId = new Map(ids.map((id, at) => [id, reversals[at] as Reversal]))
    return ids
  }

  async #insert(
    table: TableHandle,
    reversals: Map<Values, Reversal>,
    call: Call,
    onOk?: (reversal: Reversal) => void,
  ): Promise<void> {
    if (reversals.size === 0) return
    this.#byValues = reversals
    await this.#write([...reversals.values()], table.insertMany([...reversals.keys()], call), onOk)
  }

  async #write(
    reversals: readonly Reversal[],
    write: BulkWrite<unknown>,
    onOk?: (reversal: Reversal) => void,
  ): Promise<void> {
    const { tally } = this.#task
    for await (const outcome of write) {
      const reversal = reversals[outcome.index]
      if (reversal === undefined) continue
      if (outcome.status !== 'ok') tally.failed(reversal, outcome)
      else if (onOk === undefined) tally.undone(reversal)
      else onOk(reversal)
      this.#onProgress?.(tally.counts)
    }
  }
}

/** Whether a record can be written at all; checked before it is deleted. */
async function canInsert(table: TableHandle, values: Values): Promise<boolean> {
  try {
    await table.preview.insert([values])
    return true
  } catch (error) {
    if (error instanceof InvalidInputError || error instanceof NotExpressibleError) return false
    throw error
  }
}

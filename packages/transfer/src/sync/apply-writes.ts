/** Carries out the planned writes that have not ended yet. */
import {
  type ChatlayerError,
  type Outcome,
  type Table,
  TableChangedError,
  type TableRecord,
  type UpdateById,
} from '@chatlayer-tables/core'
import { changedFields } from '../compare/compare.ts'
import { insertRows } from '../job/row-flow.ts'
import { inAdvance } from './in-advance.ts'
import type { PlannedDelete, PlannedUpdate, PlannedWrites } from './planned-writes.ts'
import { recordsBefore } from './sync-facts.ts'
import type { SyncRun } from './sync-run.ts'

type PlannedChange = PlannedUpdate | PlannedDelete

/** Records that are read ahead of their write. */
const AHEAD = 32

/**
 * Inserts, then updates, then deletes. A record that is updated or deleted is read right before: one
 * that is not as it was when it was compared is left as it is, and rejected. Records are deleted once
 * all else is done: where that is not so, what is missing may be in them.
 *
 * @param table the definition; its columns are those that are written
 */
export async function applyWrites(
  run: SyncRun,
  writes: PlannedWrites,
  table: Table,
): Promise<void> {
  const { facts } = run
  if (facts.plan.inserts > 0) {
    run.phase('inserting')
    await insertRows(run, {
      reader: {
        columns: facts.columns.map((name) => ({ name })),
        rows: () => each(writes.inserts()),
      },
      table,
      key: facts.settings.key,
      isStanding: (id) => writes.isStanding(id),
      start: {
        moment: facts.moment,
        wasEmpty: facts.settings.only === undefined && recordsBefore(facts.plan) === 0,
        openedAt: performance.now(),
      },
    })
  }
  const changes = new Changes(run, table)
  if (facts.plan.updates > 0 && !run.isStopping) {
    run.phase('updating')
    await changes.update(writes.updates())
  }
  if (facts.plan.deletes > 0 && !run.isStopping && run.isComplete) {
    run.phase('deleting')
    await changes.delete(writes.deletes())
  }
}

async function* each<T>(items: Iterable<T>): AsyncGenerator<T, void, undefined> {
  yield* items
}

/** Whether a write is to be sent, needs not be, or must not be. */
type Verdict = 'write' | 'done' | ChatlayerError

class Changes {
  readonly #run: SyncRun
  readonly #shape: Table
  readonly #inFlight = new Map<number, PlannedChange>()
  #sent = 0

  constructor(run: SyncRun, table: Table) {
    this.#run = run
    const { columns } = run.facts
    this.#shape = { ...table, columns: table.columns.filter(({ name }) => columns.includes(name)) }
  }

  async update(updates: Iterable<PlannedUpdate>): Promise<void> {
    const { table, signal } = this.#run.options
    const pending = this.#pending(updates)
    async function* rows(): AsyncGenerator<UpdateById, void, undefined> {
      for await (const { id, after, fields } of pending) {
        yield { id, set: Object.fromEntries(fields.map((name) => [name, after[name] ?? null])) }
      }
    }
    await this.#receive(table.updateMany(rows(), { signal }))
  }

  async delete(deletes: Iterable<PlannedDelete>): Promise<void> {
    const { table, signal } = this.#run.options
    const pending = this.#pending(deletes)
    async function* ids(): AsyncGenerator<string, void, undefined> {
      for await (const { id } of pending) yield id
    }
    await this.#receive(table.deleteById(ids(), { signal }))
  }

  /** Those that are still to be sent, each right after its record was looked at. */
  async *#pending<T extends PlannedChange>(all: Iterable<T>): AsyncGenerator<T, void, undefined> {
    const run = this.#run
    const open = filter(all, (write) => !run.isDone(write))
    const looks = inAdvance(open, AHEAD, async (write) => ({
      write,
      verdict: await this.#verdict(write),
    }))
    for await (const { write, verdict } of looks) {
      if (run.isStopping) return
      if (verdict === 'write') {
        await run.job.certain()
        this.#inFlight.set(this.#sent++, write)
        yield write
      } else if (verdict === 'done') {
        run.recordDone(write)
      } else {
        run.reject(write, [verdict])
      }
    }
  }

  /** @throws ChatlayerError when the record cannot be read */
  async #verdict(write: PlannedChange): Promise<Verdict> {
    const { table, signal } = this.#run.options
    const now = await table.get(write.id, { signal })
    if (now === undefined) return write.change === 'delete' ? 'done' : gone(write)
    const differing = changedFields(now.values, write.before, this.#shape)
    if (differing.length === 0) return 'write'
    // An earlier run, or another program, has done it.
    const isDone =
      write.change === 'update' && changedFields(now.values, write.after, this.#shape).length === 0
    return isDone ? 'done' : changedMeanwhile(now, differing)
  }

  async #receive(outcomes: AsyncIterable<Outcome<unknown>>): Promise<void> {
    try {
      for await (const outcome of outcomes) {
        const write = this.#inFlight.get(outcome.index)
        if (write === undefined)
          throw new Error(`an outcome for ${outcome.index}, which is not out`)
        this.#inFlight.delete(outcome.index)
        this.#run.recordChange(write, outcome)
      }
    } catch (error) {
      this.#run.stopBy(error)
    }
    this.#sent = 0
    this.#inFlight.clear()
  }
}

const LEFT = 'It was left as it is. Compare again to write it.'

function gone({ id }: PlannedChange): ChatlayerError {
  return new TableChangedError(`record ${id} has been deleted since it was compared`, {
    hint: LEFT,
  })
}

function changedMeanwhile({ id }: TableRecord, fields: readonly string[]): ChatlayerError {
  const names = fields.map((name) => `"${name}"`).join(', ')
  return new TableChangedError(`record ${id} has been changed since it was compared, in ${names}`, {
    hint: LEFT,
  })
}

function* filter<T>(items: Iterable<T>, test: (item: T) => boolean): Generator<T, void, undefined> {
  for (const item of items) if (test(item)) yield item
}

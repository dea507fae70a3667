/** The rows of a file to new records of a table. */
import type { EarlierInserts, Table, Values } from '@chatlayer-tables/core'
import type { EarlierRows } from '../job/earlier-rows.ts'
import { contentOf } from './row-content.ts'
import type { ReadRow, RowReader } from './row-reader.ts'
import type { RunState } from './run-state.ts'

/** A row that is handed to the client, until it has ended. */
interface RowUnderWay {
  readonly item: ReadRow
  readonly values: Values
  /** When an earlier process may have sent it. */
  readonly attemptedAt: number | undefined
}

export interface InsertPlan {
  readonly reader: RowReader
  readonly table: Table
  /** When the job was begun, and when this process took it over, in milliseconds since 1970. */
  readonly begunAt: number
  readonly openedAt: number
  readonly key?: readonly string[] | undefined
  /** Whether a row is to be inserted; all are when left out. */
  readonly isWanted?: ((item: ReadRow) => boolean) | undefined
}

/**
 * Inserts the rows that have no final state yet, many at a time. Those that an earlier process may
 * have sent come first and are settled before any other leaves: what is sent now could be mistaken
 * for theirs.
 */
export async function insertRows(state: RunState, plan: InsertPlan): Promise<void> {
  const { rows } = state.job
  const columns = plan.reader.columns.map(({ name }) => name)
  const underWay = new Map<number, RowUnderWay>()
  const attempts = new Attempts()
  let index = 0

  async function* toInsert(): AsyncGenerator<Values, void, undefined> {
    try {
      for await (const item of plan.reader.rows()) {
        if (state.isStopping) return
        const { n, values } = item
        const isOld = n <= rows.reachedBefore
        if (!isOld) {
          await attempts.allSettled()
          if (state.isStopping) return
        }
        state.read(item)
        if (isOld && rows.stateOf(n) !== undefined) continue
        if (values === undefined) {
          state.reject(item, item.error)
          continue
        }
        if (plan.isWanted?.(item) === false) continue
        const attemptedAt = isOld ? rows.attemptedAt(n) : undefined
        if (attemptedAt !== undefined) attempts.add(n)
        rows.mark(n)
        underWay.set(index++, { item, values, attemptedAt })
        yield values
      }
    } catch (error) {
      state.stopBy(error, 'file')
    }
  }

  const { table } = state.options
  const { signal } = state.options
  const earlier = rows.reachedBefore === 0 ? undefined : earlierInserts()
  try {
    for await (const outcome of table.insertMany(toInsert(), { signal, key: plan.key, earlier })) {
      const row = underWay.get(outcome.index)
      if (row === undefined)
        throw new Error(`an outcome for row ${outcome.index}, which is not out`)
      underWay.delete(outcome.index)
      state.settle(row.item, outcome, () => contentOf(row.values, columns, plan.table))
      attempts.settle(row.item.n)
    }
  } catch (error) {
    state.stopBy(error, 'gateway')
  }
  rows.trim(state.progress.read)

  function earlierInserts(): EarlierInserts {
    const known: EarlierRows = state.job.earlierRows()
    return {
      endedAt: plan.openedAt,
      attemptedAt: (at) => underWay.get(at)?.attemptedAt,
      isTaken: (id) => known.has(id),
      anonymous(at) {
        const values = underWay.get(at)?.values
        const count =
          values === undefined ? 0 : known.countOf(contentOf(values, columns, plan.table))
        return count === 0 ? undefined : { count, since: plan.begunAt }
      },
    }
  }
}

/** The rows that an earlier process may have sent and that are being settled now. */
class Attempts {
  readonly #open = new Set<number>()
  #done: (() => void) | undefined

  add(n: number): void {
    this.#open.add(n)
  }

  settle(n: number): void {
    if (this.#open.delete(n) && this.#open.size === 0) this.#done?.()
  }

  allSettled(): Promise<void> | undefined {
    if (this.#open.size === 0) return undefined
    return new Promise((resolve) => {
      this.#done = resolve
    })
  }
}

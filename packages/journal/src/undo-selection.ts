/** The changes that an undo undoes, and their order. */
import { recordFilter, type TableRecord, type Where } from '@chatlayer-tables/core'
import type { JournalStore } from './journal-store.ts'
import type { StoredChange } from './stored-change.ts'
import type { StoredSet, Target } from './stored-set.ts'
import { type Reversal, reversalOf } from './undo-plan.ts'
import type { UndoTally } from './undo-tally.ts'

/** The changes of a set to undo: those that match all conditions (default: all). */
export interface UndoSelection {
  /** Ids of records: those in the set, or the present ones. */
  readonly records?: readonly string[] | undefined
  /** A condition on the values after the change; for a delete, on those before. */
  readonly where?: Where | undefined
  /** Also undo changes of records that have changed since. */
  readonly force?: boolean | undefined
  /**
   * Never restore a null by deleting the record and inserting it again, which is done where the client's
   * dialect cannot write null by an update.
   */
  readonly keepIds?: boolean | undefined
}

/** Changes of one batch. */
const AT_ONCE = 500

/** The states of changes that were or may have been carried out. */
const EFFECTIVE = ['open', 'ok', 'unknown', 'retriable'] as const

export class Reversals {
  readonly #store: JournalStore
  readonly #set: StoredSet
  readonly #force: boolean
  readonly #records: ReadonlySet<string> | undefined
  readonly #matches: ((record: TableRecord) => boolean) | undefined
  readonly #target: Target
  readonly #tally: UndoTally
  /** The changes that were read last, from the last to the first. */
  #piece: readonly StoredChange[] = []
  /** The present ids of some of their records; empty once they may have changed. */
  #presentIds: ReadonlyMap<string, string> = new Map()

  /** @throws InvalidInputError for a condition that does not fit the table */
  constructor(
    store: JournalStore,
    set: StoredSet,
    { records, where, force = false }: UndoSelection,
    tally: UndoTally,
  ) {
    this.#store = store
    this.#set = set
    this.#force = force
    this.#records = records === undefined ? undefined : new Set(records)
    this.#matches = where === undefined ? undefined : recordFilter(where, set.table)
    this.#target = { connection: set.connection, tableId: set.table.id }
    this.#tally = tally
  }

  /**
   * The selected changes that are not undone, from the last to the first, in batches with one change of
   * each record: its first change is undone last.
   */
  async *batches(): AsyncGenerator<Reversal[]> {
    let batch: Reversal[] = []
    let seen = new Set<string>()
    for await (const change of this.#effectiveChanges()) {
      let reversal = await this.#reversalOf(change)
      if (!this.#isChosen(reversal)) continue
      this.#tally.counts.total++
      const { id, state, problem = 'outcome unknown' } = change
      // With `force`, a change that may have been written counts as written.
      if (state !== 'ok' && !(this.#force && id !== undefined)) {
        this.#tally.problem(reversal, 'unsettled', problem)
        continue
      }
      if (batch.length >= AT_ONCE || (id !== undefined && seen.has(id))) {
        yield batch
        batch = []
        seen = new Set()
        // Records may have been inserted again under new ids.
        this.#presentIds = new Map()
        reversal = await this.#reversalOf(change)
      }
      if (id !== undefined) seen.add(id)
      batch.push(reversal)
    }
    if (batch.length > 0) yield batch
  }

  /** Reads in pieces: the set may be long, and writes to the database must not wait. */
  async *#effectiveChanges(): AsyncGenerator<StoredChange> {
    let before: number | undefined
    for (;;) {
      const page = { isUndone: false, isBackwards: true, before, limit: AT_ONCE }
      this.#piece = await this.#store.changes(this.#set.n, { states: EFFECTIVE, ...page })
      yield* this.#piece
      before = this.#piece.at(-1)?.n
      if (before === undefined) return
    }
  }

  async #reversalOf(change: StoredChange): Promise<Reversal> {
    const { id } = change
    if (id === undefined) return reversalOf(change, this.#set.table, undefined)
    let current = this.#presentIds.get(id)
    if (current === undefined) {
      this.#presentIds = await this.#findPresentIds(change)
      current = this.#presentIds.get(id) ?? id
    }
    return reversalOf(change, this.#set.table, current)
  }

  /** Of the records of the changes from this one on, which are mostly those of the next batch. */
  #findPresentIds(first: StoredChange): Promise<ReadonlyMap<string, string>> {
    const ids = new Set<string>()
    for (const { n, id } of this.#piece) {
      if (id === undefined || n > first.n) continue
      // A batch ends before a record that it has already.
      if (ids.has(id)) break
      ids.add(id)
    }
    return this.#store.currentIds([...ids], this.#target)
  }

  #isChosen({ change, id, left }: Reversal): boolean {
    const records = this.#records
    if (records !== undefined) {
      const names = [change.id, id].filter((name) => name !== undefined)
      if (!names.some((name) => records.has(name))) return false
    }
    if (this.#matches === undefined) return true
    const { values } = left ?? change.before ?? { values: {} }
    return this.#matches({ id: change.id ?? '', createdAt: '', updatedAt: '', values })
  }
}

/** The changes that an undo undoes, and their order. */
import { recordFilter, type TableRecord, type Where } from '@chatlayer-tables/core'
import type { Store } from './store.ts'
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

export class Reversals {
  readonly #store: Store
  readonly #set: StoredSet
  readonly #force: boolean
  readonly #records: ReadonlySet<string> | undefined
  readonly #matches: ((record: TableRecord) => boolean) | undefined
  readonly #target: Target
  readonly #tally: UndoTally

  /** @throws InvalidInputError for a condition that does not fit the table */
  constructor(
    store: Store,
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
  *batches(): Generator<Reversal[]> {
    let batch: Reversal[] = []
    let seen = new Set<string>()
    for (const change of this.#effectiveChanges()) {
      let reversal = this.#reversalOf(change)
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
        // The record may have been inserted again under a new id.
        reversal = this.#reversalOf(change)
      }
      if (id !== undefined) seen.add(id)
      batch.push(reversal)
    }
    if (batch.length > 0) yield batch
  }

  /** Reads in pieces: the set may be long, and writes to the database must not wait. */
  *#effectiveChanges(): Generator<StoredChange> {
    const where =
      'AND n < ? AND state IN (0, 1, 3, 5) AND undone_by IS NULL ORDER BY n DESC LIMIT ?'
    let before = Number.MAX_SAFE_INTEGER
    for (;;) {
      const piece = [...this.#store.changes(this.#set.n, where, before, AT_ONCE)]
      yield* piece
      const last = piece.at(-1)
      if (last === undefined) return
      before = last.n
    }
  }

  #reversalOf(change: StoredChange): Reversal {
    const { id } = change
    const current = id === undefined ? undefined : this.#store.currentId(id, this.#target)
    return reversalOf(change, this.#set.table, current)
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

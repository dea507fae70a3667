/**
 * Where change sets are kept: SQLite for one machine, PostgreSQL for many. Both pass the same tests,
 * `test/store-contract.ts`. Values are plain data; what they mean is decided by the files around.
 *
 * Every method throws StorageError where the store cannot be used.
 */
import type { AnonymousRows, Values } from '@chatlayer-tables/core'
import type { HeldLock, Locks } from '@chatlayer-tables/local'
import type { Pruned, Retention } from './retention.ts'
import type { Ending, NewChange, State, StoredChange } from './stored-change.ts'
import type { NewSet, StoredSet, Target } from './stored-set.ts'
import type { ChangeSetFilter, JournalTable } from './types.ts'

/** A write to the store. Those of one commit are done in their order, all or none. */
export type StoreWrite =
  | { readonly do: 'add change'; readonly change: NewChange }
  | {
      /** The outcome of a change that is open, or that is checked again. */
      readonly do: 'end change'
      readonly change: NewChange
      /** The state that the store has of it. */
      readonly was: State
      readonly ending: Ending
      readonly target: Target
      readonly table: JournalTable
    }
  /** The id of an insert whose id no response showed; kept unless the store has one already. */
  | { readonly do: 'name record'; readonly n: number; readonly id: string }
  | { readonly do: 'end set'; readonly set: number; readonly at: number }
  /** Continues an interrupted set under another writer. */
  | { readonly do: 'take over'; readonly set: number; readonly writer: string }

export interface JournalStore extends AsyncDisposable {
  /** What errors name: a path, or an address without its password. */
  readonly place: string
  /** The key of hashes of values, which cannot be guessed without the store. */
  readonly hashKey: Uint8Array
  /** Milliseconds since 1970 by the clock of the store: that of the machine, or of the database. */
  now(): number

  /**
   * The locks of the processes that write. A writer whose lock is free but not removed has ended, and its
   * unknown outcomes are to be resolved.
   */
  readonly writers: Locks
  /** The locks of calls of tools, and of change sets that are being undone. */
  readonly calls: Locks
  readonly undos: Locks

  /** @returns the number of the new set */
  addSet(set: NewSet, under: HeldLock): Promise<number>
  /**
   * On the disk once it resolves; outcomes alone need only survive the end of the process, since an
   * outcome that is missing is determined again. Of many calls at once, each waits for those before.
   *
   * @param under the lock of the writer, or that of the recovery; nothing is committed once it is lost.
   *   Undefined for writes that any process may do at any time: only `name record` is one.
   */
  commit(writes: readonly StoreWrite[], under: HeldLock | undefined): Promise<void>

  change(n: number): Promise<StoredChange | undefined>
  /** The changes of a set that {@link ChangeQuery} selects. */
  changes(set: number, query?: ChangeQuery): Promise<StoredChange[]>
  /** The place of the last change of a set; 0 without any. */
  lastSeq(set: number): Promise<number>
  /** Those of these ids that another change than `except` of this table is known to have inserted. */
  madeOf(ids: readonly string[], target: Target, except: number): Promise<ReadonlySet<string>>
  /** Whether a change of any table is known to have inserted the record. */
  isInserted(id: string): Promise<boolean>
  /**
   * The number of inserts of equal values whose ids no response showed, and the moment before the first
   * of them, undefined where it is not known for all.
   */
  anonymous(values: Values, target: Target, table: JournalTable): Promise<AnonymousRows | undefined>
  /** Columns whose values the gateway stored otherwise than sent, in the latest sets. */
  alteredColumns(target: Target): Promise<string[]>
  /**
   * The present ids of records, by each of these ids: one that was deleted and inserted again has a new
   * id.
   */
  currentIds(ids: readonly string[], target: Target): Promise<ReadonlyMap<string, string>>
  /**
   * The updates of a set, by number, whose records an undo has deleted and not inserted again; each with
   * that delete.
   */
  halfway(set: string): Promise<Map<number, StoredChange>>

  /** The newest first. */
  sets(query: SetQuery): Promise<StoredSet[]>
  /** The number of sets, regardless of `limit` and `offset`. */
  countSets(query: SetQuery): Promise<number>
  /**
   * Ids of jobs that have change sets, at most `limit`: this one, or else those that begin with these
   * letters and digits, sorted.
   */
  jobs(idOrStart: string, limit: number): Promise<string[]>

  /** The calls of tools; see `calls.ts`. */
  lastCall(digest: string, since: number): Promise<StoredCall | undefined>
  /** @returns its number; that of `continues`, if it is given */
  beginCall(call: NewCall): Promise<number>
  endCall(number: number, result: string | undefined): Promise<void>
  /** Whether another write to the table of a set began after its call had ended. */
  isFollowed(set: StoredSet, call: number): Promise<boolean>

  /** Deletes old change sets; see `retention.ts`. */
  prune(retention: Retention, present: PresentTime): Promise<Pruned>
  /** Whether there are sets to delete; cheap. */
  isPruneDue(retention: Retention, present: PresentTime): Promise<boolean>
  close(): Promise<void>
}

/** Which changes of a set, and in which order. All conditions hold. */
export interface ChangeQuery {
  readonly states?: readonly State[] | undefined
  readonly isUndone?: boolean | undefined
  /** Whether to take only inserts that are `ok` and whose id no response showed. */
  readonly isAnonymous?: boolean | undefined
  readonly record?: string | undefined
  /** Only those with a lower number. */
  readonly before?: number | undefined
  /** Default: the first to the last. */
  readonly isBackwards?: boolean | undefined
  readonly limit?: number | undefined
  readonly offset?: number | undefined
}

/** Which sets. All conditions hold. */
export interface SetQuery extends Omit<ChangeSetFilter, 'job' | 'limit' | 'offset'> {
  readonly id?: string | undefined
  /** The beginning of its id; no set has one of other characters than letters and digits. */
  readonly idStart?: string | undefined
  readonly job?: string | undefined
  readonly undoes?: string | undefined
  readonly call?: number | undefined
  /** Sets of this writer with changes that have no final outcome. */
  readonly unsettledOf?: string | undefined
  /** Whether they have no end. */
  readonly isOpen?: boolean | undefined
  /** Default: all. */
  readonly limit?: number | undefined
  readonly offset?: number | undefined
}

export interface NewCall {
  readonly digest: string
  /** Of a call that is continued, undefined leaves its own. */
  readonly token: string | undefined
  /** The number of the earlier call of which this one does the rest. */
  readonly continues: number | undefined
  /** Calls that began before are deleted. */
  readonly forgetBefore: number
}

export interface StoredCall {
  readonly number: number
  readonly begun: number
  readonly token: string | undefined
  readonly result: string | undefined
}

/** The present by a gateway's own clock, where a response has just shown it. */
export interface PresentTime {
  readonly gateway?: { readonly origin: string; readonly now: number } | undefined
}

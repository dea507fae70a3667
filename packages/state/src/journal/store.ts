/** The journal of several machines, in PostgreSQL. */
import { randomBytes } from 'node:crypto'
import type {
  ChangeQuery,
  JournalStore,
  NewSet,
  PresentTime,
  Pruned,
  Retention,
  SetQuery,
  StoredCall,
  StoredChange,
  StoredSet,
  StoreWrite,
  Target,
} from '@chatlayer-tables/journal/store'
import { type HeldLock, type Locks, storageErrorIn } from '@chatlayer-tables/local'
import type { Database, Run } from '../database.ts'
import { JOURNAL } from '../migrations/0002-journal.ts'
import type { Sessions } from '../sessions.ts'
import { addSet } from './add-set.ts'
import { StoredCalls } from './calls.ts'
import { commitWrites, InsertedBefore } from './commit.ts'
import { FindChanges } from './find-changes.ts'
import { FindSets } from './find-sets.ts'
import { isPruneDue, type PruneParts, prune } from './prune.ts'

/** Opens the journal. @throws StorageError */
export async function openJournalStore(
  database: Database,
  sessions: Sessions,
): Promise<JournalStore> {
  return new PostgresJournalStore(database, sessions, await hashKeyOf(database))
}

class PostgresJournalStore implements JournalStore {
  readonly place: string
  readonly hashKey: Uint8Array
  readonly writers: Locks
  readonly calls: Locks
  readonly undos: Locks
  readonly #database: Database
  readonly #sessions: Sessions
  readonly #changes: FindChanges
  readonly #sets: FindSets
  readonly #calls: StoredCalls
  /** Writes whose commit may have been done, though it failed: outcomes of them are written again. */
  readonly #uncertain = new WeakSet<StoreWrite>()
  /** The last write; the next one waits for it. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(database: Database, sessions: Sessions, hashKey: Uint8Array) {
    this.place = database.place
    this.hashKey = hashKey
    this.#database = database
    this.#sessions = sessions
    this.writers = sessions.locks('writers')
    this.calls = sessions.locks('calls')
    this.undos = sessions.locks('undos')
    const query = (text: string, values?: readonly unknown[]) => database.query(text, values)
    this.#changes = new FindChanges(query)
    this.#sets = new FindSets(query)
    this.#calls = new StoredCalls(query, () => this.now())
  }

  now(): number {
    return this.#sessions.now()
  }

  addSet(set: NewSet, under: HeldLock): Promise<number> {
    return this.#inTurn(() => this.#transaction(under, (run) => addSet(set, run)))
  }

  async commit(writes: readonly StoreWrite[], under: HeldLock | undefined): Promise<void> {
    if (writes.length === 0) return
    const repeated = this.#uncertain
    const commit = (isCareful: boolean) =>
      this.#transaction(under, (run) => commitWrites(writes, { isCareful, repeated }, run))
    await this.#inTurn(() =>
      commit(false)
        .catch((error: unknown) => {
          if (!(error instanceof InsertedBefore)) throw error
          return commit(true)
        })
        .catch((error: unknown) => {
          if (storageErrorIn(error)?.kind === 'unreachable') this.#noteUncertain(writes)
          throw error
        }),
    )
  }

  change(n: number): Promise<StoredChange | undefined> {
    return this.#changes.change(n)
  }

  changes(set: number, query: ChangeQuery = {}): Promise<StoredChange[]> {
    return this.#changes.changes(set, query)
  }

  lastSeq(set: number): Promise<number> {
    return this.#changes.lastSeq(set)
  }

  madeOf(ids: readonly string[], target: Target, except: number): Promise<ReadonlySet<string>> {
    return this.#changes.madeOf(ids, target, except)
  }

  isInserted(id: string): Promise<boolean> {
    return this.#changes.isInserted(id)
  }

  anonymous(...of: Parameters<JournalStore['anonymous']>): ReturnType<JournalStore['anonymous']> {
    return this.#changes.anonymous(...of)
  }

  alteredColumns(target: Target): Promise<string[]> {
    return this.#changes.alteredColumns(target)
  }

  currentIds(ids: readonly string[], target: Target): Promise<ReadonlyMap<string, string>> {
    return this.#changes.currentIds(ids, target)
  }

  halfway(set: string): Promise<Map<number, StoredChange>> {
    return this.#changes.halfway(set)
  }

  sets(query: SetQuery): Promise<StoredSet[]> {
    return this.#sets.sets(query)
  }

  countSets(query: SetQuery): Promise<number> {
    return this.#sets.count(query)
  }

  jobs(idOrStart: string, limit: number): Promise<string[]> {
    return this.#sets.jobs(idOrStart, limit)
  }

  lastCall(digest: string, since: number): Promise<StoredCall | undefined> {
    return this.#calls.last(digest, since)
  }

  beginCall(call: Parameters<JournalStore['beginCall']>[0]): Promise<number> {
    return this.#calls.begin(call)
  }

  endCall(number: number, result: string | undefined): Promise<void> {
    return this.#calls.end(number, result)
  }

  isFollowed(set: StoredSet, call: number): Promise<boolean> {
    return this.#calls.isFollowed(set, call)
  }

  prune(retention: Retention, present: PresentTime): Promise<Pruned> {
    return prune(this.#pruneParts(), retention, present)
  }

  isPruneDue(retention: Retention, present: PresentTime): Promise<boolean> {
    return isPruneDue(this.#pruneParts(), retention, present)
  }

  /** Waits for the writes so far. The connections are those of the state. */
  async close(): Promise<void> {
    await this.#last
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #noteUncertain(writes: readonly StoreWrite[]): void {
    for (const write of writes) this.#uncertain.add(write)
  }

  /** One after the other. */
  #inTurn<T>(write: () => Promise<T>): Promise<T> {
    const written = this.#last.then(write)
    this.#last = written.catch(() => undefined)
    return written
  }

  /** Only while the lock is held, if there is one. Without, it is `name record`, which may be done twice. */
  #transaction<T>(under: HeldLock | undefined, work: (run: Run) => Promise<T>): Promise<T> {
    return under === undefined
      ? this.#database.transaction(work, { isRepeatable: true })
      : this.#sessions.commitOnce(under, work)
  }

  #pruneParts(): PruneParts {
    return {
      query: (text, values) => this.#database.query(text, values),
      transaction: (work) => this.#database.transaction(work, { isRepeatable: true }),
      now: () => this.now(),
      writers: this.writers,
    }
  }
}

/** The key of hashes of values. It is made once; of two that make it at once, both get the first. */
async function hashKeyOf(database: Database): Promise<Uint8Array> {
  const read = async () =>
    (await database.query(`select value from ${JOURNAL.keys} where name = 'hash'`))[0]?.value
  let key = await read()
  if (key === undefined) {
    const insert = `insert into ${JOURNAL.keys} values ('hash', $1) on conflict do nothing`
    await database.query(insert, [randomBytes(32)])
    key = await read()
  }
  if (!(key instanceof Uint8Array)) throw new Error('the journal has no key')
  return key
}

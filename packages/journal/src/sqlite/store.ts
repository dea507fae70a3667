/** The change sets of one machine's user, in a SQLite database. */
import { join } from 'node:path'
import type { AnonymousRows, Values } from '@chatlayer-tables/core'
import { asStorageError, type HeldLock, LockFolder, storageErrorIn } from '@chatlayer-tables/local'
import type {
  ChangeQuery,
  JournalStore,
  NewCall,
  PresentTime,
  SetQuery,
  StoredCall,
  StoreWrite,
} from '../journal-store.ts'
import type { Present, Pruned, Retention } from '../retention.ts'
import type { StoredChange } from '../stored-change.ts'
import type { NewSet, StoredSet, Target } from '../stored-set.ts'
import type { JournalTable } from '../types.ts'
import { StoredCalls } from './calls.ts'
import { WriteChanges } from './changes.ts'
import { type JournalDatabase, openJournalDatabase, waitAsUsual, waitLess } from './database.ts'
import { FindChanges } from './find-changes.ts'
import { LogSync } from './log-sync.ts'
import { isPruneDue, prune } from './prune.ts'
import { Sets } from './sets.ts'
import { Statements } from './statements.ts'
import { writersFolder } from './writers-folder.ts'

/**
 * Opens the change sets in a folder, which several processes may do at once.
 *
 * @throws StorageError when it cannot be opened, also after waiting some seconds for another process
 */
export function openSqliteStore(folder: string): JournalStore {
  return new SqliteStore(openJournalDatabase(folder), folder)
}

class SqliteStore implements JournalStore {
  readonly place: string
  readonly hashKey: Uint8Array
  readonly writers: LockFolder
  readonly calls: LockFolder
  readonly undos: LockFolder
  readonly #statements: Statements
  readonly #sets: Sets
  readonly #find: FindChanges
  readonly #write: WriteChanges
  readonly #calls: StoredCalls
  readonly #log: LogSync
  /** Whether the last wait for the lock of another process failed. */
  #isLocked = false

  constructor({ database, path, walPath, hashKey }: JournalDatabase, folder: string) {
    this.place = path
    this.hashKey = hashKey
    this.writers = new LockFolder(writersFolder(folder))
    this.calls = new LockFolder(join(folder, 'calls'))
    this.undos = new LockFolder(join(folder, 'undos'))
    this.#statements = new Statements(database)
    this.#sets = new Sets(this.#statements)
    this.#find = new FindChanges(this.#statements)
    this.#write = new WriteChanges(this.#statements, this.#find)
    this.#calls = new StoredCalls(this.#statements)
    this.#log = new LogSync(walPath)
  }

  now(): number {
    return Date.now()
  }

  addSet(set: NewSet): Promise<number> {
    return this.#transaction(() => this.#sets.add(set))
  }

  /** Locks of one machine are never lost, so that the lock is of no interest here. */
  async commit(writes: readonly StoreWrite[], _under: HeldLock | undefined): Promise<void> {
    if (writes.length === 0) return
    try {
      this.#statements.transaction(() => {
        for (const write of writes) this.#carryOut(write)
      })
      if (writes.some((write) => write.do !== 'end change')) await this.#log.sync()
      this.#noteLock(false)
    } catch (error) {
      const found = asStorageError(error, this.place)
      this.#noteLock(storageErrorIn(found)?.kind === 'locked')
      throw found
    }
  }

  change(n: number): Promise<StoredChange | undefined> {
    return this.#read(() => this.#find.change(n))
  }

  changes(set: number, query: ChangeQuery = {}): Promise<StoredChange[]> {
    return this.#read(() => this.#find.changes(set, query))
  }

  lastSeq(set: number): Promise<number> {
    return this.#read(() => this.#find.lastSeq(set))
  }

  madeOf(ids: readonly string[], target: Target, except: number): Promise<ReadonlySet<string>> {
    return this.#read(() => new Set(ids.filter((id) => this.#find.isMade(id, target, except))))
  }

  isInserted(id: string): Promise<boolean> {
    return this.#read(() => this.#find.isInserted(id))
  }

  anonymous(
    values: Values,
    target: Target,
    table: JournalTable,
  ): Promise<AnonymousRows | undefined> {
    return this.#read(() => this.#find.anonymous(values, target, table))
  }

  alteredColumns(target: Target): Promise<string[]> {
    return this.#read(() => this.#find.alteredColumns(target))
  }

  currentIds(ids: readonly string[], target: Target): Promise<ReadonlyMap<string, string>> {
    return this.#read(() => new Map(ids.map((id) => [id, this.#find.currentId(id, target)])))
  }

  halfway(set: string): Promise<Map<number, StoredChange>> {
    return this.#read(() => this.#find.halfway(set))
  }

  sets(query: SetQuery): Promise<StoredSet[]> {
    return this.#read(() => this.#sets.find(query))
  }

  countSets(query: SetQuery): Promise<number> {
    return this.#read(() => this.#sets.count(query))
  }

  jobs(idOrStart: string, limit: number): Promise<string[]> {
    return this.#read(() => this.#sets.jobs(idOrStart, limit))
  }

  lastCall(digest: string, since: number): Promise<StoredCall | undefined> {
    return this.#read(() => this.#calls.last(digest, since))
  }

  beginCall(call: NewCall): Promise<number> {
    return this.#transaction(() => this.#calls.begin(call, this.now()))
  }

  endCall(number: number, result: string | undefined): Promise<void> {
    return this.#transaction(() => this.#calls.end(number, result, this.now()))
  }

  isFollowed(set: StoredSet, call: number): Promise<boolean> {
    return this.#read(() => this.#calls.isFollowed(set, call))
  }

  async prune(retention: Retention, present: PresentTime): Promise<Pruned> {
    const running = await this.#runningWriters()
    const { database } = this.#statements
    return this.#read(() => prune(database, retention, running, this.#present(present)))
  }

  isPruneDue(retention: Retention, present: PresentTime): Promise<boolean> {
    const { database } = this.#statements
    return this.#read(() => isPruneDue(database, retention, this.#present(present)))
  }

  async close(): Promise<void> {
    this.#log.close()
    const { database } = this.#statements
    if (database.isOpen) database.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #carryOut(write: StoreWrite): void {
    switch (write.do) {
      case 'add change':
        this.#write.add(write.change)
        break
      case 'end change':
        this.#write.end(write)
        break
      case 'name record':
        this.#write.name(write.n, write.id)
        break
      case 'end set':
        this.#sets.end(write.set, write.at)
        break
      case 'take over':
        this.#sets.takeOver(write.set, write.writer)
        break
    }
  }

  async #runningWriters(): Promise<ReadonlySet<string>> {
    const running = new Set<string>()
    for (const name of await this.writers.names()) {
      if (await this.writers.isHeld(name)) running.add(name)
    }
    return running
  }

  #present({ gateway }: PresentTime): Present {
    return { now: this.now(), gateway }
  }

  #transaction<T>(work: () => T): Promise<T> {
    return this.#read(() => this.#statements.transaction(work))
  }

  /** @throws StorageError where the disk or the file is the reason; otherwise what `work` throws */
  async #read<T>(work: () => T): Promise<T> {
    try {
      return work()
    } catch (error) {
      throw asStorageError(error, this.place)
    }
  }

  #noteLock(isLocked: boolean): void {
    if (isLocked === this.#isLocked) return
    this.#isLocked = isLocked
    const { database } = this.#statements
    if (isLocked) waitLess(database)
    else waitAsUsual(database)
  }
}

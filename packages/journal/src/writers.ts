/**
 * This process as a writer. It holds a lock of its own from its first write, which ends however the
 * process does. The lock's name stays until all outcomes of its writer are known: a name whose lock is
 * free belongs to an ended writer whose outcomes must be resolved.
 */
import { type HeldLock, takeNew } from '@chatlayer-tables/local'
import { CommitQueue } from './commit-queue.ts'
import type { JournalStore } from './journal-store.ts'

export interface Writer {
  readonly name: string
  readonly lock: HeldLock
  readonly queue: CommitQueue
}

export class Writers {
  readonly #store: JournalStore
  #taken: Promise<Writer> | undefined
  #current: Writer | undefined
  /** Writers whose locks were lost. */
  readonly #former: Writer[] = []

  constructor(store: JournalStore) {
    this.#store = store
  }

  /** The writer of this process, if it has one whose lock is not lost. */
  get current(): Writer | undefined {
    return this.#current?.lock.lost.aborted === false ? this.#current : undefined
  }

  /** Whether this process has ever written. */
  get hasAny(): boolean {
    return this.#current !== undefined
  }

  /** The writer of this process; a new one where the last one's lock was lost. @throws StorageError */
  take(): Promise<Writer> {
    const { current } = this
    if (current !== undefined) return Promise.resolve(current)
    this.#taken ??= this.#takeNew().finally(() => {
      this.#taken = undefined
    })
    return this.#taken
  }

  /** @throws StorageError when the last outcomes cannot be written */
  async flush(): Promise<void> {
    for (const { queue } of this.#former) await queue.close().catch(() => undefined)
    await this.#current?.queue.close()
  }

  /** Lets others resolve what is left open. */
  async release(): Promise<void> {
    const { current } = this
    if (current === undefined) return
    if (await this.#hasResolvedAll(current)) await current.lock.remove()
    else await current.lock.release()
  }

  async #takeNew(): Promise<Writer> {
    if (this.#current !== undefined) this.#former.push(this.#current)
    this.#current = undefined
    const lock = await takeNew(this.#store.writers)
    this.#current = { name: lock.name, lock, queue: new CommitQueue(this.#store, lock) }
    return this.#current
  }

  /** False for a store that cannot be read, since it may have unknown outcomes. */
  async #hasResolvedAll({ name }: Writer): Promise<boolean> {
    try {
      return (await this.#store.sets({ unsettledOf: name, limit: 1 })).length === 0
    } catch {
      return false
    }
  }
}

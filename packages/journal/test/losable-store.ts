/** A store whose locks can be lost, and whose commits can fail or wait, as those of a shared one. */
import { type HeldLock, type Locks, StorageError } from '@chatlayer-tables/local'
import type { JournalStore, StoreWrite } from '../src/journal-store.ts'
import { openSqliteStore } from '../src/sqlite/store.ts'

export class Losable {
  readonly store: JournalStore
  readonly #held = new Set<LosableLock>()
  /** Commits wait for it. */
  gate: Promise<unknown> | undefined
  /** The next commits fail with these. */
  readonly failures: Error[] = []
  /** Called with what is about to be committed. */
  onCommit: ((writes: readonly StoreWrite[]) => void) | undefined
  /** What locks answer when they are asked whether they are certain. */
  certain: HeldLock['certain'] = () => undefined

  constructor(folder: string) {
    const store = openSqliteStore(folder)
    const kinds = { writers: store.writers, calls: store.calls, undos: store.undos }
    const own = {
      ...Object.fromEntries(Object.entries(kinds).map(([name, of]) => [name, this.#locks(of)])),
      commit: (writes: readonly StoreWrite[], under: HeldLock | undefined) =>
        this.#commit(store, writes, under),
    }
    this.store = new Proxy(store, {
      get(_, name) {
        if (name in own) return own[name as keyof typeof own]
        const value: unknown = Reflect.get(store, name, store)
        return typeof value === 'function' ? value.bind(store) : value
      },
    })
  }

  /** Another machine takes over: nothing is committed under these locks any more. */
  async lose(): Promise<void> {
    for (const lock of this.#held) await lock.lose()
  }

  #locks(of: Locks): Locks {
    return {
      tryTake: async (name) => {
        const lock = await of.tryTake(name)
        if (lock === undefined) return undefined
        const losable = new LosableLock(lock, () => this.certain())
        this.#held.add(losable)
        return losable
      },
      isHeld: (name) => of.isHeld(name),
      names: () => of.names(),
      holder: (name) => of.holder(name),
    }
  }

  async #commit(
    store: JournalStore,
    writes: readonly StoreWrite[],
    under: HeldLock | undefined,
  ): Promise<void> {
    this.onCommit?.(writes)
    await this.gate
    const failure = this.failures.shift()
    if (failure !== undefined) throw failure
    if (under?.lost.aborted) throw new StorageError('lost', store.place)
    await store.commit(writes, under)
  }
}

class LosableLock implements HeldLock {
  readonly name: string
  readonly certain: HeldLock['certain']
  readonly #lock: HeldLock
  readonly #lost = new AbortController()

  constructor(lock: HeldLock, certain: HeldLock['certain']) {
    this.name = lock.name
    this.#lock = lock
    this.certain = () => {
      if (this.lost.aborted) throw new StorageError('lost', 'the store')
      return certain()
    }
  }

  get lost(): AbortSignal {
    return this.#lost.signal
  }

  async lose(): Promise<void> {
    this.#lost.abort()
    await this.#lock.release()
  }

  async release(): Promise<void> {
    if (!this.lost.aborted) await this.#lock.release()
  }

  async remove(): Promise<void> {
    if (!this.lost.aborted) await this.#lock.remove()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release()
  }
}

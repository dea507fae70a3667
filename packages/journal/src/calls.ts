/**
 * Calls of tools that write: a client that got no response calls again, perhaps another process. A call is
 * known by a digest of its arguments and its caller. While one is at work it holds a lock, which ends
 * however its process does.
 */
import { type HeldLock, takeWhenFree } from '@chatlayer-tables/local'
import type { JournalStore } from './journal-store.ts'
import { throwIfLost } from './lost.ts'
import type { StoredSet } from './stored-set.ts'

/** A row, or a record, that an earlier call of the same digest wrote or may have written. */
export interface EarlierWrite {
  /** Its position in the input of the call. */
  readonly row: number | undefined
  /** The record; undefined for an insert whose id no response showed. */
  readonly id: string | undefined
  readonly change: 'inserted' | 'updated' | 'deleted'
  readonly status: 'ok' | 'unknown'
}

/** The last call of a digest, which ended, or whose process did. */
export interface EarlierCall {
  readonly number: number
  /** ISO 8601. */
  readonly begunAt: string
  /** Of what confirmed it. */
  readonly token: string | undefined
  /** What was kept as its result: only if it left nothing to do. */
  readonly result: string | undefined
  /** What it wrote, in the order of the writes' begin. */
  readonly writes: readonly EarlierWrite[]
  /** Its change sets, the oldest first. */
  readonly changeSets: readonly string[]
  /** The job of its writes. */
  readonly job: string | undefined
  /**
   * Whether it left something to do, and another write to its table began after it: records that it wrote
   * may be gone.
   */
  readonly isFollowed: boolean
}

export interface TakeCallOptions {
  readonly signal?: AbortSignal | undefined
  /** Called once, if an equal call is at work. */
  readonly onWait?: (() => void) | undefined
}

/** Calls are of interest while a client may retry. */
const KEEP_MS = 3_600_000
/** Longer results are not kept. */
const MAX_RESULT_LENGTH = 200_000
const POLL = { minPollMs: 30, maxPollMs: 120 }

export class Calls {
  readonly #store: JournalStore

  constructor(store: JournalStore) {
    this.#store = store
  }

  /**
   * Takes the lock of a call; waits while an equal one is at work, in any process.
   *
   * @param digest hexadecimal
   * @throws StorageError, and the reason of an abort
   */
  async take(digest: string, { signal, onWait }: TakeCallOptions = {}): Promise<HeldCall> {
    let hadToWait = false
    const lock = await takeWhenFree(this.#store.calls, digest, {
      ...POLL,
      signal,
      onWait: () => {
        hadToWait = true
        onWait?.()
      },
    })
    return new HeldCall(this.#store, digest, lock, hadToWait)
  }
}

/** A call whose lock this process holds, until it is disposed of. */
export class HeldCall implements AsyncDisposable {
  /** Whether an equal call was at work when this one came. */
  readonly hadToWait: boolean
  readonly #store: JournalStore
  readonly #digest: string
  readonly #lock: HeldLock

  /** @internal */
  constructor(store: JournalStore, digest: string, lock: HeldLock, hadToWait: boolean) {
    this.#store = store
    this.#digest = digest
    this.#lock = lock
    this.hadToWait = hadToWait
  }

  /**
   * The last equal call, if it wrote something and ended (or, if its process was killed, began) since.
   * One that left nothing to do, or was undone, is forgotten once something else began to write to its
   * table after that. Resolve unknown outcomes first.
   *
   * @param since milliseconds since 1970, by the clock of the journal
   */
  async earlier(since: number): Promise<EarlierCall | undefined> {
    const call = await this.#store.lastCall(this.#digest, since)
    if (call === undefined) return undefined
    const { number } = call
    const sets = (await this.#store.sets({ call: number })).toReversed()
    const writes: EarlierWrite[] = []
    let isFollowed = false
    for (const set of sets) {
      isFollowed ||= await this.#store.isFollowed(set, number)
      writes.push(...(await this.#writesOf(set)))
    }
    const isOver = call.result !== undefined || sets.every(isUndone)
    if (writes.length === 0 || (isFollowed && isOver)) return undefined
    return {
      number,
      begunAt: new Date(call.begun).toISOString(),
      token: call.token,
      result: call.result,
      writes,
      changeSets: sets.map(({ id }) => id),
      job: sets.findLast(({ job }) => job !== undefined)?.job,
      isFollowed,
    }
  }

  /**
   * Notes that the call begins to write.
   *
   * @param continues the earlier call of which this one does the rest
   * @returns its number, for its change sets
   * @throws StorageError, also when another machine has taken the call over
   */
  async begin(token: string | undefined, continues?: EarlierCall): Promise<number> {
    throwIfLost(this.#lock, this.#store.place)
    return this.#store.beginCall({
      digest: this.#digest,
      token,
      continues: continues?.number,
      forgetBefore: this.#store.now() - KEEP_MS,
    })
  }

  /** Notes that the call has ended. @param result undefined if it left something to do */
  async end(number: number, result: string | undefined): Promise<void> {
    const isKept = result !== undefined && result.length <= MAX_RESULT_LENGTH
    await this.#store.endCall(number, isKept ? result : undefined)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#lock.remove()
  }

  async #writesOf({ n }: StoredSet): Promise<EarlierWrite[]> {
    return (await this.#store.changes(n)).flatMap(({ row, id, kind, state }) => {
      if (state === 'rejected') return []
      const isWritten = state === 'ok' || state === 'elsewhere'
      return [{ row, id, change: kind, status: isWritten ? ('ok' as const) : ('unknown' as const) }]
    })
  }
}

function isUndone({ undone, counts }: StoredSet): boolean {
  return undone >= counts.inserted + counts.updated + counts.deleted
}

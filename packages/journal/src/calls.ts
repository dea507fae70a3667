/**
 * Calls of tools that write: a client that got no response calls again, perhaps another process. A call is
 * known by a digest of its arguments and its caller. While one is at work it holds a lock, which the
 * system releases however its process ends.
 */
import { type HeldLock, type Locks, takeWhenFree } from '@chatlayer-tables/local'
import type { Store } from './store.ts'
import { type StoredSet, setOfRow } from './stored-set.ts'

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
  readonly #store: Store
  readonly #locks: Locks

  constructor(store: Store, locks: Locks) {
    this.#store = store
    this.#locks = locks
  }

  /**
   * Takes the lock of a call; waits while an equal one is at work, in any process.
   *
   * @param digest hexadecimal
   * @throws StorageError, and the reason of an abort
   */
  async take(digest: string, { signal, onWait }: TakeCallOptions = {}): Promise<HeldCall> {
    let hadToWait = false
    const lock = await takeWhenFree(this.#locks, digest, {
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
  readonly #store: Store
  readonly #digest: string
  readonly #lock: HeldLock

  /** @internal */
  constructor(store: Store, digest: string, lock: HeldLock, hadToWait: boolean) {
    this.#store = store
    this.#digest = digest
    this.#lock = lock
    this.hadToWait = hadToWait
  }

  /**
   * The last equal call, if it wrote something and ended (or, if its process was killed, began) since,
   * and nothing else began to write to its table after that. Resolve unknown outcomes first.
   *
   * @param since milliseconds since 1970
   */
  async earlier(since: number): Promise<EarlierCall | undefined> {
    const row = this.#store.database
      .prepare(
        'SELECT * FROM calls WHERE digest = ? AND coalesce(ended, begun) >= ? ORDER BY n DESC LIMIT 1',
      )
      .get(this.#digest, since)
    if (row === undefined) return undefined
    const number = Number(row.n)
    const sets = this.#setsOf(number)
    const writes = sets.flatMap((set) => this.#writesOf(set))
    if (writes.length === 0 || sets.some((set) => this.#isFollowed(set, number))) return undefined
    return {
      number,
      begunAt: new Date(Number(row.begun)).toISOString(),
      token: row.token === null ? undefined : String(row.token),
      result: row.result === null ? undefined : String(row.result),
      writes,
      changeSets: sets.map(({ id }) => id),
      job: sets.findLast(({ job }) => job !== undefined)?.job,
    }
  }

  /**
   * Notes that the call begins to write.
   *
   * @param continues the earlier call of which this one does the rest
   * @returns its number, for its change sets
   */
  async begin(token: string | undefined, continues?: EarlierCall): Promise<number> {
    const { database } = this.#store
    const now = Date.now()
    return this.#store.transaction(() => {
      if (continues !== undefined) {
        const again = 'UPDATE calls SET ended = NULL, begun = ?, token = ? WHERE n = ?'
        database.prepare(again).run(now, token ?? continues.token ?? null, continues.number)
        return continues.number
      }
      database.prepare('DELETE FROM calls WHERE begun < ?').run(now - KEEP_MS)
      const { lastInsertRowid } = database
        .prepare('INSERT INTO calls (digest, token, begun) VALUES (?, ?, ?)')
        .run(this.#digest, token ?? null, now)
      return Number(lastInsertRowid)
    })
  }

  /** Notes that the call has ended. @param result undefined if it left something to do */
  async end(number: number, result: string | undefined): Promise<void> {
    const kept = result === undefined || result.length > MAX_RESULT_LENGTH ? null : result
    this.#store.transaction(() =>
      this.#store.database
        .prepare('UPDATE calls SET ended = ?, result = ? WHERE n = ?')
        .run(Date.now(), kept, number),
    )
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#lock.remove()
  }

  #setsOf(call: number): StoredSet[] {
    const query = 'SELECT * FROM sets WHERE call = ? ORDER BY n'
    return this.#store.database.prepare(query).all(call).map(setOfRow)
  }

  #writesOf({ n }: StoredSet): EarlierWrite[] {
    return [...this.#store.changes(n, 'ORDER BY n')].flatMap(({ row, id, kind, state }) => {
      if (state === 'rejected') return []
      const isWritten = state === 'ok' || state === 'elsewhere'
      return [{ row, id, change: kind, status: isWritten ? ('ok' as const) : ('unknown' as const) }]
    })
  }

  /** Whether another write to the table of a set began after the call had ended. */
  #isFollowed(set: StoredSet, call: number): boolean {
    const query = `SELECT 1 FROM sets
      WHERE n > ? AND origin = ? AND team = ? AND bot = ? AND table_id = ? AND version = ?
        AND call IS NOT ? AND begun >= (SELECT coalesce(ended, begun) FROM calls WHERE n = ?)
      LIMIT 1`
    const { origin, teamId, botId } = set.connection
    const place = [origin, teamId, botId, set.table.id, set.version]
    return this.#store.database.prepare(query).get(set.n, ...place, call, call) !== undefined
  }
}

/**
 * A session is one process that uses the database. It renews its lease while it lives; its locks hang on
 * it. A process that needs a lock of a session whose lease has run out ends that session first, and from
 * then on nothing is committed under it: a machine that comes back cannot write as the old owner. All
 * times are the database's.
 */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { type HeldLock, type LockHolder, type Locks, StorageError } from '@chatlayer-tables/local'
import { Database, type DatabaseOptions, type Row, type Run } from './database.ts'
import { DatabaseClock, LeapWatch } from './sessions/clock.ts'
import { LEASE_TIMES, type LeaseTimes } from './sessions/lease-times.ts'
import { Session } from './sessions/session.ts'
import { SessionLock } from './sessions/session-lock.ts'
import * as sql from './sessions/statements.ts'
import type { LockKind } from './state.ts'

/** Who uses the database, for others to see. */
export interface SessionFacts {
  readonly program: string
  readonly principal?: string | undefined
}

/** A process that uses the database. */
export interface LiveSession extends SessionFacts {
  readonly id: string
  readonly host: string
  readonly pid: number
  /** Milliseconds since 1970, by the database's clock. */
  readonly begun: number
  /** When it was heard of last. */
  readonly renewed: number
  /** Whether its lease runs. Otherwise it has probably died, or its machine sleeps. */
  readonly isLive: boolean
  /** How many locks it holds. */
  readonly locks: number
}

/** The longest time of a statement about leases, in milliseconds. */
const LEASE_STATEMENT_MS = 4_000
/** A session looks at the clock with each renewal; a process without one, when this time is over. */
const MAX_CLOCK_AGE_MS = 60_000
/** How often a lock is tried whose holder changes meanwhile. */
const MAX_TRIES = 20

export class Sessions {
  readonly #database: Database
  readonly #lease: Database
  readonly #facts: SessionFacts
  readonly #times: LeaseTimes
  readonly #clock = new DatabaseClock()
  readonly #leaps = new LeapWatch()
  #session: Promise<Session> | undefined
  #isMeasuring = false
  #closing: Promise<void> | undefined

  private constructor(database: Database, lease: Database, facts: SessionFacts, times: LeaseTimes) {
    this.#database = database
    this.#lease = lease
    this.#facts = facts
    this.#times = times
  }

  /**
   * Reads the clock of the database. A session begins with the first lock.
   *
   * @throws StorageError
   */
  static async open(
    database: Database,
    options: DatabaseOptions,
    facts: SessionFacts,
    times: LeaseTimes = LEASE_TIMES,
  ): Promise<Sessions> {
    const lease = new Database({
      ...options,
      waitMs: 0,
      onWait: undefined,
      maxConnections: 1,
      connectMs: LEASE_STATEMENT_MS,
      statementMs: LEASE_STATEMENT_MS,
    })
    const sessions = new Sessions(database, lease, facts, times)
    await sessions.#measure(database)
    return sessions
  }

  /** Milliseconds since 1970 by the database's clock, whatever this machine's says. Never goes back. */
  now(): number {
    const isOld = this.#clock.ageMs > MAX_CLOCK_AGE_MS
    if ((this.#leaps.hasLeapt() || isOld) && !this.#isMeasuring) {
      // The machine may have slept. Its own clock may also be a little slow or fast.
      this.#isMeasuring = true
      void this.#measure(this.#lease)
        .catch(() => undefined)
        .finally(() => {
          this.#isMeasuring = false
        })
    }
    return this.#clock.now()
  }

  locks(kind: LockKind): Locks {
    return {
      tryTake: (name) => this.#tryTake(kind, name),
      isHeld: async (name) => (await this.#database.query(sql.IS_HELD, [kind, name])).length > 0,
      holder: async (name) => {
        const [row] = await this.#database.query(sql.HOLDER_FACTS, [kind, name])
        return row === undefined ? undefined : holderOf(row)
      },
      names: async () =>
        (await this.#database.query(sql.NAMES, [kind])).map((row) => String(row.name)),
    }
  }

  /** Whether there are names of locks that no living process holds. */
  async hasFree(kind: LockKind): Promise<boolean> {
    return (await this.#database.query(sql.FREE, [kind])).length > 0
  }

  /**
   * Within a transaction: takes part in it only while this lock is held, and ends the transaction
   * otherwise. The session cannot be ended before the transaction is.
   *
   * @param lock of this process, from {@link locks}
   * @throws StorageError of the kind `lost`
   */
  async check(lock: HeldLock, run: Run): Promise<void> {
    const held = ownLock(lock)
    this.#require(held, await run(sql.CHECK, held.key))
  }

  /**
   * Runs a transaction under a lock, with {@link check}. It is numbered in the database, so that one whose
   * answer was lost is not done twice. Those of one lock are done one after the other.
   *
   * @param work its statements; may be called several times
   * @throws StorageError of the kind `lost`: nothing was done, except if the connection broke during the
   *   commit and another process took the lock before it came back, which a recovery finds out
   */
  async commitOnce<T>(lock: HeldLock, work: (run: Run) => Promise<T>): Promise<T> {
    const held = ownLock(lock)
    return held.inTurn((number) => {
      let earlier: { readonly result: T } | undefined
      const commit = async (run: Run): Promise<T> => {
        if (earlier !== undefined) {
          const [row] = await run(sql.LAST_COMMIT, held.key)
          if (Number(row?.last_commit ?? 0) >= number) return earlier.result
        }
        const checked = run(sql.COMMIT, [...held.key, number]).then((rows) =>
          this.#require(held, rows),
        )
        const [, result] = await Promise.all([checked, work(run)])
        earlier = { result }
        return result
      }
      return this.#database.transaction(commit, { isRepeatable: true })
    })
  }

  /** As {@link listSessions}. */
  list(): Promise<LiveSession[]> {
    return listSessions(this.#database)
  }

  /** Ends the session, so that its locks are free at once. Doing it twice does nothing. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const session = await this.#session?.catch(() => undefined)
    await session?.stop()
    try {
      if (session !== undefined) await this.#lease.query(sql.CLOSE, [session.id])
    } catch (error) {
      // Its lease runs out by itself.
      if (!(error instanceof StorageError)) throw error
    } finally {
      await this.#lease.close()
    }
  }

  #require(held: SessionLock, rows: readonly unknown[]): void {
    if (rows.length > 0) return
    // A lock that was not released is only lost with its session.
    if (!held.isReleased) held.session.lose()
    throw new StorageError('lost', this.#database.place)
  }

  async #measure(database: Database): Promise<void> {
    const sentAt = performance.now()
    const [row] = await database.query(sql.CLOCK)
    this.#clock.note(Number(row?.now), sentAt)
  }

  async #tryTake(kind: LockKind, name: string): Promise<SessionLock | undefined> {
    const token = randomUUID()
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const session = await this.#current()
      const taken = await this.#database.query(sql.TAKE, [session.id, kind, name, token])
      if (taken.length > 0) return new SessionLock({ session, kind, name, token })
      const [row] = await this.#database.query(sql.HOLDER, [session.id, kind, name])
      const holder = row?.holder as { session: number; isLive: boolean; isFree: boolean } | null
      if (row?.alive !== true) session.lose()
      else if (holder?.isFree === false) {
        if (holder.isLive) return undefined
        await this.#end(holder.session)
      }
    }
    return undefined
  }

  /** The session of this process: a new one, where it has none that lives. */
  async #current(): Promise<Session> {
    const known = this.#session
    const session = await known?.catch(() => undefined)
    if (session !== undefined && !session.ended.aborted) return session
    // Another caller may have begun one meanwhile.
    if (this.#session === known) this.#session = this.#begin()
    return this.#current()
  }

  async #begin(): Promise<Session> {
    const { program, principal } = this.#facts
    const sentAt = performance.now()
    const { lease, patience } = this.#times
    const [row] = await this.#database.query(sql.BEGIN, [
      ...[hostname(), program, principal ?? null, process.pid],
      ...[lease, patience + this.#database.waitMs],
    ])
    this.#clock.note(Number(row?.now), sentAt)
    await this.#database.query(sql.PRUNE)
    return new Session({
      id: String(row?.id),
      lease: this.#lease,
      clock: this.#clock,
      times: this.#times,
      waitMs: this.#database.waitMs,
      begunAt: sentAt,
    })
  }

  /** Ends a session whose lease has run out, unless it is renewed within the time of grace. */
  async #end(session: number): Promise<void> {
    const values = [session, this.#times.grace]
    const [suspected] = await this.#database.query(sql.SUSPECT, values)
    if (suspected === undefined) return
    await sleep(Number(suspected.wait))
    await this.#database.query(sql.END, values)
  }
}

/** The processes that use the database, those that began first first. @throws StorageError */
export async function listSessions(database: Database): Promise<LiveSession[]> {
  const rows = await database.query(sql.LIST)
  return rows.map((row) => ({
    id: String(row.id),
    host: String(row.host),
    program: String(row.program),
    principal: row.principal === null ? undefined : String(row.principal),
    pid: Number(row.pid),
    begun: Number(row.begun),
    renewed: Number(row.renewed),
    isLive: row.is_live === true,
    locks: Number(row.locks),
  }))
}

function holderOf({ host, program, principal }: Row): LockHolder {
  const who = principal === null ? {} : { principal: String(principal) }
  return { host: String(host), program: String(program), ...who }
}

/** @throws Error for a lock of something else, which is a mistake in the program */
function ownLock(lock: HeldLock): SessionLock {
  if (lock instanceof SessionLock) return lock
  throw new Error('the lock is not one of this database')
}

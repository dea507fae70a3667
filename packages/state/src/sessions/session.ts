/** The session of this process: its lease, and the locks that hang on it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { StorageError } from '@chatlayer-tables/local'
import type { Database } from '../database.ts'
import { type DatabaseClock, LeapWatch } from './clock.ts'
import type { LeaseTimes } from './lease-times.ts'
import { RENEW } from './statements.ts'

/** How often it looks whether a renewal is due, in each time between two. It is due once the machine has slept. */
const TICKS = 5
/** The part of a lease in which what is sent takes effect before another process can take over. */
const CERTAIN = 0.8

export interface SessionParts {
  readonly id: string
  /** A connection of its own: renewals do not wait for other statements of a busy process. */
  readonly lease: Database
  readonly clock: DatabaseClock
  readonly times: LeaseTimes
  /** How long statements wait for a database that went away, in milliseconds. */
  readonly waitMs: number
  /** When its begin was sent, in milliseconds of performance.now(). */
  readonly begunAt: number
}

export class Session {
  readonly id: string
  readonly #parts: SessionParts
  readonly #end = new AbortController()
  readonly #timer: NodeJS.Timeout
  readonly #leaps = new LeapWatch()
  /** When the last renewal that succeeded was sent. */
  #renewedAt: number
  /** The same by the clock of this machine, which continues while it sleeps. */
  #renewedAtClock = Date.now()
  /** Since when renewals fail. */
  #failingSince: number | undefined
  #renewing: Promise<void> | undefined
  #isStopped = false
  /** Locks whose release did not reach the database. */
  #unreleased: (readonly unknown[])[] = []

  constructor(parts: SessionParts) {
    this.#parts = parts
    this.id = parts.id
    this.#renewedAt = parts.begunAt
    this.#timer = setInterval(() => this.#tick(), parts.times.renew / TICKS).unref()
  }

  /** Aborts when another process has ended the session, or may have. */
  get ended(): AbortSignal {
    return this.#end.signal
  }

  /** Notes that another process has ended it. */
  lose(): void {
    if (this.ended.aborted) return
    clearInterval(this.#timer)
    this.#end.abort(new StorageError('lost', this.#parts.lease.place))
  }

  /** See {@link HeldLock.certain}. */
  certain(): Promise<void> | undefined {
    this.ended.throwIfAborted()
    return this.#isCertain() ? undefined : this.#becomeCertain()
  }

  /** Frees a lock, now or with the next renewal: a lock that stays would keep others out. */
  async release(statement: string, values: readonly unknown[]): Promise<void> {
    if (this.ended.aborted || this.#isStopped) return
    try {
      await this.#parts.lease.query(statement, values)
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      this.#unreleased.push([statement, values])
    }
  }

  /** Ends the renewals. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#timer)
    await this.#renewing
  }

  #tick(): void {
    const now = performance.now()
    const hasLeapt = this.#leaps.hasLeapt()
    // After a failure it tries again with each tick.
    const isDue = now - this.#renewedAt >= this.#parts.times.renew || hasLeapt
    if (isDue) void this.#renewInTurn()
  }

  #isCertain(): boolean {
    const passed = [performance.now() - this.#renewedAt, Date.now() - this.#renewedAtClock]
    return Math.max(...passed) < this.#parts.times.lease * CERTAIN
  }

  async #becomeCertain(): Promise<void> {
    await this.#renewInTurn()
    this.ended.throwIfAborted()
    // The database is away.
    if (!this.#isCertain()) await sleep(this.#parts.times.renew / TICKS)
  }

  #renewInTurn(): Promise<void> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined
    })
    return this.#renewing
  }

  async #renew(): Promise<void> {
    const sentAt = performance.now()
    const sentAtClock = Date.now()
    try {
      const [row] = await this.#parts.lease.query(RENEW, [this.id, this.#parts.times.lease])
      if (row === undefined) {
        this.lose()
        return
      }
      this.#renewedAt = sentAt
      this.#renewedAtClock = sentAtClock
      this.#parts.clock.note(Number(row.now), sentAt)
      await this.#releaseRest()
      this.#failingSince = undefined
    } catch {
      this.#failingSince ??= performance.now()
      // Statements of the process have waited for the database as long as this, and failed.
      const { waitMs, times } = this.#parts
      const hasFailed = performance.now() - this.#failingSince > waitMs
      if (hasFailed && performance.now() - this.#renewedAt > times.lease) this.lose()
    }
  }

  async #releaseRest(): Promise<void> {
    for (let next = this.#unreleased[0]; next !== undefined; next = this.#unreleased[0]) {
      const [statement, values] = next as [string, readonly unknown[]]
      await this.#parts.lease.query(statement, values)
      this.#unreleased.shift()
    }
  }
}

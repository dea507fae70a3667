/** The connections of one process: opened when needed, closed when idle, given in the order of asking. */
import type { Socket } from 'node:net'
import type pg from 'pg'

export interface PoolOptions {
  readonly max: number
  /** Opens one that is ready for statements. */
  readonly connect: () => Promise<pg.Client>
}

/** After this time without use a connection is closed, so that idle programs do not fill the server. */
const IDLE_MS = 60_000
/** How long to wait until the server has closed a connection. */
const CLOSE_MS = 1_000

/** There is no connection to give. */
export class PoolError extends Error {
  /** Otherwise all connections are in use. */
  readonly isClosed: boolean

  constructor(isClosed: boolean) {
    super(isClosed ? 'the connections are closed' : 'all connections are in use')
    this.isClosed = isClosed
  }
}

interface Waiting {
  readonly resolve: (client: pg.Client | undefined) => void
  readonly reject: (error: unknown) => void
}

export class Pool {
  readonly #options: PoolOptions
  readonly #idle: pg.Client[] = []
  readonly #timers = new Map<pg.Client, NodeJS.Timeout>()
  readonly #ended = new WeakSet<pg.Client>()
  readonly #waiting: Waiting[] = []
  #count = 0
  #isClosed = false

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /**
   * Takes a connection, waiting for one that is in use where all are.
   *
   * @param waitMs how long to wait
   * @throws PoolError, and what connecting throws
   */
  async take(waitMs: number): Promise<pg.Client> {
    if (this.#isClosed) throw new PoolError(true)
    const idle = this.#takeIdle()
    if (idle !== undefined) return idle
    if (this.#count >= this.#options.max) {
      const given = await this.#wait(waitMs)
      if (given !== undefined) return given
    } else {
      this.#count += 1
    }
    return this.#connect()
  }

  /** Whether a connection is known to have ended. */
  hasEnded(client: pg.Client): boolean {
    return this.#ended.has(client)
  }

  /** @param isUsable whether it can run other statements */
  give(client: pg.Client, isUsable: boolean): void {
    const next = this.#waiting.shift()
    if (!isUsable || this.#isClosed || this.#ended.has(client)) {
      end(client)
      // Its place goes to the next, which connects.
      if (next === undefined) this.#count -= 1
      else next.resolve(undefined)
      return
    }
    if (next !== undefined) {
      next.resolve(client)
      return
    }
    // An idle connection does not keep the process from ending.
    socketOf(client).unref()
    this.#idle.push(client)
    const close = () => {
      this.#forget(client)
      end(client)
    }
    this.#timers.set(client, setTimeout(close, IDLE_MS).unref())
  }

  /** Closes what is idle now, and the others when they are given back. */
  async close(): Promise<void> {
    this.#isClosed = true
    const clients = [...this.#idle]
    for (const client of clients) this.#forget(client)
    for (const { reject } of this.#waiting.splice(0)) reject(new PoolError(true))
    await Promise.all(clients.map(end))
  }

  #takeIdle(): pg.Client | undefined {
    const client = this.#idle.pop()
    if (client === undefined) return undefined
    clearTimeout(this.#timers.get(client))
    this.#timers.delete(client)
    socketOf(client).ref()
    return client
  }

  async #connect(): Promise<pg.Client> {
    try {
      const client = await this.#options.connect()
      const onEnd = () => {
        this.#ended.add(client)
        this.#forget(client)
      }
      client.once('end', onEnd).once('error', onEnd)
      return client
    } catch (error) {
      const next = this.#waiting.shift()
      if (next === undefined) this.#count -= 1
      else next.resolve(undefined)
      throw error
    }
  }

  /** @returns undefined for the place of a connection that ended */
  #wait(waitMs: number): Promise<pg.Client | undefined> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
        reject(new PoolError(false))
      }, waitMs)
      const waiting: Waiting = {
        resolve: (client) => {
          clearTimeout(timer)
          resolve(client)
        },
        reject: (error) => {
          clearTimeout(timer)
          reject(error)
        },
      }
      this.#waiting.push(waiting)
    })
  }

  /** Removes a connection that is idle. */
  #forget(client: pg.Client): void {
    const index = this.#idle.indexOf(client)
    if (index < 0) return
    this.#idle.splice(index, 1)
    clearTimeout(this.#timers.get(client))
    this.#timers.delete(client)
    this.#count -= 1
  }
}

/** Closes a connection. A network that lost it does not say so; then it is destroyed. */
async function end(client: pg.Client): Promise<void> {
  const socket = socketOf(client)
  const timer = setTimeout(() => socket.destroy(), CLOSE_MS).unref()
  socket.ref()
  await client.end().catch(() => undefined)
  clearTimeout(timer)
}

function socketOf(client: pg.Client): Socket {
  return client.connection.stream as Socket
}

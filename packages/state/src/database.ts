/** The connections to the database that machines share. */
import { StorageError } from '@chatlayer-tables/local'
import { connectPostgres, postgresName } from '@chatlayer-tables/sources/postgres'
import type pg from 'pg'

export interface DatabaseOptions {
  /** Such as `postgres://user@host/database`; without a password. */
  readonly address: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** The password of a saved connection, in place of one from the environment. */
  readonly secret?: string | undefined
}

export type Row = Record<string, unknown>

/** Runs statements of one transaction, in their order. */
export type Run = (text: string, values?: readonly unknown[]) => Promise<Row[]>

/** How many connections a process has at most. */
const MAX_CONNECTIONS = 4

export class Database implements AsyncDisposable {
  /** The address without password and parameters, for messages. */
  readonly place: string
  readonly #options: DatabaseOptions
  readonly #idle: pg.Client[] = []
  readonly #waiting: (() => void)[] = []
  #count = 0

  /** Connects with the first statement. @throws InvalidInputError for an invalid address */
  constructor(options: DatabaseOptions) {
    this.#options = options
    this.place = postgresName(options)
  }

  /** Runs one statement. @throws StorageError */
  async query(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.#use(async (client) => (await client.query<Row>(text, [...values])).rows)
  }

  /**
   * Runs a text of several statements, and returns the rows of all of them. For libraries that make
   * their own SQL.
   */
  async script(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.#use(async (client) => {
      try {
        // The types of pg know of one result only.
        const results = (await client.query<Row>(text, [...values])) as unknown
        return (Array.isArray(results) ? results : [results]).flatMap(({ rows }) => rows as Row[])
      } catch (error) {
        // A text that begins a transaction does not get to its end.
        await client.query('rollback').catch(() => undefined)
        throw error
      }
    })
  }

  /** Runs statements as one transaction; any error takes it back. @throws StorageError */
  async transaction<T>(work: (run: Run) => Promise<T>): Promise<T> {
    return this.#use(async (client) => {
      const run: Run = async (text, values = []) =>
        (await client.query<Row>(text, [...values])).rows
      await run('begin')
      try {
        const result = await work(run)
        await run('commit')
        return result
      } catch (error) {
        await run('rollback').catch(() => undefined)
        throw error
      }
    })
  }

  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((client) => client.end()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #use<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = await this.#take()
    let isUsable = true
    try {
      return await work(client)
    } catch (error) {
      // The server's own errors have a code of five letters and digits; any other ends the connection.
      isUsable =
        error instanceof Error && 'code' in error && /^[\dA-Z]{5}$/.test(String(error.code))
      if (isUsable) throw error
      throw new StorageError('unreachable', this.place, { cause: error })
    } finally {
      if (isUsable) this.#idle.push(client)
      else this.#drop(client)
      this.#waiting.shift()?.()
    }
  }

  async #take(): Promise<pg.Client> {
    for (;;) {
      const idle = this.#idle.pop()
      if (idle !== undefined) return idle
      if (this.#count < MAX_CONNECTIONS) break
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    this.#count += 1
    try {
      return await connectPostgres(this.#options)
    } catch (error) {
      this.#count -= 1
      throw new StorageError('unreachable', this.place, { cause: error })
    }
  }

  #drop(client: pg.Client): void {
    this.#count -= 1
    void client.end().catch(() => undefined)
  }
}

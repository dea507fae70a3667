/** The connections to the database that machines share. */
import { setTimeout as sleep } from 'node:timers/promises'
import { StorageError } from '@chatlayer-tables/local'
import { connectPostgres, postgresName } from '@chatlayer-tables/sources/postgres'
import type pg from 'pg'
import {
  type Failure,
  failureOfStatement,
  failureToConnect,
  isServerError,
  storageErrorOfFailure,
} from './database/failure.ts'
import { Pool, PoolError } from './database/pool.ts'
import { connectionSettings, responseLimit, STATEMENT_MS, waitOf } from './database/settings.ts'
import { SCHEMA } from './migrations/migration.ts'

export interface DatabaseOptions {
  /** Such as `postgres://user@host/database`; without a password. */
  readonly address: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** The password of a saved connection, in place of one from the environment. */
  readonly secret?: string | undefined
  /**
   * How long statements wait for a database that went away, in milliseconds (default: of the variable
   * `CHATLAYER_STATE_WAIT`, 30 seconds without it). The wait is counted from the moment it went away.
   */
  readonly waitMs?: number | undefined
  /** Ends such waits: statements are then tried once. */
  readonly signal?: AbortSignal | undefined
  /** Called once each time that statements begin to wait. @param place the address without a password */
  readonly onWait?: ((place: string) => void) | undefined
  /** How many connections it has at most (default: 4). */
  readonly maxConnections?: number | undefined
  /** How long to wait for a connection, in milliseconds (default: 10 seconds). */
  readonly connectMs?: number | undefined
  /** The longest time that a statement runs, in milliseconds (default: 20 seconds). */
  readonly statementMs?: number | undefined
}

export type Row = Record<string, unknown>

/**
 * Runs a statement of a transaction. Those that are not awaited one by one are sent together, and run in
 * their order. An error of the server has its SQLSTATE as `code`.
 */
export type Run = (text: string, values?: readonly unknown[]) => Promise<Row[]>

export interface TransactionOptions {
  /**
   * Whether doing all of it twice is as good as once. Otherwise, if the connection breaks while the
   * transaction is being committed, a StorageError says that the outcome is not known.
   */
  readonly isRepeatable?: boolean | undefined
  /** The longest time of each statement, in milliseconds, in place of that of the database. */
  readonly statementMs?: number | undefined
}

const MAX_CONNECTIONS = 4
const CONNECT_MS = 10_000
/** A connection that broke is replaced sooner than this. */
const NOTICE_MS = 1_000
const MIN_PAUSE_MS = 50
const MAX_PAUSE_MS = 1_000

/** Why a statement or a commit failed, on its way to the loop that repeats. */
class StatementError extends Error {
  readonly failure: Failure
  /** Whether a commit was sent that had no response. */
  readonly isCommitOpen: boolean

  constructor(failure: Failure, isCommitOpen = false) {
    super('a statement failed')
    this.failure = failure
    this.isCommitOpen = isCommitOpen
  }

  /** The SQLSTATE of an error of the server. */
  get code(): string | undefined {
    const { error } = this.failure
    return isServerError(error) ? error.code : undefined
  }
}

export class Database implements AsyncDisposable {
  /** The address without password and parameters, for messages. */
  readonly place: string
  /** How long statements wait for a database that went away, in milliseconds. */
  readonly waitMs: number
  readonly #options: DatabaseOptions
  readonly #statementMs: number
  readonly #connectMs: number
  readonly #pool: Pool
  /** Since when no statement has succeeded, in milliseconds of performance.now(). */
  #awaySince: number | undefined
  #hasNoticed = false
  #hasConnected = false

  /**
   * Connects with the first statement.
   *
   * @throws InvalidInputError for an invalid address, ConfigurationError for an invalid wait
   */
  constructor(options: DatabaseOptions) {
    this.#options = options
    this.place = postgresName(options)
    this.waitMs = options.waitMs ?? waitOf(options.env)
    this.#statementMs = options.statementMs ?? STATEMENT_MS
    this.#connectMs = options.connectMs ?? CONNECT_MS
    this.#pool = new Pool({
      max: options.maxConnections ?? MAX_CONNECTIONS,
      connect: () => this.#connect(),
    })
  }

  /**
   * Runs one statement, which may be done twice without harm: a read, or a write that leaves the same.
   * It is repeated while the database is away.
   *
   * @throws StorageError
   */
  async query(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.#repeat(
      () => this.#use(async (client) => (await this.#send(client, text, values)).rows),
      true,
    )
  }

  /**
   * Runs statements as one transaction; any error takes it back.
   *
   * @param work may be called several times: what it does besides its statements must be repeatable
   * @throws StorageError, and what `work` throws
   */
  async transaction<T>(
    work: (run: Run) => Promise<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    return this.#repeat(
      () => this.#use((client) => this.#runTransaction(client, work, options)),
      options.isRepeatable ?? false,
    )
  }

  /**
   * Runs a text of several statements, and returns the rows of all of them. For libraries that make
   * their own SQL: it is not repeated once it was sent.
   *
   * @throws StorageError
   */
  async script(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.#repeat(() => this.#use((client) => this.#runScript(client, text, values)), false)
  }

  async close(): Promise<void> {
    await this.#pool.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #runScript(client: pg.Client, text: string, values: readonly unknown[]): Promise<Row[]> {
    try {
      // The types of pg know of one result only.
      const results = (await this.#send(client, text, values)) as unknown
      return (Array.isArray(results) ? results : [results]).flatMap(({ rows }) => rows as Row[])
    } catch (error) {
      if (!(error instanceof StatementError)) throw error
      if (error.failure.kind === 'connection') throw new StatementError(error.failure, true)
      // A text that begins a transaction has not come to its end.
      await this.#send(client, 'rollback', []).catch(() => undefined)
      throw error
    }
  }

  async #runTransaction<T>(
    client: pg.Client,
    work: (run: Run) => Promise<T>,
    { statementMs }: TransactionOptions,
  ): Promise<T> {
    let first: StatementError | undefined
    let isOver = false
    const run: Run = (text, values = []) => {
      // A part of `work` may still run after another has failed: outside the transaction it must do nothing.
      if (isOver) return Promise.reject(new Error('the transaction has ended'))
      const sent = this.#send(client, text, values, statementMs).then(({ rows }) => rows)
      // Of statements sent together, the first that fails is the reason; `work` may not await the others.
      sent.catch((error: unknown) => {
        if (error instanceof StatementError) first ??= error
      })
      return sent
    }
    const limit = statementMs === undefined ? '' : `; set local statement_timeout = ${statementMs}`
    const begun = run(`begin${limit}`)
    let result: T
    try {
      result = await work(run)
      await begun
    } catch (error) {
      isOver = true
      if (first?.failure.kind !== 'connection') {
        await this.#send(client, 'rollback', []).catch(() => undefined)
      }
      // What cannot be repeated is for `work` to judge: it may expect a conflict.
      const isJudged = first?.failure.kind === 'final' && !(error instanceof StatementError)
      throw isJudged ? error : (first ?? error)
    }
    isOver = true
    await this.#commit(client, first)
    return result
  }

  async #commit(client: pg.Client, failed: StatementError | undefined): Promise<void> {
    // Such as by the server, which ends a transaction that stops in the middle.
    const isLost = this.#pool.hasEnded(client)
    const { command } = await this.#send(client, 'commit', []).catch((error: unknown) => {
      const isOpen = error instanceof StatementError && error.failure.kind === 'connection'
      throw isOpen ? new StatementError(error.failure, !isLost && failed === undefined) : error
    })
    // The server rolls back where a statement failed, whatever `work` made of it.
    if (command !== 'COMMIT') throw failed ?? new Error('the transaction was not committed')
  }

  async #send(
    client: pg.Client,
    text: string,
    values: readonly unknown[],
    statementMs = this.#statementMs,
  ): Promise<pg.QueryResult<Row>> {
    const limit = { query_timeout: responseLimit(statementMs) }
    try {
      return await client.query<Row>({ text, values: [...values], ...limit })
    } catch (error) {
      throw new StatementError(failureOfStatement(error))
    }
  }

  async #use<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = await this.#pool.take(Math.max(this.waitMs, this.#connectMs)).catch((error) => {
      if (error instanceof PoolError) throw this.#poolError(error)
      throw new StatementError(failureToConnect(error, this.#hasConnected))
    })
    let isUsable = true
    try {
      return await work(client)
    } catch (error) {
      const kind = error instanceof StatementError ? error.failure.kind : undefined
      isUsable = kind !== 'connection' && kind !== 'standby'
      throw error
    } finally {
      this.#pool.give(client, isUsable)
    }
  }

  async #connect(): Promise<pg.Client> {
    const { address, env, secret } = this.#options
    const limit = this.#connectMs
    const signal = AbortSignal.timeout(limit)
    const client = await connectPostgres({ address, env, secret, signal })
    try {
      const text = connectionSettings(SCHEMA, this.#statementMs)
      await client.query({ text, query_timeout: limit } as pg.QueryConfig)
    } catch (error) {
      void client.end().catch(() => undefined)
      throw error
    }
    // Statements that do not wait for each other share one trip to the server.
    Object.assign(client, { pipeline: true })
    this.#hasConnected = true
    return client
  }

  /** Repeats while the database is away, within the bound. */
  async #repeat<T>(attempt: () => Promise<T>, isRepeatable: boolean): Promise<T> {
    let failedAt: number | undefined
    for (let pause = MIN_PAUSE_MS; ; pause = Math.min(2 * pause, MAX_PAUSE_MS)) {
      try {
        const result = await attempt()
        this.#awaySince = undefined
        this.#hasNoticed = false
        return result
      } catch (error) {
        if (!(error instanceof StatementError)) throw error
        const { failure, isCommitOpen } = error
        if (isCommitOpen && !isRepeatable) throw this.#unknownOutcome()
        failedAt ??= performance.now()
        const isAway = failure.kind === 'connection' || failure.kind === 'standby'
        if (isAway) this.#awaySince ??= performance.now()
        if (failure.kind === 'final' || this.#isOver(failedAt)) {
          throw storageErrorOfFailure(failure, this.place)
        }
      }
      // A random part keeps processes from coming back in step.
      const { signal } = this.#options
      await sleep(pause * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined)
      this.#notice()
    }
  }

  /** Tells the program that statements wait, once in each time away. */
  #notice(): void {
    const since = this.#awaySince ?? performance.now()
    if (this.#hasNoticed || performance.now() - since < NOTICE_MS) return
    this.#hasNoticed = true
    this.#options.onWait?.(this.place)
  }

  #isOver(failedAt: number): boolean {
    if (this.#options.signal?.aborted === true) return true
    const since = Math.min(this.#awaySince ?? failedAt, failedAt)
    return performance.now() - since >= this.waitMs
  }

  #poolError({ isClosed }: PoolError): Error {
    if (isClosed) return new Error(`the state in ${this.place} is closed`)
    return new StorageError('locked', this.place, {
      message: `all connections of this process to ${this.place} are in use, for too long`,
      hint: 'Run the command again, with fewer things at once.',
    })
  }

  #unknownOutcome(): StorageError {
    return new StorageError('unreachable', this.place, {
      message: `the connection to ${this.place} broke, and the outcome of the last statement is not known`,
      hint: 'Check what was stored before you run the command again.',
    })
  }
}

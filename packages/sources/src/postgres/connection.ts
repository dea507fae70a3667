/** One connection to a server, for one reading. */
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import pg from 'pg'
import copyStreams from 'pg-copy-streams'
import { type ConnectInput, connect } from './connect.ts'
import { type ErrorContext, postgresError } from './errors.ts'

/** A row as the server writes it in text, in the order of the columns. */
export type TextRow = (string | null)[]

/** What the server says of a column of a query. */
export type Field = Pick<pg.FieldDef, 'name' | 'dataTypeID' | 'dataTypeModifier'>

/** Gives values as the server's text. The parsers of the library itself belong to the whole process. */
const AS_TEXT = { getTypeParser: () => (text: string) => text } as pg.CustomTypesConfig

/** How long to wait until the server has stopped a query, in milliseconds. */
const CANCEL_MS = 5_000

/** How long to wait until the server has closed a connection, in milliseconds. */
const CLOSE_MS = 2_000

export class PostgresConnection implements AsyncDisposable {
  readonly #client: pg.Client
  readonly #socket: Socket
  readonly #input: ConnectInput
  /** What broke the connection. */
  #failure: unknown
  /** The process of the server, to be stopped. */
  #process: string | undefined

  private constructor(client: pg.Client, socket: Socket, input: ConnectInput) {
    this.#client = client
    this.#socket = socket
    this.#input = input
    client.on('error', (error) => {
      this.#failure ??= error
    })
  }

  /** @throws InvalidInputError, SideError */
  static async open(input: ConnectInput): Promise<PostgresConnection> {
    const { client, socket } = await connect(input)
    return new PostgresConnection(client, socket, input)
  }

  /** Remembers the process of the server, so that {@link cancel} can stop it. */
  async identify(): Promise<void> {
    const [[process] = []] = await this.rows('select pg_backend_pid()')
    this.#process = process ?? undefined
  }

  /**
   * Runs one statement, and one only.
   *
   * @throws InvalidInputError, SideError
   */
  async rows(text: string, values: readonly unknown[] = []): Promise<TextRow[]> {
    return (await this.#run(text, values, this.#input.context)).rows
  }

  /** The columns of a statement of the user that gives no rows, such as `fetch 0`. */
  async fields(text: string, context: ErrorContext): Promise<readonly Field[]> {
    return (await this.#run(text, [], context)).fields
  }

  /** Runs a statement that changes rows, and returns their number. */
  async change(text: string, values: readonly unknown[] = []): Promise<number> {
    return (await this.#run(text, values, this.#input.context)).rowCount ?? 0
  }

  /** Runs `copy … from stdin` with this text. */
  async copyIn(text: string, data: string): Promise<void> {
    const stream = this.#client.query(copyStreams.from(text))
    try {
      await new Promise<void>((resolve, reject) => {
        stream.once('finish', resolve).once('error', reject)
        stream.end(data)
      })
    } catch (error) {
      throw this.error(error)
    }
  }

  /** A query that gives its rows one by one. */
  stream(text: string): { readonly query: pg.Query; readonly stream: Duplex } {
    const query = new pg.Query(config(text, []))
    this.#client.query(query)
    return { query, stream: this.#client.connection.stream }
  }

  /** The error to throw for one of the library. */
  error(error: unknown, context: ErrorContext = this.#input.context): unknown {
    const { signal } = this.#input
    if (signal?.aborted === true) return signal.reason
    const isServers = (error as { readonly severity?: unknown } | null)?.severity !== undefined
    return postgresError(isServers ? error : (this.#failure ?? error), context)
  }

  async #run(text: string, values: readonly unknown[], context: ErrorContext) {
    try {
      return await this.#client.query<TextRow>(config(text, values))
    } catch (error) {
      throw this.error(error, context)
    }
  }

  /** Stops what the server is doing, and closes the connection. */
  async cancel(): Promise<void> {
    if (this.#process !== undefined && !this.#socket.destroyed) {
      try {
        const signal = AbortSignal.timeout(CANCEL_MS)
        await using other = await PostgresConnection.open({ ...this.#input, signal })
        await other.rows('select pg_cancel_backend($1::int)', [this.#process])
      } catch {
        // Then it stops when it notices that the connection is closed.
      }
    }
    this.#socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.destroyed) return
    const closed = new Promise((done) => {
      this.#socket.once('close', done)
      // A network that lost the connection does not say so.
      setTimeout(done, CLOSE_MS).unref()
    })
    await Promise.race([this.#client.end(), closed])
    this.#socket.destroy()
  }
}

/** With the extended protocol, which takes one statement and no more. */
function config(text: string, values: readonly unknown[]): pg.QueryArrayConfig {
  const own = { queryMode: 'extended' }
  return { ...own, text, values: [...values], rowMode: 'array', types: AS_TEXT }
}

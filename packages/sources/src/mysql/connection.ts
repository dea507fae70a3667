/** One connection to a server. */
import { readFile } from 'node:fs/promises'
import { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { InvalidInputError } from '@chatlayer-tables/core'
import mysql, { type Connection, type PrepareStatementInfo, type SslOptions } from 'mysql2'
import type { SideInput } from '../open-side.ts'
import { type ErrorContext, mysqlError } from './errors.ts'
import type { MysqlSettings } from './settings.ts'

export interface ConnectInput extends Pick<SideInput, 'env' | 'secret' | 'signal'> {
  readonly settings: MysqlSettings
  readonly context: ErrorContext
}

/** Without these, the server could ask for a file of this machine, or functions would be parsed otherwise. */
const WITHOUT_FLAGS = [
  '-LOCAL_FILES',
  '-IGNORE_SPACE',
  '-ODBC',
  '-MULTI_RESULTS',
  '-PS_MULTI_RESULTS',
]

/**
 * Timestamps are shown in UTC whatever the zone of the server. Limits of time are for programs that wait: a
 * reader may be slow. The limits of a query have a name in MariaDB and another one in MySQL, which reads
 * comments with its own version, and not those of MariaDB.
 */
const SESSION =
  "set session time_zone = '+00:00', net_write_timeout = 86400, net_read_timeout = 86400, wait_timeout = 86400" +
  ' /*M!100101 , max_statement_time = 0 */ /*!50708 , max_execution_time = 0 */'

/** How long to wait until the server has stopped a query, in milliseconds. */
const CANCEL_MS = 5_000

/** A statement that was prepared, whose columns the types of the library do not describe. */
export type Statement = PrepareStatementInfo & {
  readonly columns: readonly mysql.FieldPacket[]
  readonly parameters: readonly unknown[]
}

export class MysqlConnection implements AsyncDisposable {
  readonly connection: Connection
  /** Below TLS, if there is any. */
  readonly socket: Socket
  readonly #input: ConnectInput
  /** Whether rows are still to come. */
  #isBusy = false

  private constructor(connection: Connection, socket: Socket, input: ConnectInput) {
    this.connection = connection
    this.socket = socket
    this.#input = input
  }

  /**
   * Connects, in the ways that `ssl-mode` allows.
   *
   * @throws InvalidInputError, SideError
   */
  static async open(input: ConnectInput): Promise<MysqlConnection> {
    const { signal, context, settings } = input
    signal?.throwIfAborted()
    try {
      if (settings.sslMode === 'disabled') return await MysqlConnection.#connect(input, undefined)
      const tls = await tlsOptions(settings)
      return await MysqlConnection.#connect(input, tls).catch(async (error: unknown) => {
        const hasTls = (error as { code?: string }).code !== 'HANDSHAKE_NO_SSL_SUPPORT'
        if (hasTls || settings.sslMode !== 'preferred') throw error
        return await MysqlConnection.#connect(input, undefined)
      })
    } catch (error) {
      signal?.throwIfAborted()
      throw mysqlError(error, context)
    }
  }

  static async #connect(
    input: ConnectInput,
    ssl: SslOptions | undefined,
  ): Promise<MysqlConnection> {
    const { settings, signal, secret, env } = input
    const socket = connectSocket(settings)
    const abort = () => void socket.destroy()
    signal?.addEventListener('abort', abort)
    try {
      const connection = mysql.createConnection({
        stream: () => socket,
        host: settings.host,
        port: settings.port,
        ...(settings.socket === undefined ? {} : { socketPath: settings.socket }),
        user: settings.user,
        password: secret || env.MYSQL_PWD || '',
        ...(settings.database === undefined ? {} : { database: settings.database }),
        ...(ssl === undefined ? {} : { ssl }),
        // Managed databases take a token so. Only a server that proved who it is gets one in plain text.
        enableCleartextPlugin: settings.sslMode === 'verify-identity',
        connectTimeout: settings.connectTimeoutMs,
        flags: WITHOUT_FLAGS,
        charset: 'utf8mb4',
        connectAttributes: { program_name: 'chatlayer-tables' },
        rowsAsArray: true,
        dateStrings: true,
        supportBigNumbers: true,
        bigNumberStrings: true,
        jsonStrings: true,
      } as mysql.ConnectionOptions)
      // An error without a command, or of one that streams, is only told here.
      connection.on('error', () => {})
      await new Promise<void>((resolve, reject) => {
        connection.connect((error) =>
          error === null ? resolve() : reject(withCertificateProblem(error, connection)),
        )
      })
      return new MysqlConnection(connection, socket, input)
    } catch (error) {
      socket.destroy()
      throw error
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  /** Sets up the session, and begins a transaction that reads one snapshot. */
  async begin(): Promise<void> {
    await this.rows(SESSION)
    await this.rows('set session transaction isolation level repeatable read')
    await this.rows('start transaction with consistent snapshot, read only')
  }

  /** Runs a statement of ours. @throws SideError */
  async rows(sql: string, values: readonly string[] = []): Promise<unknown[][]> {
    return await this.#settle<unknown[][]>(this.#input.context, (done) => {
      this.connection.query(sql, [...values], done as never)
    })
  }

  /** Runs a statement that changes rows, and returns their number. @throws SideError */
  async change(sql: string): Promise<number> {
    const { affectedRows } = await this.#settle<mysql.ResultSetHeader>(
      this.#input.context,
      (done) => {
        this.connection.query(sql, done as never)
      },
    )
    return affectedRows
  }

  /** Has the server parse a statement, which it does not run. @throws InvalidInputError, SideError */
  async prepare(sql: string, context: ErrorContext): Promise<Statement> {
    return await this.#settle<Statement>(context, (done) => {
      this.connection.prepare(sql, done as never)
    })
  }

  async #settle<T>(
    context: ErrorContext,
    run: (done: (error: unknown, result: T) => void) => void,
  ): Promise<T> {
    try {
      return await new Promise<T>((resolve, reject) => {
        run((error, result) => (error == null ? resolve(result) : reject(error)))
      })
    } catch (error) {
      this.#input.signal?.throwIfAborted()
      throw mysqlError(error, context)
    }
  }

  set isBusy(isBusy: boolean) {
    this.#isBusy = isBusy
  }

  /** Closes the connection at once, and stops what the server is doing for it. */
  async cancel(): Promise<void> {
    const isRunning = this.#isBusy && !this.socket.destroyed
    this.destroy()
    if (!isRunning) return
    try {
      const signal = AbortSignal.timeout(CANCEL_MS)
      await using other = await MysqlConnection.open({ ...this.#input, signal })
      await other.rows(`kill query ${this.connection.threadId}`)
    } catch {
      // The server stops when it finds the connection closed.
    }
  }

  /** Closes the connection at once. */
  destroy(): void {
    this.connection.destroy()
    this.socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isBusy) return await this.cancel()
    if (!this.socket.destroyed) {
      const closed = new Promise((resolve) => this.socket.once('close', resolve))
      await Promise.race([closed, new Promise((resolve) => this.connection.end(resolve))])
    }
    this.destroy()
  }
}

/** The library replaces the code of every error of TLS; the socket still has the one of a certificate. */
function withCertificateProblem(error: mysql.QueryError, connection: Connection): unknown {
  if (error.code !== 'HANDSHAKE_SSL_ERROR') return error
  const { stream } = connection as Connection & { readonly stream?: Partial<TLSSocket> }
  return Object.assign(error, { code: String(stream?.authorizationError ?? 'EPROTO') })
}

function connectSocket({ host, port, socket: path }: MysqlSettings): Socket {
  const socket = new Socket()
  socket.setKeepAlive(true, 30_000)
  socket.setNoDelay(true)
  if (path === undefined) socket.connect({ host, port })
  else socket.connect({ path })
  // The library leaves the name that a certificate must have to Node, which takes this one. Without it,
  // the certificate of an IP address would have to be for `localhost`.
  return Object.assign(socket, { _host: host })
}

async function tlsOptions(settings: MysqlSettings): Promise<SslOptions> {
  const { sslMode, sslCa, sslCert, sslKey } = settings
  const [ca, cert, key] = await Promise.all([
    certificate('ssl-ca', sslCa),
    certificate('ssl-cert', sslCert),
    certificate('ssl-key', sslKey),
  ])
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    rejectUnauthorized: sslMode === 'verify-ca' || sslMode === 'verify-identity',
    verifyIdentity: sslMode === 'verify-identity',
  }
}

async function certificate(name: string, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new InvalidInputError(`${path} cannot be read (${code})`, {
      field: 'address',
      hint: `It is the file of ${name}.`,
    })
  }
}

/** A server that speaks as much of MySQL's protocol as a reading needs, and fails where a test wants it to. */
import { createServer, type Server, type Socket } from 'node:net'
import { type SecureContextOptions, TLSSocket } from 'node:tls'

/** A column of the answer: its name, and the numbers of the protocol. */
export interface FakeColumn {
  readonly name: string
  readonly type: number
  readonly length?: number
  readonly charset?: number
  readonly flags?: number
}

export interface FakeMysqlOptions {
  readonly columns?: readonly FakeColumn[]
  /** Rows of the binary protocol: the bytes of each value, null for null. */
  readonly rows?: Iterable<readonly (Buffer | null)[]>
  /** The plugin that is asked for; `mysql_native_password` lets everybody in. */
  readonly plugin?: string
  /** The rows of a statement that is not prepared; none for undefined, as of `set`. */
  readonly answer?: (statement: string) => readonly (readonly string[])[] | undefined
  /** Offers TLS with this certificate. */
  readonly tls?: SecureContextOptions
  /** Where the server stops: with an error, by closing the connection, or by saying nothing. */
  readonly fail?: {
    readonly at: 'hello' | 'login' | 'query' | 'prepare' | 'rows'
    readonly by: 'close' | 'silence' | { readonly errno: number; readonly message: string }
  }
}

export interface FakeMysql extends AsyncDisposable {
  readonly port: number
  /** The statements that were received. */
  readonly statements: string[]
  /** What clients sent when they logged in, as latin1. */
  readonly logins: string[]
}

const PROTOCOL_41 = 0x200
const SSL = 0x800
const SECURE = 0x8000
const PLUGIN_AUTH = 0x80000
const LONG_PASSWORD_AND_DB = 0x1 | 0x8
const QUERY = 3
const PREPARE = 22
const EXECUTE = 23
const QUIT = 1

export async function startFakeMysql(options: FakeMysqlOptions = {}): Promise<FakeMysql> {
  const sockets = new Set<Socket>()
  const statements: string[] = []
  const logins: string[] = []
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    new FakeSession(socket, options, statements, logins).start()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    statements,
    logins,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

class FakeSession {
  #socket: Socket
  readonly #options: FakeMysqlOptions
  readonly #statements: string[]
  readonly #logins: string[]
  #sequence = 0
  #rest: Buffer = Buffer.alloc(0)
  #state: 'login' | 'switched' | 'commands' = 'login'

  constructor(socket: Socket, options: FakeMysqlOptions, statements: string[], logins: string[]) {
    this.#socket = socket
    this.#options = options
    this.#statements = statements
    this.#logins = logins
  }

  start(): void {
    this.#socket.on('data', this.#onData)
    if (this.#fails('hello')) return
    const flags =
      PROTOCOL_41 | SECURE | PLUGIN_AUTH | LONG_PASSWORD_AND_DB | (this.#options.tls ? SSL : 0)
    this.#send(
      Buffer.concat([
        Buffer.from('\x0a8.4.0\0', 'latin1'),
        int(1, 4),
        Buffer.from('12345678\0', 'latin1'),
        int(flags & 0xffff, 2),
        Buffer.from([255]),
        int(2, 2),
        int(flags >>> 16, 2),
        Buffer.from([21]),
        Buffer.alloc(10),
        Buffer.from('123456789012\0mysql_native_password\0', 'latin1'),
      ]),
    )
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#rest = Buffer.concat([this.#rest, chunk])
    while (this.#rest.length >= 4) {
      const length = this.#rest.readUIntLE(0, 3)
      if (this.#rest.length < 4 + length) return
      this.#sequence = (this.#rest[3] ?? 0) + 1
      const packet = this.#rest.subarray(4, 4 + length)
      this.#rest = this.#rest.subarray(4 + length)
      if (this.#state === 'commands') this.#command(packet)
      else this.#login(packet)
    }
  }

  #login(packet: Buffer): void {
    const isTlsRequest = packet.length === 32 && (packet.readUInt32LE(0) & SSL) !== 0
    if (isTlsRequest && this.#options.tls !== undefined) {
      this.#socket.off('data', this.#onData)
      this.#socket.pause()
      // The client may have begun with TLS already.
      this.#socket.unshift(this.#rest)
      this.#rest = Buffer.alloc(0)
      this.#socket = new TLSSocket(this.#socket, { isServer: true, ...this.#options.tls })
      this.#socket.on('error', () => {})
      this.#socket.on('data', this.#onData)
      return
    }
    this.#logins.push(packet.toString('latin1'))
    const { plugin } = this.#options
    if (plugin !== undefined && this.#state === 'login') {
      this.#state = 'switched'
      this.#send(Buffer.from(`\xfe${plugin}\x0012345678901234567890\0`, 'latin1'))
      return
    }
    if (this.#fails('login')) return
    this.#state = 'commands'
    this.#ok()
  }

  #command(packet: Buffer): void {
    const [code] = packet
    const statement = packet.subarray(1).toString()
    if (code === QUIT) this.#socket.end()
    else if (code === QUERY) {
      this.#statements.push(statement)
      if (this.#fails('query')) return
      const isSelect = statement.startsWith('select')
      const rows = this.#options.answer?.(statement) ?? (isSelect ? [] : undefined)
      if (rows === undefined) this.#ok()
      else this.#answer(rows)
    } else if (code === PREPARE) {
      this.#statements.push(statement)
      if (!this.#fails('prepare')) this.#prepared()
    } else if (code === EXECUTE) this.#execute()
  }

  /** Rows of text, in the text protocol. */
  #answer(rows: readonly (readonly string[])[]): void {
    const width = rows[0]?.length ?? 1
    this.#send(int(width, 1))
    this.#columns(Array.from({ length: width }, (_, at) => ({ name: `c${at}`, type: 253 })))
    for (const row of rows) this.#send(Buffer.concat(row.map(lengthCoded)))
    this.#end()
  }

  #prepared(): void {
    const { columns = [] } = this.#options
    this.#send(
      Buffer.concat([Buffer.from([0]), int(1, 4), int(columns.length, 2), Buffer.alloc(5)]),
    )
    if (columns.length > 0) this.#columns(columns)
  }

  #execute(): void {
    const { columns = [], rows = [] } = this.#options
    this.#send(int(columns.length, 1))
    this.#columns(columns)
    for (const row of rows) {
      const nulls = Buffer.alloc(Math.floor((row.length + 9) / 8))
      for (const [index, value] of row.entries()) {
        const bit = index + 2
        if (value === null) nulls[bit >> 3] = (nulls[bit >> 3] ?? 0) | (1 << (bit & 7))
      }
      this.#send(Buffer.concat([Buffer.from([0]), nulls, ...row.filter((value) => value !== null)]))
    }
    if (!this.#fails('rows')) this.#end()
  }

  #columns(columns: readonly FakeColumn[]): void {
    for (const { name, type, length = 1020, charset = 255, flags = 0 } of columns) {
      const texts = ['def', 'shop', 'stores', 'stores', name, name].map(lengthCoded)
      const numbers = [int(12, 1), int(charset, 2), int(length, 4), int(type, 1), int(flags, 2)]
      this.#send(Buffer.concat([...texts, ...numbers, Buffer.alloc(3)]))
    }
    this.#end()
  }

  #ok(): void {
    this.#send(Buffer.from([0, 0, 0, 2, 0, 0, 0]))
  }

  #end(): void {
    this.#send(Buffer.from([0xfe, 0, 0, 2, 0]))
  }

  /** Whether it fails here, which it has then. */
  #fails(at: NonNullable<FakeMysqlOptions['fail']>['at']): boolean {
    const { fail } = this.#options
    if (fail?.at !== at) return false
    if (fail.by === 'close') this.#socket.end()
    else if (fail.by !== 'silence') {
      const { errno, message } = fail.by
      const text = `${at === 'hello' ? '' : '#HY000'}${message}`
      this.#send(Buffer.concat([Buffer.from([0xff]), int(errno, 2), Buffer.from(text)]))
    }
    return true
  }

  #send(payload: Buffer): void {
    const header = Buffer.alloc(4)
    header.writeUIntLE(payload.length, 0, 3)
    header[3] = this.#sequence & 0xff
    this.#sequence += 1
    this.#socket.write(Buffer.concat([header, payload]))
  }
}

/** A text in the form of the protocol, of at most 250 bytes. */
export function lengthCoded(text: string | Buffer): Buffer {
  const bytes = Buffer.from(text as string)
  return Buffer.concat([Buffer.from([bytes.length]), bytes])
}

/** A whole number, the lowest byte first. */
export function int(value: number, size: number): Buffer {
  const bytes = Buffer.alloc(size)
  bytes.writeUIntLE(value, 0, size)
  return bytes
}

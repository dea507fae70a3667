import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import {
  basicAuthorization,
  type Dialect,
  type DialectInput,
  isLoopback,
  TokenError,
} from '@chatlayer-tables/contract'
import type { CustomerDefinition } from './customers.ts'
import { Emulation, type TableSeed } from './emulation.ts'
import { EmulatorError } from './errors.ts'
import type { FaultBox } from './fault-box.ts'
import type { FaultInput } from './faults.ts'
import type { RequestLog } from './request-log.ts'
import { readSeedFolder } from './seed-folder.ts'
import { makeListener } from './server.ts'
import { makeTablesHandle, type TablesHandle } from './tables-handle.ts'

export interface EmulatorOptions {
  /** Port; 0 for any free one (default: 0). */
  readonly port?: number | undefined
  /** A loopback address (default: 127.0.0.1). */
  readonly host?: string | undefined
  /** `username:password` (default: a new one at each start). */
  readonly token?: string | undefined
  readonly teamId?: string | undefined
  readonly botId?: string | undefined
  /** `:memory:` (default), or a file that is kept after the process ends. */
  readonly storage?: string | undefined
  readonly dialect?: DialectInput | undefined
  readonly faults?: readonly FaultInput[] | undefined
  /** Seed of all random choices (default: 1). */
  readonly faultSeed?: number | undefined
  /** A folder of seeds, as the package's README describes it. */
  readonly seed?: string | undefined
  readonly tables?: readonly TableSeed[] | undefined
  readonly customers?: readonly CustomerDefinition[] | undefined
  /** Clock for the dates of records and of the log. */
  readonly clock?: (() => Date) | undefined
}

export interface Emulator extends AsyncDisposable {
  /** An origin, such as `http://127.0.0.1:8686`. */
  readonly url: string
  readonly token: string
  readonly teamId: string
  readonly botId: string
  readonly requests: RequestLog
  readonly faults: FaultBox
  readonly tables: TablesHandle
  /** The effective dialect. */
  readonly dialect: Dialect
  /** Omitted settings keep their values. @throws ZodError */
  setDialect(settings: DialectInput): void
  /** Restores the seeds and the dialect of the start, without faults and with an empty log. */
  reset(): void
  /** Closes every connection, including those that hang. */
  close(): Promise<void>
}

/**
 * Starts an emulator in this process.
 *
 * @throws EmulatorError for invalid options; ZodError for an invalid dialect, fault or table; the
 *   system's error when the port is in use
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { port = 0, host = '127.0.0.1', token = makeToken() } = options
  if (!isLoopback(host.includes(':') ? `[${host}]` : host)) {
    throw new EmulatorError(`the emulator listens on loopback only, not on ${host}`)
  }
  checkForm(token)
  const seeded = options.seed === undefined ? undefined : await readSeedFolder(options.seed)
  const emulation = new Emulation({
    storage: options.storage ?? ':memory:',
    teamId: options.teamId,
    botId: options.botId,
    dialect: options.dialect ?? {},
    faults: options.faults ?? [],
    faultSeed: options.faultSeed ?? 1,
    tables: [...(options.tables ?? []), ...(seeded?.tables ?? [])],
    customers: [...(options.customers ?? []), ...(seeded?.customers ?? [])],
    clock: options.clock ?? (() => new Date()),
  })
  const closing = new AbortController()
  const server = createServer(makeListener({ emulation, token, closing: closing.signal }))
  // Longer than clients keep an idle connection, so that no request arrives on a closing one by
  // chance.
  server.keepAliveTimeout = 65_000
  let url: string
  try {
    url = await listen(server, port, host)
  } catch (error) {
    emulation.store.close()
    throw error
  }
  let closed: Promise<void> | undefined
  const close = () => {
    closed ??= stop(server, closing).then(() => emulation.store.close())
    return closed
  }
  return {
    url,
    token,
    teamId: emulation.teamId,
    botId: emulation.botId,
    requests: emulation.requests,
    faults: emulation.faults,
    tables: makeTablesHandle(emulation),
    get dialect() {
      return emulation.dialect
    },
    setDialect: (settings) => emulation.setDialect(settings),
    reset: () => emulation.reset(),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** In the form of the vendor's example: 24 hex digits, a colon, 32 letters and digits. */
function makeToken(): string {
  return `${randomBytes(12).toString('hex')}:${randomBytes(16).toString('hex')}`
}

function checkForm(token: string): void {
  try {
    basicAuthorization(token)
  } catch (error) {
    if (error instanceof TokenError) throw new EmulatorError(error.message)
    throw error
  }
}

function listen(server: Server, port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      const address = server.address()
      if (address === null || typeof address === 'string')
        return reject(new EmulatorError('no port'))
      const name = address.family === 'IPv6' ? `[${address.address}]` : address.address
      resolve(`http://${name}:${address.port}`)
    })
  })
}

function stop(server: Server, closing: AbortController): Promise<void> {
  closing.abort()
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

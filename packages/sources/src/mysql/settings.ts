/** How to connect: an address and the environment, as the programs of MySQL read them. */
import { isLoopback } from '@chatlayer-tables/contract'
import { InvalidInputError } from '@chatlayer-tables/core'
import {
  type DatabaseAddress,
  defaultPort,
  parseDatabaseAddress,
} from '../database/database-address.ts'

export const SSL_MODES = [
  'disabled',
  'preferred',
  'required',
  'verify-ca',
  'verify-identity',
] as const
export type SslMode = (typeof SSL_MODES)[number]

export interface MysqlSettings {
  readonly host: string
  readonly port: number
  /** The path of a Unix socket, in place of host and port. */
  readonly socket: string | undefined
  readonly user: string
  readonly database: string | undefined
  readonly sslMode: SslMode
  /** Files: of the certificates that are trusted, and of a certificate of the client with its key. */
  readonly sslCa: string | undefined
  readonly sslCert: string | undefined
  readonly sslKey: string | undefined
  readonly connectTimeoutMs: number
}

type Environment = Readonly<Record<string, string | undefined>>

const PARAMETERS = [
  'ssl-mode',
  'ssl-ca',
  'ssl-cert',
  'ssl-key',
  'socket',
  'connect-timeout',
  'charset',
] as const

type Parameter = (typeof PARAMETERS)[number]

/** The default for connecting, in seconds. */
const CONNECT_TIMEOUT = 15
/** A timer of Node takes no longer time. */
const MAX_CONNECT_TIMEOUT = 2_000_000

/**
 * @param text an address of the kind `mysql`
 * @throws InvalidInputError for an invalid address, parameter or variable
 */
export function mysqlAddress(text: string, env: Environment): [DatabaseAddress, MysqlSettings] {
  const given = parseDatabaseAddress('mysql', text)
  const parameters = readParameters(given.parameters)
  const host = given.host ?? (env.MYSQL_HOST || 'localhost')
  const port = given.port ?? portOf(env.MYSQL_TCP_PORT) ?? defaultPort('mysql')
  const usual = given.host === undefined && given.port === undefined && !env.MYSQL_HOST
  const socket =
    parameters.get('socket') ??
    (host.startsWith('/') ? host : undefined) ??
    ((usual ? env.MYSQL_UNIX_PORT : undefined) || undefined)
  const user = given.user ?? (env.USER || env.USERNAME)
  if (!user) {
    throw invalid('the address', 'names no user', 'Such as mysql://user@host/database#table.')
  }
  const seconds = parameters.get('connect-timeout') ?? String(CONNECT_TIMEOUT)
  if (!/^\d{1,7}$/.test(seconds) || Number(seconds) > MAX_CONNECT_TIMEOUT) {
    throw invalid('connect-timeout', 'must be a number of seconds')
  }
  const sslCa = parameters.get('ssl-ca')
  const isLocal = socket !== undefined || host === '::1' || isLoopback(host.toLowerCase())
  const mode =
    sslMode(parameters.get('ssl-mode')) ??
    (isLocal && sslCa === undefined ? 'disabled' : 'verify-identity')
  return [
    { ...given, host, port },
    {
      host,
      port,
      socket,
      user,
      database: given.database,
      // A socket of this machine has no TLS, whatever is set.
      sslMode: socket === undefined ? mode : 'disabled',
      sslCa,
      sslCert: parameters.get('ssl-cert'),
      sslKey: parameters.get('ssl-key'),
      connectTimeoutMs: Number(seconds) * 1_000,
    },
  ]
}

/** Names are read as every library writes them: `ssl-mode`, `ssl_mode`, `sslMode`. */
function readParameters(given: ReadonlyMap<string, string>): Map<Parameter, string> {
  const parameters = new Map<Parameter, string>()
  for (const [name, value] of given) {
    const known = PARAMETERS.find((each) => folded(each) === folded(name))
    if (known === undefined) {
      const hint = `Parameters: ${PARAMETERS.join(', ')}.`
      throw invalid('the address', 'has a parameter that is not supported', hint)
    }
    if (known === 'charset' && !/^utf-?8(?:mb[34])?$/i.test(value)) {
      throw invalid('charset', 'must be utf8mb4: the server converts from any other')
    }
    if (parameters.has(known)) throw invalid('the address', `sets ${known} twice`)
    if (value !== '') parameters.set(known, value)
  }
  return parameters
}

function sslMode(value: string | undefined): SslMode | undefined {
  if (value === undefined) return undefined
  const known = SSL_MODES.find((each) => folded(each) === folded(value))
  return known ?? fail('ssl-mode', `must be one of ${SSL_MODES.join(', ')}`)
}

function folded(name: string): string {
  return name.replaceAll(/[-_]/g, '').toLowerCase()
}

function portOf(text: string | undefined): number | undefined {
  if (!text) return undefined
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return port >= 1 && port <= 65_535
    ? port
    : fail('MYSQL_TCP_PORT', 'must be a port: a number up to 65535')
}

function fail(what: string, problem: string): never {
  throw invalid(what, problem)
}

function invalid(what: string, problem: string, hint?: string): InvalidInputError {
  return new InvalidInputError(`${what} ${problem}`, { field: 'address', hint })
}

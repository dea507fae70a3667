/** How to connect: an address and the environment, as libpq reads them. */

import { isLoopback } from '@chatlayer-tables/contract'
import { InvalidInputError } from '@chatlayer-tables/core'
import {
  type DatabaseAddress,
  defaultPort,
  parseDatabaseAddress,
} from '../database/database-address.ts'

export const SSL_MODES = [
  'disable',
  'allow',
  'prefer',
  'require',
  'verify-ca',
  'verify-full',
] as const
export type SslMode = (typeof SSL_MODES)[number]

const SESSIONS = ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'] as const
/** The kind of server that is wanted. */
export type SessionKind = (typeof SESSIONS)[number]

export interface PostgresSettings {
  /** A name, an IP address, or the folder of a Unix socket. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
  readonly sslMode: SslMode
  /** The file of the certificates that are trusted, or `system`. */
  readonly sslRootCert: string | undefined
  readonly sslCert: string | undefined
  readonly sslKey: string | undefined
  /** Whether the connection begins with TLS, without asking the server for it. */
  readonly isDirectTls: boolean
  readonly channelBinding: 'disable' | 'prefer' | 'require'
  readonly applicationName: string
  /** Settings for the server, such as `-c search_path=shop`. */
  readonly options: string | undefined
  /** 0 for no limit. */
  readonly connectTimeoutMs: number
  readonly session: SessionKind
}

type Environment = Readonly<Record<string, string | undefined>>

/** Parameters of libpq that are followed, with their variables in the environment. */
const PARAMETERS: Readonly<Record<string, string | undefined>> = {
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  sslnegotiation: 'PGSSLNEGOTIATION',
  channel_binding: 'PGCHANNELBINDING',
  application_name: 'PGAPPNAME',
  fallback_application_name: undefined,
  options: 'PGOPTIONS',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  target_session_attrs: 'PGTARGETSESSIONATTRS',
}

/** Parameters of libpq that are accepted and change nothing, with the values that do not. */
const WITHOUT_EFFECT: Readonly<Record<string, RegExp>> = {
  client_encoding: /^(utf-?8|auto|unicode)$/i,
  gssencmode: /^(disable|prefer)$/,
  load_balance_hosts: /^disable$/,
  keepalives: /^1$/,
  keepalives_idle: /^\d+$/,
  keepalives_interval: /^\d+$/,
  keepalives_count: /^\d+$/,
  sslcompression: /^0$/,
  sslsni: /^1$/,
}

/** The default for connecting, in seconds: libpq waits without end. */
const CONNECT_TIMEOUT = 15

/**
 * @param text an address of the kind `postgres`
 * @throws InvalidInputError for an invalid address, parameter or variable
 */
export function postgresAddress(
  text: string,
  env: Environment,
): [DatabaseAddress, PostgresSettings] {
  const given = parseDatabaseAddress('postgres', text)
  for (const [name, value] of given.parameters) checkParameter(name, value)
  const host = given.host ?? variable(env, 'PGHOST') ?? 'localhost'
  if (host.includes(',')) throw invalid('PGHOST', 'names several hosts', 'Name one of them.')
  const port = given.port ?? portOf(variable(env, 'PGPORT')) ?? defaultPort('postgres')
  const user =
    given.user ?? variable(env, 'PGUSER') ?? variable(env, 'USER') ?? variable(env, 'USERNAME')
  if (user === undefined) {
    throw new InvalidInputError('the address names no user', {
      field: 'address',
      hint: 'Such as postgres://user@host/database#table; or set PGUSER.',
    })
  }
  const database = given.database ?? variable(env, 'PGDATABASE') ?? user
  const value = (name: string): string | undefined =>
    given.parameters.get(name) || variable(env, PARAMETERS[name])
  const address = { ...given, host, port, user, database }
  return [address, { host, port, user, database, ...tlsSettings(host, value), ...others(value) }]
}

type ValueOf = (parameter: string) => string | undefined

function others(value: ValueOf) {
  const seconds = value('connect_timeout') ?? String(CONNECT_TIMEOUT)
  if (!/^-?\d{1,6}$/.test(seconds)) {
    throw invalid('connect_timeout', 'must be a number of seconds')
  }
  return {
    applicationName:
      value('application_name') ?? value('fallback_application_name') ?? 'chatlayer-tables',
    options: value('options'),
    connectTimeoutMs: Math.max(0, Number(seconds)) * 1_000,
    session: oneOf('target_session_attrs', SESSIONS, value('target_session_attrs') ?? 'any'),
  }
}

function tlsSettings(host: string, value: ValueOf) {
  const isLocal = host.startsWith('/') || host === '::1' || isLoopback(host.toLowerCase())
  const sslRootCert = value('sslrootcert')
  const given = value('sslmode')
  const sslMode = oneOf(
    'sslmode',
    SSL_MODES,
    given ?? (isLocal && sslRootCert === undefined ? 'disable' : 'verify-full'),
  )
  if (sslRootCert === 'system' && sslMode !== 'verify-full') {
    throw invalid('sslmode', 'must be verify-full with sslrootcert=system')
  }
  const negotiation = oneOf(
    'sslnegotiation',
    ['postgres', 'direct'],
    value('sslnegotiation') ?? 'postgres',
  )
  if (negotiation === 'direct' && ['disable', 'allow', 'prefer'].includes(sslMode)) {
    throw invalid('sslmode', 'must be require, verify-ca or verify-full with sslnegotiation=direct')
  }
  return {
    // A socket of this machine has no TLS, whatever is set.
    sslMode: host.startsWith('/') ? ('disable' as const) : sslMode,
    sslRootCert,
    sslCert: value('sslcert'),
    sslKey: value('sslkey'),
    isDirectTls: negotiation === 'direct',
    channelBinding: oneOf(
      'channel_binding',
      ['disable', 'prefer', 'require'],
      value('channel_binding') ?? 'prefer',
    ),
  }
}

function checkParameter(name: string, value: string): void {
  if (Object.hasOwn(PARAMETERS, name)) return
  const accepted = Object.hasOwn(WITHOUT_EFFECT, name) ? WITHOUT_EFFECT[name] : undefined
  if (accepted?.test(value) === true) return
  if (accepted !== undefined) throw invalid(name, 'has a value that is not supported')
  throw invalid(
    'the address',
    'has a parameter that is not supported',
    `Parameters: ${Object.keys(PARAMETERS).join(', ')}.`,
  )
}

function oneOf<T extends string>(name: string, values: readonly T[], value: string): T {
  const known = values.find((each) => each === value)
  if (known === undefined) throw invalid(name, `must be one of ${values.join(', ')}`)
  return known
}

function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (port < 1 || port > 65_535) throw invalid('PGPORT', 'must be a port: a number up to 65535')
  return port
}

/** A variable of the environment; an empty one is as good as none. */
function variable(env: Environment, name: string | undefined): string | undefined {
  return (name === undefined ? undefined : env[name]) || undefined
}

function invalid(what: string, problem: string, hint?: string): InvalidInputError {
  return new InvalidInputError(`${what} ${problem}`, { field: 'address', hint })
}

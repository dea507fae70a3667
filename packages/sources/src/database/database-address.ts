/** Addresses of databases: `postgres://user@host:port/database?parameters#schema.table`. */
import { InvalidInputError } from '@chatlayer-tables/core'
import { parseTableName, type TableName, tableNameText } from './table-name.ts'

export type DatabaseKind = 'postgres' | 'mysql'

/** The parts of an address, decoded; undefined where it has none. */
export interface DatabaseAddress {
  readonly kind: DatabaseKind
  readonly user: string | undefined
  /** A name, an IP address without brackets, or the folder of a Unix socket. */
  readonly host: string | undefined
  readonly port: number | undefined
  readonly database: string | undefined
  readonly table: TableName | undefined
  /** All others of `?name=value&…`, by name. */
  readonly parameters: ReadonlyMap<string, string>
}

interface Facts {
  readonly scheme: string
  readonly port: number
  readonly example: string
  readonly passwordHint: string
}

const FACTS: Readonly<Record<DatabaseKind, Facts>> = {
  postgres: {
    scheme: 'postgres',
    port: 5432,
    example: 'postgres://user@host/database#table',
    passwordHint:
      'Set PGPASSWORD, write it to ~/.pgpass, or save the connection with its password.',
  },
  mysql: {
    scheme: 'mysql',
    port: 3306,
    example: 'mysql://user@host/database#table',
    passwordHint: 'Set MYSQL_PWD, or save the connection with its password.',
  },
}

/** The port of a server that was set up as usual. */
export function defaultPort(kind: DatabaseKind): number {
  return FACTS[kind].port
}

/** Where a password belongs, as a hint. */
export function passwordHint(kind: DatabaseKind): string {
  return FACTS[kind].passwordHint
}

const PARTS = /^[a-z]+:\/\/(?:([^@/?#]*)@)?([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?(?:#(.*))?$/is

/** Parameters that hold a secret. */
const SECRETS: ReadonlySet<string> = new Set(['password', 'sslpassword', 'passwd', 'pwd'])

/** Parameters that are parts of the address, as in libpq. */
const LIFTED = ['user', 'host', 'port', 'dbname'] as const

/**
 * Parses an address. No error repeats it, since it may hold a password.
 *
 * @throws InvalidInputError for a password, several hosts, or anything else that is not an address
 */
export function parseDatabaseAddress(kind: DatabaseKind, text: string): DatabaseAddress {
  const [, login, authority = '', path, query, fragment] = PARTS.exec(text) ?? invalid(kind)
  const [name, ...password] = (login ?? '').split(':')
  const parameters = parseParameters(kind, query ?? '')
  // A password with `@`, `/`, `?` or `#` in it puts its rest into other parts.
  const isStrange =
    [authority, path, query].some((part) => part?.includes('@')) || path?.includes('/')
  if (
    password.join(':') !== '' ||
    [...parameters.keys()].some((key) => SECRETS.has(key)) ||
    isStrange
  )
    throw new InvalidInputError(
      isStrange && password.join(':') === ''
        ? 'the address is not valid: "@" and "/" in the name of a user or database are written as %40 and %2F'
        : 'the address contains a password, which other programs of this machine could see',
      { field: 'address', hint: FACTS[kind].passwordHint },
    )
  const { host, port } = parseHost(kind, authority)
  const given = {
    user: nonEmpty(decoded(kind, name ?? '', 'user')),
    host,
    port,
    dbname: nonEmpty(decoded(kind, path ?? '', 'database')),
  }
  const lifted = liftParameters(kind, given, parameters)
  for (const key of LIFTED) parameters.delete(key)
  return {
    kind,
    user: lifted.user,
    host: lifted.host,
    port: lifted.port,
    database: lifted.dbname,
    table:
      fragment === undefined || fragment === ''
        ? undefined
        : parseTableName(decoded(kind, fragment, 'table')),
    parameters,
  }
}

/**
 * The address as a name for messages, jobs and the journal: without user, password and parameters. It
 * can be parsed again.
 */
export function databaseName(address: Omit<DatabaseAddress, 'user' | 'parameters'>): string {
  const { kind, host = '', port, database = '', table } = address
  const { scheme, port: usual } = FACTS[kind]
  const shownHost = host.includes(':') ? `[${host}]` : encodeURIComponent(host)
  const shownPort = port === undefined || port === usual ? '' : `:${port}`
  const shownTable =
    table === undefined ? '' : `#${tableNameText(table).replace(/[%\p{C}]/gu, encodeURIComponent)}`
  return `${scheme}://${shownHost}${shownPort}/${encodeURIComponent(database)}${shownTable}`
}

interface Lifted {
  readonly user: string | undefined
  readonly host: string | undefined
  readonly port: number | undefined
  readonly dbname: string | undefined
}

/** Takes the parts from the parameters where the address itself does not have them. */
function liftParameters(
  kind: DatabaseKind,
  given: Lifted,
  parameters: ReadonlyMap<string, string>,
): Lifted {
  for (const key of LIFTED) {
    if (given[key] !== undefined && parameters.has(key)) {
      throw new InvalidInputError(`the address has two values for its ${key}`, {
        field: 'address',
        hint: `Remove the parameter ${key}.`,
      })
    }
  }
  const host = parameters.get('host')
  const port = parameters.get('port')
  return {
    user: given.user ?? nonEmpty(parameters.get('user')),
    host: given.host ?? (host === undefined ? undefined : checkedHost(kind, host)),
    port: given.port ?? (port === undefined ? undefined : parsePort(kind, port)),
    dbname: given.dbname ?? nonEmpty(parameters.get('dbname')),
  }
}

function parseParameters(kind: DatabaseKind, query: string): Map<string, string> {
  const parameters = new Map<string, string>()
  for (const pair of query.split('&')) {
    if (pair === '') continue
    const end = pair.indexOf('=')
    const name = end === -1 ? '' : decoded(kind, pair.slice(0, end), 'parameters')
    if (name === '') {
      throw new InvalidInputError('the address has a parameter without a name or "="', {
        field: 'address',
        hint: `Such as ${FACTS[kind].example.replace('#', '?connect_timeout=10#')}`,
      })
    }
    if (parameters.has(name)) {
      throw new InvalidInputError('the address sets a parameter twice', { field: 'address' })
    }
    parameters.set(name, decoded(kind, pair.slice(end + 1), 'parameters'))
  }
  return parameters
}

function parseHost(
  kind: DatabaseKind,
  authority: string,
): { host: string | undefined; port: number | undefined } {
  if (authority.includes(',')) throw severalHosts()
  const match = /^(?:\[([0-9a-f:.%]*)\]|([^:[\]]*))(?::(.*))?$/is.exec(authority)
  if (match === null) return invalid(kind)
  const [, address, name = '', port] = match
  const host = decoded(kind, address ?? name, 'host')
  return {
    host: host === '' ? undefined : checkedHost(kind, host),
    port: port === undefined || port === '' ? undefined : parsePort(kind, port),
  }
}

function checkedHost(kind: DatabaseKind, host: string): string | undefined {
  if (host.includes(',')) throw severalHosts()
  const isValid = host.startsWith('/') || !/[\s@<>"'\\/?#]/.test(host)
  return isValid ? nonEmpty(host) : invalid(kind)
}

function severalHosts(): InvalidInputError {
  return new InvalidInputError('the address names several hosts', {
    field: 'address',
    hint: 'Name one of them.',
  })
}

function parsePort(kind: DatabaseKind, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return port >= 1 && port <= 65_535 ? port : invalid(kind, ': a port is a number up to 65535')
}

function decoded(kind: DatabaseKind, text: string, part: string): string {
  let value: string
  try {
    value = decodeURIComponent(text)
  } catch {
    return invalid(kind, `: its ${part} has a "%" that is not written as %25`)
  }
  return value.includes('\0') ? invalid(kind, `: its ${part} contains %00`) : value
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

function invalid(kind: DatabaseKind, why = ''): never {
  throw new InvalidInputError(`the address is not valid${why}`, {
    field: 'address',
    hint: `Such as ${FACTS[kind].example}`,
  })
}

/** Errors of the driver and of the server, in our terms. */
import { InvalidInputError } from '@chatlayer-tables/core'
import {
  type ConnectionWords,
  connectionError,
  noEncryption,
} from '../database/connection-error.ts'
import { passwordHint } from '../database/database-address.ts'
import { SideError, type SideErrorCode } from '../side-error.ts'

export interface ErrorContext {
  /** The safe name of the side. */
  readonly name: string
  /** Whether the statement that failed is the user's query. */
  readonly isQuery?: boolean | undefined
}

/** An error of `mysql2`: of the server (with a SQLSTATE), of the system, or its own. */
interface DriverError {
  readonly code?: string | undefined
  readonly errno?: number | undefined
  readonly sqlState?: string | undefined
  readonly message?: string | undefined
}

const WORDS: ConnectionWords = {
  server: 'MySQL',
  plain: 'ssl-mode=disabled',
  unverified: 'ssl-mode=required',
  anyName: 'ssl-mode=verify-ca',
  files: ['ssl-ca', 'ssl-cert', 'ssl-key'],
}

/** Errors of the server by number; all others are `SIDE_FAILED`, or are about the query. */
const ACCESS: ReadonlySet<number> = new Set([
  // The user, the database, a table, a column, a routine; the host; a locked or expired account.
  1044, 1045, 1142, 1143, 1370, 1227, 1130, 1129, 3118, 1862, 1820, 1698, 1251, 4151, 1524,
])
/** Too many connections, shutdown, killed, aborted by a timeout of the server. */
const GONE: ReadonlySet<number> = new Set([
  1040, 1203, 1226, 1053, 1079, 1152, 1159, 1161, 1927, 3169, 4031,
])
/** The query was stopped: by a person, or by a limit of time. */
const STOPPED: ReadonlySet<number> = new Set([1317, 3024, 1969, 1028])
/** Locks, and memory or disk of the server. */
const TRANSIENT: ReadonlySet<number> = new Set([1205, 1213, 1021, 1037, 1041, 1114, 1412, 1615])
/** Constraints, triggers, and values that a column does not take. */
const ABOUT_ROW: ReadonlySet<number> = new Set([
  1048, 1062, 1216, 1264, 1292, 1364, 1366, 1406, 1452, 1644, 3819, 4025,
])
/** A read-only transaction; and statements that end it. */
const WRITES: ReadonlySet<number> = new Set([1792, 1295])
/** Messages that can hold a value of a row. */
const WITH_VALUES: ReadonlySet<number> = new Set([1292, 1366, 1367, 1411, 1525, 1690, 3140, 3141])

/** Maps any error that a connection throws; ours stay as they are. */
export function mysqlError(error: unknown, context: ErrorContext): Error {
  if (error instanceof SideError || error instanceof InvalidInputError) return error
  const found = (error ?? {}) as DriverError
  return found.sqlState !== undefined && found.errno !== undefined
    ? serverError(found.errno, found, context)
    : driverError(found, context)
}

function driverError(found: DriverError, { name }: ErrorContext): Error {
  const { code = '', message = '' } = found
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT') return noEncryption(name, WORDS)
  if (code === 'AUTH_SWITCH_PLUGIN_ERROR' || code === 'MYSQL_CLEAR_PASSWORD_NOT_ENABLED') {
    const plugin = /unknown plugin (\w+)/.exec(message)?.[1] ?? 'mysql_clear_password'
    return new SideError(
      'SIDE_ACCESS',
      `${name} requires a way to log in that is not supported (${plugin})`,
      { hint: 'Use a user with caching_sha2_password or mysql_native_password.' },
    )
  }
  return connectionError(code === 'PROTOCOL_CONNECTION_LOST' ? 'ECONNRESET' : code, name, WORDS)
}

function serverError(errno: number, found: DriverError, context: ErrorContext): Error {
  const { name, isQuery = false } = context
  const message = (found.message ?? '').replace(
    /^Duplicate entry '.*' for key/s,
    'a duplicate for key',
  )
  const said = WITH_VALUES.has(errno) ? 'a value is not valid' : message
  const reason = `${said} (${errno})`
  const side = (code: SideErrorCode, text: string, isTransient: boolean, hint?: string) =>
    new SideError(code, text, { isTransient, hint })
  if (errno === 1049) {
    return new InvalidInputError(`${name}: there is no such database`, { field: 'address' })
  }
  if (ACCESS.has(errno)) {
    const hint =
      errno === 1045 || errno === 1698
        ? passwordHint('mysql')
        : 'Ask for the privilege: grant select on … to ….'
    return side('SIDE_ACCESS', `${name} does not allow this: ${reason}`, false, hint)
  }
  if (GONE.has(errno)) {
    return side('SIDE_UNREACHABLE', `${name} ended the connection: ${reason}`, true)
  }
  if (STOPPED.has(errno)) {
    return side('SIDE_FAILED', `${name} stopped the query: ${reason}`, false)
  }
  if (TRANSIENT.has(errno)) return side('SIDE_FAILED', `${name}: ${reason}`, true)
  if (!isQuery) {
    const isAboutRow = ABOUT_ROW.has(errno)
    return new SideError('SIDE_FAILED', `${name}: ${reason}`, { isAboutRow })
  }
  if (WRITES.has(errno)) {
    return new InvalidInputError(`the query writes, and queries may only read: ${reason}`, {
      field: 'query',
    })
  }
  return new InvalidInputError(`the query failed: ${reason}`, { field: 'query' })
}

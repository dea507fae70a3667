/** Errors of the driver and of the server, in our terms. */
import { InvalidInputError } from '@chatlayer-tables/core'
import { printable } from '@chatlayer-tables/files'
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
  /** Characters before the query in the statement that failed. */
  readonly positionOffset?: number | undefined
  /** What else is known of a server that rejects the password. */
  readonly accessHint?: string | undefined
}

/** A function or hint of the server may hold values of rows in these classes of SQLSTATE. */
const CLASSES_WITH_VALUES = /^(?:22|23|P0|38|39|HV)/
/** Data, constraints, triggers, functions of them, and views with a check. */
const CLASSES_OF_ROWS = /^(?:22|23|44|P0|38|39)/

const DATA_ERRORS: Readonly<Record<string, string>> = {
  '22003': 'a number is out of range',
  '22007': 'a text is not a valid date or time',
  '22008': 'a date or time is out of range',
  '22012': 'a division by zero',
  '22021': 'a text is not valid in the encoding of the database',
  '22P02': 'a text is not valid for the type that it is converted to',
  '22P05': 'a character does not exist in UTF-8',
  '23502': 'a column that must not be null would be null',
  '23503': 'a foreign key would be violated',
  '23505': 'a value would not be unique',
  '23514': 'a check would be violated',
  '23P01': 'an exclusion would be violated',
  '21000': 'a subquery returns more than one row',
}

const WORDS: ConnectionWords = {
  server: 'PostgreSQL',
  plain: 'sslmode=disable',
  unverified: 'sslmode=require',
  anyName: 'sslmode=verify-ca',
  files: ['sslrootcert', 'sslcert', 'sslkey'],
}

/** An error of `pg`: of the server (with a SQLSTATE), of the system, or its own. */
interface DriverError {
  readonly code?: string | undefined
  readonly message?: string | undefined
  readonly severity?: string | undefined
  readonly position?: string | undefined
  readonly hint?: string | undefined
  readonly constraint?: string | undefined
  readonly column?: string | undefined
}

/** Maps any error that a connection throws; ours stay as they are. */
export function postgresError(error: unknown, context: ErrorContext): Error {
  if (error instanceof SideError || error instanceof InvalidInputError) return error
  const found = printed((error ?? {}) as DriverError)
  const { code = '' } = found
  return /^[0-9A-Z]{5}$/.test(code) && found.severity !== undefined
    ? serverError(code, found, context)
    : driverError(code, found, context)
}

/** Texts of the server, for a terminal. */
function printed(error: DriverError): DriverError {
  const { code, severity, position } = error
  const [message, hint, constraint, column] = [
    error.message,
    error.hint,
    error.constraint,
    error.column,
  ].map((text) => (text === undefined ? undefined : printable(text)))
  return { code, severity, position, message, hint, constraint, column }
}

function driverError(code: string, found: DriverError, { name }: ErrorContext): Error {
  const message = found.message ?? ''
  if (message.includes('does not support SSL')) return noEncryption(name, WORDS)
  // The library's own errors have no code.
  const known = /timeout expired/.test(message)
    ? 'ETIMEDOUT'
    : /terminated/.test(message)
      ? 'ECONNRESET'
      : ''
  return connectionError(code || known, name, WORDS)
}

/** See appendix A of PostgreSQL's documentation. */
function serverError(code: string, found: DriverError, context: ErrorContext): Error {
  const { name, accessHint } = context
  const message = CLASSES_WITH_VALUES.test(code) ? (DATA_ERRORS[code] ?? '') : (found.message ?? '')
  const reason = `${message === '' ? 'the server reported an error' : message}${objectOf(found)} (${code})`
  const side = (kind: SideErrorCode, text: string, isTransient: boolean, hint?: string) =>
    new SideError(kind, text, { isTransient, hint })
  if (code === '3D000') {
    return new InvalidInputError(`${name}: there is no such database`, { field: 'address' })
  }
  if (code.startsWith('28') || code === '42501') {
    const hint =
      code === '28P01' || code === '28000'
        ? [passwordHint('postgres'), accessHint].filter(Boolean).join(' ')
        : 'Ask for the privilege: grant select on … to ….'
    const text =
      message.includes('no encryption') || message.includes('SSL off')
        ? `${hint} The server may require encryption: sslmode=verify-full or sslmode=require.`
        : hint
    return side('SIDE_ACCESS', `${name} does not allow this: ${message} (${code})`, false, text)
  }
  if (/^(?:08|57P0|25P03)/.test(code) || code === '53300') {
    return side('SIDE_UNREACHABLE', `${name} ended the connection: ${reason}`, true)
  }
  if (code === '55P03') {
    const text = `${name}: another session holds a lock that is needed, for too long (${code})`
    return side('SIDE_FAILED', text, true, 'Run the command again when that session has ended.')
  }
  if (code === '57014') {
    return side('SIDE_FAILED', `${name} stopped the query: ${reason}`, false)
  }
  if (/^(?:40|53)/.test(code)) return side('SIDE_FAILED', `${name}: ${reason}`, true)
  return context.isQuery === true
    ? queryError(code, reason, found, context)
    : new SideError('SIDE_FAILED', `${name}: ${reason}`, {
        hint: found.hint,
        isAboutRow: CLASSES_OF_ROWS.test(code),
      })
}

/** The constraint or column that a row violates. */
function objectOf({ constraint, column }: DriverError): string {
  if (constraint !== undefined) return `, by the constraint "${constraint}"`
  return column === undefined ? '' : `, in the column "${column}"`
}

function queryError(
  code: string,
  reason: string,
  found: DriverError,
  { positionOffset = 0 }: ErrorContext,
): Error {
  if (code === '25006' || (code === '0A000' && reason.includes('data-modifying'))) {
    return new InvalidInputError(`the query writes, and queries may only read: ${reason}`, {
      field: 'query',
    })
  }
  if (reason.includes('multiple commands')) {
    const hint = 'Pass one query.'
    return new InvalidInputError('the query has several statements', { field: 'query', hint })
  }
  const position = Number(found.position ?? 0) - positionOffset
  const at = position > 0 ? `, at character ${position}` : ''
  return new InvalidInputError(`the query failed: ${reason}${at}`, {
    field: 'query',
    hint: CLASSES_WITH_VALUES.test(code) ? undefined : found.hint,
  })
}

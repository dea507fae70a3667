/** Errors of the driver and of the server: what they mean for a statement, and for the user. */
import { InvalidInputError } from '@chatlayer-tables/core'
import {
  StorageError,
  type StorageErrorKind,
  type StorageErrorOptions,
} from '@chatlayer-tables/local'
import type { StateSituation } from './situation.ts'

/**
 * - `connection`: there is none, or it ended; if a commit was sent, its outcome is unknown
 * - `repeat`: the server took everything back, and the same may succeed now
 * - `standby`: the server accepts no writes; another connection may find the one that does
 * - `final`: repeating does not help
 */
export type FailureKind = 'connection' | 'repeat' | 'standby' | 'final'

export interface Failure {
  readonly kind: FailureKind
  readonly error: unknown
}

/** An error of the server: it has a SQLSTATE. */
interface ServerError extends Error {
  readonly code: string
  readonly severity: string
}

/** The server ends the connection, or does not accept one now. See appendix A of its documentation. */
const ENDED = /^(?:08|57P0|25P03|25P04|53300)/
/**
 * Serialization failure, deadlock, lock timeout, a statement that was cancelled, too little memory, and a
 * statement after one that failed.
 */
const TAKEN_BACK = /^(?:40|55P03|57014|53200|53400|25P02)/
/** Messages of these classes may repeat values. */
const CLASSES_WITH_VALUES = /^(?:22|23|P0|38|39|44)/

export function isServerError(error: unknown): error is ServerError {
  return (
    error instanceof Error &&
    'severity' in error &&
    'code' in error &&
    /^[\dA-Z]{5}$/.test(String(error.code))
  )
}

/** What an error of a statement means. */
export function failureOfStatement(error: unknown): Failure {
  if (!isServerError(error)) return { kind: 'connection', error }
  const { code, severity } = error
  // The words for the severity are translated by the server; the codes are not.
  if (ENDED.test(code) || severity === 'FATAL' || severity === 'PANIC') {
    return { kind: 'connection', error }
  }
  if (code === '25006') return { kind: 'standby', error }
  return { kind: TAKEN_BACK.test(code) ? 'repeat' : 'final', error }
}

/**
 * What an error of connecting means.
 *
 * @param hasConnected whether it has worked before: then the name of the host is right
 */
export function failureToConnect(error: unknown, hasConnected: boolean): Failure {
  if (error instanceof InvalidInputError) return { kind: 'final', error }
  // A time limit, or a statement that prepares the connection.
  if (!isSideError(error)) return failureOfStatement(error)
  const isTransient = error.isTransient || (hasConnected && error.code === 'SIDE_UNREACHABLE')
  return { kind: isTransient ? 'connection' : 'final', error }
}

interface SideErrorLike extends Error {
  readonly code: string
  readonly hint: string | undefined
  readonly isTransient: boolean
}

function isSideError(error: unknown): error is SideErrorLike {
  return error instanceof Error && error.name === 'SideError'
}

/**
 * The error to throw. None contains a password or a value of a row.
 *
 * @param place the address of the database without its password
 */
export function storageErrorOfFailure({ kind, error }: Failure, place: string): Error {
  if (error instanceof InvalidInputError) return error
  if (isSideError(error)) return ofConnecting(error, place)
  if (!isServerError(error)) {
    const message = `${place} cannot be reached: the connection broke, or there was no response in time`
    return new StorageError('unreachable', place, { message })
  }
  const { code } = error
  // The error of the server has more in it: values of rows, and the statement.
  const cause = Object.assign(new Error(reasonOf(error)), { code })
  if (kind === 'connection') {
    return new StorageError('unreachable', place, { detail: reasonOf(error), cause })
  }
  if (kind === 'standby') {
    return new StorageError('read-only', place, {
      message: `${place} accepts no writes: it is a standby, or read-only`,
      hint: 'Use the address of the primary server, or add ?target_session_attrs=read-write to it.',
      cause,
    })
  }
  return new StorageError(kindOf(code), place, { ...wordsOf(error, place), cause })
}

function ofConnecting({ code, message, hint }: SideErrorLike, place: string): StorageError {
  const kind = code === 'SIDE_ACCESS' ? 'no-permission' : 'unreachable'
  return new StorageError(kind, place, { message, hint })
}

function kindOf(code: string): StorageErrorKind {
  if (code === INSUFFICIENT_PRIVILEGE || code.startsWith('28')) return 'no-permission'
  if (code === '53100') return 'full'
  if (MISSING.has(code)) return 'missing'
  return code === '55P03' || code.startsWith('40') || code === '57014' ? 'locked' : 'damaged'
}

const INSUFFICIENT_PRIVILEGE = '42501'
const NOT_GRANTED: StateSituation = { code: 'STATE_NOT_GRANTED' }

/** A schema, table, column or function that does not exist. */
const MISSING: ReadonlySet<string> = new Set(['3F000', '42P01', '42703', '42883'])

function wordsOf(error: ServerError, place: string): StorageErrorOptions {
  const reason = reasonOf(error)
  switch (kindOf(error.code)) {
    case 'no-permission':
      return {
        message: `${place} does not allow this: ${reason}`,
        hint: 'Grant the role its privileges, as the guide "A shared state" shows.',
        ...(error.code === INSUFFICIENT_PRIVILEGE && { situation: NOT_GRANTED }),
      }
    case 'full':
      return { message: `no space left for ${place}: ${reason}`, hint: 'Free space on the server.' }
    case 'missing':
      return {
        message: `${place} lacks something of the schema chatlayer_tables: ${reason}`,
        hint: 'Migrate the state, connected as the role that owns the schema. If a pooler of connections is between, see the guide "A shared state".',
      }
    case 'locked':
      return {
        message: `${place} is too busy: ${reason}`,
        hint: 'Run the command again. If this repeats, see pg_stat_activity for what holds locks.',
      }
    default:
      return {
        message: `${place} reported an error: ${reason}`,
        hint: 'This may be a bug in chatlayer-tables. Please report it with the command you ran.',
      }
  }
}

function reasonOf({ code, message }: ServerError): string {
  // Texts of the server are one line for a terminal.
  const text = CLASSES_WITH_VALUES.test(code) ? '' : message.replaceAll(/\p{C}+/gu, ' ')
  return text === '' ? code : `${text}, ${code}`
}

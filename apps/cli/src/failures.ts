/** Describes errors for the user: a message, a hint and an exit code. */
import type { RequestInfo } from '@chatlayer-tables/core'
import {
  EXIT,
  EXIT_BY_DATABASE_ERROR,
  EXIT_BY_ERROR,
  EXIT_BY_LOCAL_ERROR,
  EXIT_BY_SIDE_ERROR,
  type ExitCode,
} from './exit-codes.ts'
import { hintOf } from './hints.ts'
import { stackOf } from './stack.ts'

/** The command line, its input or its settings are invalid; nothing was sent. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly hint: string | undefined

  constructor(message: string, hint?: string) {
    super(message)
    this.hint = hint
  }
}

/** The run was interrupted by Ctrl-C or another end signal. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'

  constructor() {
    super('interrupted')
  }
}

/** The reader of our output has closed it, as `head` does. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed'
}

export interface Failure {
  readonly exit: ExitCode
  readonly message: string
  readonly hint: string | undefined
}

/** @returns undefined if the error is not a failure and needs no message */
export function describeFailure(error: unknown): Failure | undefined {
  if (error instanceof OutputClosed) return undefined
  if (error instanceof Interrupted) {
    return { exit: EXIT.interrupted, message: 'interrupted', hint: undefined }
  }
  if (error instanceof UsageError) return failure(EXIT.usage, error.message, error.hint)
  if (!(error instanceof Error)) return failure(EXIT.unexpected, `${UNEXPECTED}${String(error)}`)
  const code = 'code' in error ? String(error.code) : ''
  const hint = hintOf(error)
  const local = localExit(error)
  if (local !== undefined) return failure(local, error.message, hint)
  if (isErrorCode(code)) return failure(EXIT_BY_ERROR[code], error.message, hint)
  if (isSideCode(code)) return failure(EXIT_BY_SIDE_ERROR[code], error.message, hint)
  if ('errcode' in error && (Number(error.errcode) & 0xff) === SQLITE_FULL) {
    return failure(EXIT.storage, 'no space left for temporary files', TEMPORARY_HINT)
  }
  // Messages of system errors are shown unchanged.
  if ('syscall' in error) {
    return failure(DISK_CODES.has(code) ? EXIT.storage : EXIT.unexpected, error.message)
  }
  return failure(
    EXIT.unexpected,
    `${UNEXPECTED}${error.message}`,
    'This is a bug in chatlayer-tables. Please report it with the command you ran.',
  )
}

/** Codes of system errors that mean a full or read-only disk. */
const DISK_CODES = new Set(['ENOSPC', 'EDQUOT', 'EROFS'])
const SQLITE_FULL = 13
const TEMPORARY_HINT = 'Free space there, or set SQLITE_TMPDIR to another folder.'

/**
 * The exit code if the error, or an error that caused it, is one of this machine. For example, a journal
 * that is not writable ends a write.
 */
function localExit(error: Error): ExitCode | undefined {
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    const code = 'code' in each ? String(each.code) : ''
    if (isLocalCode(code)) return databaseExit(each) ?? EXIT_BY_LOCAL_ERROR[code]
  }
  return undefined
}

/** The exit code of a storage error of a database that machines share. */
function databaseExit(error: Error): ExitCode | undefined {
  if (!('kind' in error && isOfDatabase(error))) return undefined
  return EXIT_BY_DATABASE_ERROR[String(error.kind)]
}

/** Whether a storage error is of a database that machines share, and not of this machine. */
export function isOfDatabase(error: object): boolean {
  return 'path' in error && String(error.path).startsWith('postgres://')
}

/** Whether an error, or an error that caused it, is one of this machine. */
export function isLocalFailure(error: Error): boolean {
  return localExit(error) !== undefined
}

function isLocalCode(code: string): code is keyof typeof EXIT_BY_LOCAL_ERROR {
  return Object.hasOwn(EXIT_BY_LOCAL_ERROR, code)
}

/** The message prefix for bugs of this program. */
const UNEXPECTED = 'unexpected: '

/** Details for `--verbose`: the error's code, its request, its causes, and the stack of a bug. */
export function detailsOf(error: unknown): string[] {
  if (!(error instanceof Error)) return []
  const lines: string[] = []
  if ('code' in error) lines.push(`code: ${String(error.code)}`)
  const request = requestOf(error)
  if (request !== undefined) {
    const { operation, action, method, path, attempts } = request
    const what = action === undefined ? operation : `${operation} ${action}`
    lines.push(`request: ${method} ${path} (${what}), sent ${attempts} times`)
  }
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
    lines.push(`because: ${cause.message}`)
  }
  if (describeFailure(error)?.message.startsWith(UNEXPECTED)) lines.push(...stackOf(error))
  return lines
}

/** Does not use `instanceof`, which would load the classes of the client. */
function requestOf(error: Error): RequestInfo | undefined {
  return 'request' in error ? (error.request as RequestInfo | undefined) : undefined
}

function isErrorCode(code: string): code is keyof typeof EXIT_BY_ERROR {
  return Object.hasOwn(EXIT_BY_ERROR, code)
}

function isSideCode(code: string): code is keyof typeof EXIT_BY_SIDE_ERROR {
  return Object.hasOwn(EXIT_BY_SIDE_ERROR, code)
}

function failure(exit: ExitCode, message: string, hint?: string): Failure {
  return { exit, message, hint }
}

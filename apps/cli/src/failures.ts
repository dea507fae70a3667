/** What is told of a failure: one line what happened, one line what to do, and an exit code. */
import type { RequestInfo } from '@chatlayer-tables/core'
import { EXIT, EXIT_BY_ERROR, type ExitCode } from './exit-codes.ts'

/** The command line, its input or its settings are wrong; nothing was sent. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly hint: string | undefined

  constructor(message: string, hint?: string) {
    super(message)
    this.hint = hint
  }
}

/** Ctrl-C, or a signal like it. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'

  constructor() {
    super('interrupted')
  }
}

/** Whoever read our output has gone away, as `head` does. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed'
}

export interface Failure {
  readonly exit: ExitCode
  readonly message: string
  readonly hint: string | undefined
}

/** @returns undefined when there is nothing to tell and nothing wrong */
export function describeFailure(error: unknown): Failure | undefined {
  if (error instanceof OutputClosed) return undefined
  if (error instanceof Interrupted) {
    return { exit: EXIT.interrupted, message: 'interrupted', hint: undefined }
  }
  if (error instanceof UsageError) return failure(EXIT.usage, error.message, error.hint)
  if (!(error instanceof Error)) return failure(EXIT.unexpected, `unexpected: ${String(error)}`)
  const code = 'code' in error ? String(error.code) : ''
  const hint = 'hint' in error && typeof error.hint === 'string' ? error.hint : undefined
  if (isErrorCode(code)) return failure(EXIT_BY_ERROR[code], error.message, hint)
  // The system's own errors (a full disk, a folder that may not be written) speak for themselves.
  if ('syscall' in error) return failure(EXIT.unexpected, error.message)
  return failure(
    EXIT.unexpected,
    `unexpected: ${error.message}`,
    'This is a fault of chatlayer-tables. Please report it with the command that you ran.',
  )
}

/** What `--verbose` adds: the error's code, the request that it speaks of, and what caused it. */
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
  return lines
}

/** By its shape: the client's own classes are not loaded for what goes wrong without them. */
function requestOf(error: Error): RequestInfo | undefined {
  return 'request' in error ? (error.request as RequestInfo | undefined) : undefined
}

function isErrorCode(code: string): code is keyof typeof EXIT_BY_ERROR {
  return Object.hasOwn(EXIT_BY_ERROR, code)
}

function failure(exit: ExitCode, message: string, hint?: string): Failure {
  return { exit, message, hint }
}

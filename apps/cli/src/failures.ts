/** What is told of a failure: one line what happened, one line what to do, and an exit code. */
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

function isErrorCode(code: string): code is keyof typeof EXIT_BY_ERROR {
  return Object.hasOwn(EXIT_BY_ERROR, code)
}

function failure(exit: ExitCode, message: string, hint?: string): Failure {
  return { exit, message, hint }
}

/** Errors of a server that is read from or written to. */

/**
 * - `SIDE_UNREACHABLE`: no connection, or it broke
 * - `SIDE_ACCESS`: the server rejects the user, password or token, or does not allow this
 * - `SIDE_FAILED`: the server reported any other error
 */
export type SideErrorCode = 'SIDE_UNREACHABLE' | 'SIDE_ACCESS' | 'SIDE_FAILED'

export interface SideErrorOptions {
  readonly hint?: string | undefined
  /** Whether the same may succeed when it is tried again. */
  readonly isTransient?: boolean | undefined
  /** Whether a row that is written is to blame: a constraint or a trigger rejects it. */
  readonly isAboutRow?: boolean | undefined
  readonly cause?: unknown
}

/** A database or HTTP API could not be used. No message contains a password, token or value of a row. */
export class SideError extends Error {
  override readonly name = 'SideError'
  readonly code: SideErrorCode
  readonly hint: string | undefined
  readonly isTransient: boolean
  readonly isAboutRow: boolean

  constructor(code: SideErrorCode, message: string, options: SideErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.hint = options.hint
    this.isTransient = options.isTransient ?? false
    this.isAboutRow = options.isAboutRow ?? false
  }
}

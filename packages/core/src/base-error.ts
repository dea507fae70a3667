/** What all errors of this library have in common. */
import type { ActionType, OperationId } from '@chatlayer-tables/contract'
import type { ChatlayerError } from './errors.ts'

/** Every value of `code`, stable across releases. */
export const ERROR_CODES = [
  'CONFIGURATION',
  'INVALID_INPUT',
  'NOT_EXPRESSIBLE',
  'NOT_FOUND',
  'AUTHENTICATION',
  'PERMISSION',
  'REJECTED',
  'RATE_LIMITED',
  'GATEWAY',
  'CONNECTION',
  'TIMEOUT',
  'UNEXPECTED_ANSWER',
  'TABLE_CHANGED',
  'CONFLICT',
  'UNKNOWN_OUTCOME',
  'WRITE_FAILED',
] as const

/** What kind of problem an error reports. */
export type ErrorCode = (typeof ERROR_CODES)[number]

/** Whether the gateway may have carried the request out: certainly not (`no`), or `maybe`. */
export type Executed = 'no' | 'maybe'

/** The request that an error is about. Holds no values and no headers. */
export interface RequestInfo {
  readonly operation: OperationId
  readonly action: ActionType | undefined
  readonly method: string
  /** The path below the API's prefix, as sent. */
  readonly path: string
  /** Number of times it was sent; 1 when there was no retry. */
  readonly attempts: number
}

/**
 * Which situation an error reports, more exactly than `code`. A program that knows the situation
 * words the hint itself, such as with the names of its own commands.
 */
export interface ErrorSituation {
  readonly code: string
  readonly data?: Readonly<Record<string, unknown>> | undefined
}

export interface ErrorDetails {
  readonly hint?: string | undefined
  readonly situation?: ErrorSituation | undefined
  readonly request?: RequestInfo | undefined
  readonly executed?: Executed | undefined
  readonly cause?: unknown
}

/** An error as data, for logs and answers: no stack, no token, no values of a record. */
export interface ErrorJson {
  readonly name: string
  readonly code: ErrorCode
  readonly message: string
  readonly hint: string | undefined
  readonly executed: Executed
  readonly request: RequestInfo | undefined
  /** Another error of this library in full; of any other error its name and code. */
  readonly cause?: ErrorJson | { readonly name: string; readonly code?: string } | undefined
  /** What the class adds, such as `status` or `field`. */
  readonly [detail: string]: unknown
}

/** The properties that classes add to an {@link ErrorJson}. */
const DETAILS = [
  'field',
  'place',
  'status',
  'gatewayMessage',
  'retryAfterMs',
  'columns',
  'tried',
] as const

/** Marks errors of every copy of this library in a process. */
const BRAND = Symbol.for('chatlayer-tables.error')

/** The base of every error of this library; `code` is stable across releases. */
export abstract class BaseError extends Error {
  abstract readonly code: ErrorCode
  readonly hint: string | undefined
  readonly situation: ErrorSituation | undefined
  readonly request: RequestInfo | undefined
  readonly executed: Executed

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = new.target.name
    this.hint = details.hint
    this.situation = details.situation
    this.request = details.request
    this.executed = details.executed ?? 'no'
  }

  /** The error as data; `JSON.stringify` uses it. */
  toJSON(): ErrorJson {
    const { name, code, message, hint, executed, request, cause } = this
    const own = new Map<string, unknown>(Object.entries(this))
    const details = DETAILS.flatMap((detail) =>
      own.has(detail) ? [[detail, own.get(detail)]] : [],
    )
    const because = cause instanceof Error ? { cause: causeJson(cause) } : {}
    return {
      name,
      code,
      message,
      hint,
      ...Object.fromEntries(details),
      executed,
      request,
      ...because,
    }
  }
}
Object.defineProperty(BaseError.prototype, BRAND, { value: true })

/** The message of a foreign error may hold anything. */
function causeJson(cause: Error): NonNullable<ErrorJson['cause']> {
  if (isChatlayerError(cause)) return cause.toJSON()
  const { name } = cause
  return 'code' in cause && typeof cause.code === 'string' ? { name, code: cause.code } : { name }
}

/**
 * Whether a value is an error of this library, also of another copy or version of it in the same
 * process, which `instanceof` does not recognize.
 */
export function isChatlayerError(value: unknown): value is ChatlayerError {
  return value instanceof Error && BRAND in value
}

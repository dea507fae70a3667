/**
 * One class for each kind of error. Every error states what happened (`message`), to which request
 * (`request`), whether the gateway may have executed it (`executed`), and what to do (`hint`).
 * No error contains a token, an authorization header or the values of a record that was sent,
 * except the key of a row that has to be identified.
 */
import type { ActionType, OperationId } from '@chatlayer-tables/contract'

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
  'UNKNOWN_OUTCOME',
] as const

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

/** The base of every error of this library; `code` is stable across releases. */
export abstract class ChatlayerError extends Error {
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
}

/** The client was configured wrongly: no token, an invalid base URL, an unknown dialect setting. */
export class ConfigurationError extends ChatlayerError {
  readonly code = 'CONFIGURATION'
}

/** The caller's input does not fit the table or the method; nothing was sent. */
export class InvalidInputError extends ChatlayerError {
  readonly code = 'INVALID_INPUT'
  /** Where in the input, such as `where.age.gte` or `values.phone`. */
  readonly field: string | undefined

  constructor(message: string, details: ErrorDetails & { field?: string | undefined } = {}) {
    super(message, details)
    this.field = details.field
  }
}

/** The call cannot be expressed on the wire under the effective dialect; nothing was sent. */
export class NotExpressibleError extends ChatlayerError {
  readonly code = 'NOT_EXPRESSIBLE'
  readonly field: string | undefined

  constructor(message: string, details: ErrorDetails & { field?: string | undefined } = {}) {
    super(message, details)
    this.field = details.field
  }
}

/** No table of that name or id, or a 404 of the gateway. */
export class NotFoundError extends ChatlayerError {
  readonly code = 'NOT_FOUND'
}

/** Details of a rejected request, beyond {@link ErrorDetails}. */
export interface RefusalDetails extends ErrorDetails {
  readonly status: number
  readonly gatewayMessage?: string | undefined
  readonly retryAfterMs?: number | undefined
}

/** The gateway rejected the request. `status` is its HTTP status, `gatewayMessage` its message. */
export abstract class RefusalError extends ChatlayerError {
  readonly status: number
  readonly gatewayMessage: string | undefined
  /** Delay that the gateway asked for, in milliseconds: with 429, and with 503 or another 5xx. */
  readonly retryAfterMs: number | undefined

  constructor(message: string, details: RefusalDetails) {
    super(message, details)
    this.status = details.status
    this.gatewayMessage = details.gatewayMessage
    this.retryAfterMs = details.retryAfterMs
  }
}

/** 401: the token is wrong, expired, or belongs to another region. */
export class AuthenticationError extends RefusalError {
  readonly code = 'AUTHENTICATION'
}

/** 403: the token is valid but not allowed to do this. */
export class PermissionError extends RefusalError {
  readonly code = 'PERMISSION'
}

/** 400, 409, 422 and other statuses that a retry will not change. */
export class RejectedError extends RefusalError {
  readonly code = 'REJECTED'
}

/** 429 on every attempt. */
export class RateLimitedError extends RefusalError {
  readonly code = 'RATE_LIMITED'
}

/** 5xx, or an unknown status. A write may have been carried out. */
export class GatewayError extends RefusalError {
  readonly code = 'GATEWAY'
}

/** No connection, or one that failed. `executed` shows whether anything may have been sent. */
export class ConnectionError extends ChatlayerError {
  readonly code = 'CONNECTION'
}

/** No response in time: to one attempt, or to the call with all its attempts. */
export class TimeoutError extends ChatlayerError {
  readonly code = 'TIMEOUT'
}

/**
 * A 200 response whose body does not match the contract. Names the place and what was expected, not
 * values.
 */
export class UnexpectedAnswerError extends ChatlayerError {
  readonly code = 'UNEXPECTED_ANSWER'
  /** The place in the body, such as `data[3].id`; undefined when the body is not JSON. */
  readonly place: string | undefined

  constructor(message: string, details: ErrorDetails & { place?: string | undefined } = {}) {
    super(message, details)
    this.place = details.place
  }
}

/** The table kept changing while all of it was read. */
export class TableChangedError extends ChatlayerError {
  readonly code = 'TABLE_CHANGED'
}

/** A write whose outcome could not be determined. `tried` lists what was done to determine it. */
export class UnknownOutcomeError extends ChatlayerError {
  readonly code = 'UNKNOWN_OUTCOME'
  readonly tried: readonly string[]

  constructor(message: string, details: ErrorDetails & { tried: readonly string[] }) {
    super(message, { executed: 'maybe', ...details })
    this.tried = details.tried
  }
}

/** A minifier may shorten the names of classes; an error keeps its own. */
const NAMED = {
  ConfigurationError,
  InvalidInputError,
  NotExpressibleError,
  NotFoundError,
  AuthenticationError,
  PermissionError,
  RejectedError,
  RateLimitedError,
  GatewayError,
  ConnectionError,
  TimeoutError,
  UnexpectedAnswerError,
  TableChangedError,
  UnknownOutcomeError,
}
for (const [value, error] of Object.entries(NAMED)) Object.defineProperty(error, 'name', { value })

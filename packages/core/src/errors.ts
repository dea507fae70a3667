/**
 * One class for each kind of trouble. Every error says what happened (`message`), to which request
 * (`request`), whether the gateway may have carried it out (`executed`), and what to do (`hint`).
 * None holds a token, an authorization header or the values of a record that was sent, but for the
 * key of a row that has to be named.
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

/** Whether the gateway may have carried the request out: `no` for certain, or `maybe`. */
export type Executed = 'no' | 'maybe'

/** Which request an error speaks of. Holds no values, no headers. */
export interface RequestInfo {
  readonly operation: OperationId
  readonly action: ActionType | undefined
  readonly method: string
  /** The path below the API's prefix, as sent. */
  readonly path: string
  /** How often it was sent, 1 when it was not repeated. */
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

/** The client was set up wrongly: no token, a bad base URL, an unknown dialect setting. */
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

/** What was asked for has no form on the wire under the dialect in force; nothing was sent. */
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

/** What a refusal tells beyond {@link ErrorDetails}. */
export interface RefusalDetails extends ErrorDetails {
  readonly status: number
  readonly gatewayMessage?: string | undefined
  readonly retryAfterMs?: number | undefined
}

/** The gateway said no. `status` is its HTTP status, `gatewayMessage` its own words. */
export abstract class RefusalError extends ChatlayerError {
  readonly status: number
  readonly gatewayMessage: string | undefined
  /** How long the gateway asked to wait, in milliseconds: with 429, and with 503 or another 5xx. */
  readonly retryAfterMs: number | undefined

  constructor(message: string, details: RefusalDetails) {
    super(message, details)
    this.status = details.status
    this.gatewayMessage = details.gatewayMessage
    this.retryAfterMs = details.retryAfterMs
  }
}

/** 401: the token is wrong, expired, or of another region. */
export class AuthenticationError extends RefusalError {
  readonly code = 'AUTHENTICATION'
}

/** 403: the token is right but may not do this. */
export class PermissionError extends RefusalError {
  readonly code = 'PERMISSION'
}

/** 400, 409, 422 and other refusals that repeating will not change. */
export class RejectedError extends RefusalError {
  readonly code = 'REJECTED'
}

/** 429 on every attempt. */
export class RateLimitedError extends RefusalError {
  readonly code = 'RATE_LIMITED'
}

/** 5xx, or a status that nothing is known of. A write may have been carried out. */
export class GatewayError extends RefusalError {
  readonly code = 'GATEWAY'
}

/** No connection, or one that broke. `executed` tells whether anything may have been sent. */
export class ConnectionError extends ChatlayerError {
  readonly code = 'CONNECTION'
}

/** No answer in time: of one attempt, or of the call with all its attempts. */
export class TimeoutError extends ChatlayerError {
  readonly code = 'TIMEOUT'
}

/** A 200 whose body does not fit the contract. Names the place and what was expected, no values. */
export class UnexpectedAnswerError extends ChatlayerError {
  readonly code = 'UNEXPECTED_ANSWER'
  /** The place in the body, such as `data[3].id`; undefined when it is no JSON at all. */
  readonly place: string | undefined

  constructor(message: string, details: ErrorDetails & { place?: string | undefined } = {}) {
    super(message, details)
    this.place = details.place
  }
}

/** The table kept changing while it was read as a whole. */
export class TableChangedError extends ChatlayerError {
  readonly code = 'TABLE_CHANGED'
}

/** A write of which it could not be found out whether it landed. `tried` tells what was done. */
export class UnknownOutcomeError extends ChatlayerError {
  readonly code = 'UNKNOWN_OUTCOME'
  readonly tried: readonly string[]

  constructor(message: string, details: ErrorDetails & { tried: readonly string[] }) {
    super(message, { executed: 'maybe', ...details })
    this.tried = details.tried
  }
}

/** The build shortens the names of classes, and an error shows its own. */
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

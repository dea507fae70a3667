/**
 * One class for each kind of error. Every error states what happened (`message`), to which request
 * (`request`), whether the gateway may have executed it (`executed`), and what to do (`hint`).
 * No error contains a token, an authorization header or the values of a record that was sent,
 * except the key of a row that has to be identified.
 */
import { BaseError, type ErrorDetails, type ErrorJson } from './base-error.ts'
import type { Problem } from './types.ts'
import type { Report } from './write/report.ts'

export {
  ERROR_CODES,
  type ErrorCode,
  type ErrorDetails,
  type ErrorJson,
  type ErrorSituation,
  type Executed,
  isChatlayerError,
  type RequestInfo,
} from './base-error.ts'

/** The client was configured wrongly: no token, an invalid base URL, an unknown dialect setting. */
export class ConfigurationError extends BaseError {
  readonly code = 'CONFIGURATION'
}

/** The caller's input does not fit the table or the method; nothing was sent. */
export class InvalidInputError extends BaseError {
  readonly code = 'INVALID_INPUT'
  /** Where in the input, such as `where.age.gte` or `values.phone`. */
  readonly field: string | undefined

  constructor(message: string, details: ErrorDetails & { field?: string | undefined } = {}) {
    super(message, details)
    this.field = details.field
  }
}

/** The call cannot be expressed on the wire under the effective dialect; nothing was sent. */
export class NotExpressibleError extends BaseError {
  readonly code = 'NOT_EXPRESSIBLE'
  readonly field: string | undefined

  constructor(message: string, details: ErrorDetails & { field?: string | undefined } = {}) {
    super(message, details)
    this.field = details.field
  }
}

/** No table of that name or id, or a 404 of the gateway. */
export class NotFoundError extends BaseError {
  readonly code = 'NOT_FOUND'
}

/** Details of a rejected request, beyond {@link ErrorDetails}. */
export interface RefusalDetails extends ErrorDetails {
  readonly status: number
  readonly gatewayMessage?: string | undefined
  readonly retryAfterMs?: number | undefined
}

abstract class BaseRefusal extends BaseError {
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
export class AuthenticationError extends BaseRefusal {
  readonly code = 'AUTHENTICATION'
}

/** 403: the token is valid but not allowed to do this. */
export class PermissionError extends BaseRefusal {
  readonly code = 'PERMISSION'
}

/** 400, 409, 422 and other statuses that a retry will not change. */
export class RejectedError extends BaseRefusal {
  readonly code = 'REJECTED'
}

/** 429 on every attempt. */
export class RateLimitedError extends BaseRefusal {
  readonly code = 'RATE_LIMITED'
}

/** 5xx, or an unknown status. A write may have been carried out. */
export class GatewayError extends BaseRefusal {
  readonly code = 'GATEWAY'
}

/** No connection, or one that failed. `executed` shows whether anything may have been sent. */
export class ConnectionError extends BaseError {
  readonly code = 'CONNECTION'
}

/** No response in time: to one attempt, or to the call with all its attempts. */
export class TimeoutError extends BaseError {
  readonly code = 'TIMEOUT'
}

/**
 * A 200 response whose body does not match the contract. Names the place and what was expected, not
 * values.
 */
export class UnexpectedAnswerError extends BaseError {
  readonly code = 'UNEXPECTED_ANSWER'
  /** The place in the body, such as `data[3].id`; undefined when the body is not JSON. */
  readonly place: string | undefined

  constructor(message: string, details: ErrorDetails & { place?: string | undefined } = {}) {
    super(message, details)
    this.place = details.place
  }
}

/** The table kept changing while all of it was read. */
export class TableChangedError extends BaseError {
  readonly code = 'TABLE_CHANGED'
}

/** The record has changed since it was read; it was not written. */
export class ConflictError extends BaseError {
  readonly code = 'CONFLICT'
  /** The columns with another value than the expected one. */
  readonly columns: readonly string[]

  constructor(message: string, details: ErrorDetails & { columns: readonly string[] }) {
    super(message, details)
    this.columns = details.columns
  }
}

/** A write whose outcome could not be determined. `tried` lists what was done to determine it. */
export class UnknownOutcomeError extends BaseError {
  readonly code = 'UNKNOWN_OUTCOME'
  readonly tried: readonly string[]

  constructor(message: string, details: ErrorDetails & { tried: readonly string[] }) {
    super(message, { executed: 'maybe', ...details })
    this.tried = details.tried
  }
}

/** Problems that a {@link WriteFailedError} lists itself. */
const LISTED = 5

/** Rows of a bulk write were not written, or have an unknown outcome; see {@link Report.orThrow}. */
export class WriteFailedError<Row = unknown> extends BaseError {
  readonly code = 'WRITE_FAILED'
  readonly #report: Report<Row>
  readonly #problems: readonly Problem<Row>[]

  constructor(report: Report<Row>) {
    const { total, rejected, unknown, ok } = report
    const problems = report.problems.toSorted((a, b) => a.index - b.index).slice(0, LISTED)
    const [first] = problems
    const kinds = [
      ...(rejected > 0 ? [`${rejected} rejected`] : []),
      ...(unknown > 0 ? [`${unknown} with an unknown outcome`] : []),
    ]
    const which = first && `; row ${first.index + 1} (counted from 1): ${first.error.message}`
    super(`${rejected + unknown} of ${total} rows failed, ${kinds.join(' and ')}${which ?? ''}`, {
      hint: 'Each row that failed is in `report.problems` with its error.',
      executed: ok + unknown > 0 ? 'maybe' : 'no',
      cause: first?.error,
    })
    this.#report = report
    this.#problems = problems
  }

  /** The totals of the write, with its problems. Not shown with the error, since it holds rows. */
  get report(): Report<Row> {
    return this.#report
  }

  /** The first five problems, in the order of the input. */
  get problems(): readonly Problem<Row>[] {
    return this.#problems
  }

  override toJSON(): ErrorJson {
    const { total, ok, rejected, unknown } = this.report
    const problems = this.problems.map(({ index, status, id, error }) => {
      return { index, status, id, error: error.toJSON() }
    })
    return { ...super.toJSON(), total, ok, rejected, unknown, problems, cause: undefined }
  }
}

/**
 * Any error of this library, discriminated by `code`:
 *
 *     if (error instanceof ChatlayerError && error.code === 'RATE_LIMITED') error.retryAfterMs
 */
export type ChatlayerError =
  | ConfigurationError
  | InvalidInputError
  | NotExpressibleError
  | NotFoundError
  | RefusalError
  | ConnectionError
  | TimeoutError
  | UnexpectedAnswerError
  | TableChangedError
  | ConflictError
  | UnknownOutcomeError
  | WriteFailedError

/** For `instanceof`: every error of this library. */
export const ChatlayerError = BaseError as unknown as ErrorGroup<ChatlayerError>

/** The gateway rejected the request. `status` is its HTTP status, `gatewayMessage` its message. */
export type RefusalError =
  | AuthenticationError
  | PermissionError
  | RejectedError
  | RateLimitedError
  | GatewayError

/** For `instanceof`: every rejection of the gateway. */
export const RefusalError = BaseRefusal as unknown as ErrorGroup<RefusalError>

/** The classes of several errors as one value for `instanceof`, which narrows to their union. */
export type ErrorGroup<E> = abstract new (...args: never) => E

/** A minifier may shorten the names of classes; an error keeps its own. */
const NAMED = {
  ChatlayerError: BaseError,
  RefusalError: BaseRefusal,
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
  ConflictError,
  UnknownOutcomeError,
  WriteFailedError,
}
for (const [value, error] of Object.entries(NAMED)) Object.defineProperty(error, 'name', { value })

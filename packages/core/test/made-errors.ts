import {
  AuthenticationError,
  type ChatlayerError,
  ConfigurationError,
  ConflictError,
  ConnectionError,
  type ErrorCode,
  type ErrorDetails,
  GatewayError,
  InvalidInputError,
  NotExpressibleError,
  NotFoundError,
  PermissionError,
  RateLimitedError,
  RejectedError,
  TableChangedError,
  TimeoutError,
  UnexpectedAnswerError,
  UnknownOutcomeError,
  WriteFailedError,
} from '../src/errors.ts'
import type { Problem } from '../src/types.ts'
import { Report } from '../src/write/report.ts'

export const SECRET = 'user:password'
const REQUEST = {
  operation: 'performTableAction',
  action: 'INSERT',
  method: 'POST',
  path: '/tables/1/actions',
  attempts: 2,
} as const
const CAUSE = Object.assign(new TypeError(SECRET), { code: 'ECONNRESET', token: SECRET })
const DETAILS: ErrorDetails = {
  hint: 'Try again.',
  situation: { code: 'x', data: { token: SECRET } },
  request: REQUEST,
  executed: 'maybe',
  cause: CAUSE,
}
export const REFUSAL = { ...DETAILS, status: 418, gatewayMessage: 'no', retryAfterMs: 1500 }
const PROBLEMS: readonly Problem<string>[] = Array.from({ length: 8 }, (_, n) => ({
  status: 'rejected',
  index: 9 - n,
  row: SECRET,
  id: undefined,
  error: new RejectedError(`reason ${9 - n}`, REFUSAL),
}))
export const REPORT = new Report({
  total: 12,
  ok: 4,
  rejected: 7,
  unknown: 1,
  storedOtherwise: 0,
  sentAgain: 0,
  changes: { inserted: 4, updated: 0, deleted: 0, unchanged: 0 },
  problems: PROBLEMS,
})

/** One error of each code, with all details. */
export const MADE: Readonly<Record<ErrorCode, ChatlayerError>> = {
  CONFIGURATION: new ConfigurationError('m', DETAILS),
  INVALID_INPUT: new InvalidInputError('m', { ...DETAILS, field: 'where.n' }),
  NOT_EXPRESSIBLE: new NotExpressibleError('m', { ...DETAILS, field: 'where.n' }),
  NOT_FOUND: new NotFoundError('m', DETAILS),
  AUTHENTICATION: new AuthenticationError('m', REFUSAL),
  PERMISSION: new PermissionError('m', REFUSAL),
  REJECTED: new RejectedError('m', REFUSAL),
  RATE_LIMITED: new RateLimitedError('m', REFUSAL),
  GATEWAY: new GatewayError('m', REFUSAL),
  CONNECTION: new ConnectionError('m', DETAILS),
  TIMEOUT: new TimeoutError('m', DETAILS),
  UNEXPECTED_ANSWER: new UnexpectedAnswerError('m', { ...DETAILS, place: 'data[0].id' }),
  TABLE_CHANGED: new TableChangedError('m', DETAILS),
  CONFLICT: new ConflictError('m', { ...DETAILS, columns: ['c'] }),
  UNKNOWN_OUTCOME: new UnknownOutcomeError('m', { ...DETAILS, tried: ['sent it'] }),
  WRITE_FAILED: new WriteFailedError(REPORT),
}

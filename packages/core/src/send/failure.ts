/**
 * The failure of one attempt, as data. The retry policy uses it, and a final failure becomes an
 * error.
 */
import {
  AuthenticationError,
  type ChatlayerError,
  ConnectionError,
  type Executed,
  GatewayError,
  InvalidInputError,
  NotFoundError,
  PermissionError,
  RateLimitedError,
  type RefusalDetails,
  RejectedError,
  type RequestInfo,
  TimeoutError,
  UnexpectedAnswerError,
} from '../errors.ts'
import type { Wait } from './retry-after.ts'

export const FAILURE_KINDS = [
  'unreachable',
  'untrusted',
  'proxy',
  'dispatcher',
  'broken',
  'timeout',
  'throttled',
  'unavailable',
  'faulty',
  'unreadable',
  'misfit',
  'too-large',
  'redirect',
  'unauthenticated',
  'forbidden',
  'missing',
  'rejected',
] as const

export type FailureKind = (typeof FAILURE_KINDS)[number]

export interface Failure {
  readonly kind: FailureKind
  readonly executed: Executed
  /** Can be shown: the token is masked, foreign text quoted. */
  readonly message: string
  readonly hint: string
  readonly status?: number | undefined
  readonly gatewayMessage?: string | undefined
  /** How long the gateway asks to wait. */
  readonly retryAfter?: Wait | undefined
  /** The place in the body that does not match the contract. */
  readonly place?: string | undefined
  readonly cause?: Error | undefined
}

export const CHECK_FIRST =
  'The gateway may have executed it. Repeat a read; before repeating a write, check whether it took effect.'

type MakeError = (
  failure: Failure,
  details: { hint: string; request: RequestInfo; executed: Executed; cause: unknown },
) => ChatlayerError

const refusal =
  (Refusal: new (message: string, details: RefusalDetails) => ChatlayerError): MakeError =>
  (failure, details) =>
    new Refusal(failure.message, {
      ...details,
      status: failure.status ?? 0,
      gatewayMessage: failure.gatewayMessage,
      retryAfterMs: failure.retryAfter?.atMostMs,
    })

const plain =
  (Plain: new (message: string, details: object) => ChatlayerError): MakeError =>
  (failure, details) =>
    new Plain(failure.message, details)

const unexpected: MakeError = (failure, details) =>
  new UnexpectedAnswerError(failure.message, { ...details, place: failure.place })

const MAKE: Readonly<Record<FailureKind, MakeError>> = {
  unreachable: plain(ConnectionError),
  untrusted: plain(ConnectionError),
  proxy: plain(ConnectionError),
  dispatcher: plain(InvalidInputError),
  broken: plain(ConnectionError),
  timeout: plain(TimeoutError),
  throttled: refusal(RateLimitedError),
  unavailable: refusal(GatewayError),
  faulty: refusal(GatewayError),
  unreadable: unexpected,
  misfit: unexpected,
  'too-large': unexpected,
  redirect: refusal(GatewayError),
  unauthenticated: refusal(AuthenticationError),
  forbidden: refusal(PermissionError),
  missing: plain(NotFoundError),
  rejected: refusal(RejectedError),
}

/**
 * The error of a final failure. `executed` covers all attempts: a refusal does not undo what an
 * earlier attempt may have done.
 */
export function failureError(
  failure: Failure,
  request: RequestInfo,
  executed: Executed,
): ChatlayerError {
  const error = MAKE[failure.kind](failure, {
    hint: failure.hint,
    request,
    executed,
    cause: failure.cause,
  })
  // A stack has ten frames: without those of this module, the caller's is among them.
  Error.captureStackTrace(error, failureError)
  return error
}

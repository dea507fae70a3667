/** Errors of a call that ends without an attempt. */
import {
  type ChatlayerError,
  ConnectionError,
  type Executed,
  GatewayError,
  RateLimitedError,
  type RequestInfo,
  TimeoutError,
} from '../errors.ts'
import { formatDuration } from '../values/duration.ts'

export function turnError(request: RequestInfo, executed: Executed): TimeoutError {
  return new TimeoutError('the call timed out while it waited for its turn', {
    request,
    executed,
    hint: 'Set a longer timeoutMs, or send fewer requests at once.',
  })
}

/** @param status of the response that asked for the pause */
export function heldError(
  request: RequestInfo,
  executed: Executed,
  retryAfterMs: number,
  status: number,
): ChatlayerError {
  const message = `the gateway asked to wait: all requests are held back for another ${formatDuration(retryAfterMs)}, longer than the timeout of this call`
  const hint = 'Try again later, or set a longer timeoutMs.'
  const details = { request, executed, retryAfterMs: Math.ceil(retryAfterMs), hint }
  const Held = status === 429 ? RateLimitedError : GatewayError
  return new Held(message, { ...details, status })
}

export function closedError(request: RequestInfo, executed: Executed): ConnectionError {
  return new ConnectionError('the client is closed', {
    request,
    executed,
    hint: 'Create a new client.',
    situation: { code: CLOSED },
  })
}

const CLOSED = 'CLIENT_CLOSED'

export function isClosed(error: ChatlayerError): boolean {
  return error.situation?.code === CLOSED
}

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

export function turnError(request: RequestInfo, executed: Executed): TimeoutError {
  return new TimeoutError('the call ran out of time while it waited for its turn', {
    request,
    executed,
    hint: 'Allow more time (timeoutMs), or send less at once.',
  })
}

/** @param status the one with which the gateway asked for the pause */
export function heldError(
  request: RequestInfo,
  executed: Executed,
  retryAfterMs: number,
  status: number,
): ChatlayerError {
  const seconds = Math.ceil(retryAfterMs / 1000)
  const message = `the gateway asked to wait: all requests are held back for another ${seconds} s, longer than this call may take`
  const hint = 'Try again later, or allow more time (timeoutMs).'
  const details = { request, executed, retryAfterMs, hint }
  const Held = status === 429 ? RateLimitedError : GatewayError
  return new Held(message, { ...details, status })
}

export function closedError(request: RequestInfo, executed: Executed): ConnectionError {
  return new ConnectionError('the client is closed', {
    request,
    executed,
    hint: 'Create a new client; a closed one stays closed.',
  })
}

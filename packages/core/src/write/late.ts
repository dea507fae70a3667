/**
 * How long a request may still take effect after it ended here without a success. No client can see
 * that, so these times are an assumption; `docs/promises.md` states it.
 */
import type { ChatlayerError } from '../errors.ts'

/** This client or a front end stopped waiting. */
const GIVEN_UP_MS = 2_500
/** The other end closed the connection. */
const CLOSED_MS = 750
/** The gateway responded, so it has finished the request. */
const ANSWERED_MS = 250

/** Statuses by which a front end gives up a request that the gateway may still be working on. */
const FRONT_END: readonly number[] = [408, 502, 504]

/** The time within which a request that ended with this error takes effect, or never does. */
export function lateMs(error: ChatlayerError): number {
  if (error.code === 'CONNECTION') return CLOSED_MS
  const isFrontEnd = error.code === 'GATEWAY' && FRONT_END.includes(error.status)
  return error.code === 'TIMEOUT' || isFrontEnd ? GIVEN_UP_MS : ANSWERED_MS
}

/** Until when the last request of a process that ended at a time of `performance.now()` may be late. */
export function lateUntilAfter(endedAt: number): number {
  return Math.min(endedAt, performance.now()) + GIVEN_UP_MS
}

/**
 * Whether the server may not have read the request yet: it takes new connections in their order, and
 * one that is busy serves others meanwhile. A search by a new connection comes after it in that order.
 */
export function mayBeUnread(error: ChatlayerError): boolean {
  return error.code === 'TIMEOUT' || error.code === 'CONNECTION'
}

/** The pause between two searches, which doubles: the longer it takes, the less likely it is there. */
export function searchPauseMs(searches: number): number {
  return 250 * 2 ** (searches - 1)
}

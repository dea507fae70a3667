/** The waits of a call: for the gate, and before a retry. */
import type { Pass } from './gate.ts'
import type { Shared } from './shared.ts'
import type { Stop } from './stop.ts'
import type { Waiter } from './waiting-line.ts'

/** Undefined when the call was stopped, its time ran out or the client was closed. */
export async function waitForTurn(
  shared: Shared,
  stop: Stop,
  deadline: number,
  again: boolean,
): Promise<Pass | undefined> {
  const since = performance.now()
  const pass = await waiting<Pass | undefined>(shared, stop, deadline - since, (end) => {
    const waiter: Waiter<Pass> = { admit: end }
    shared.gate.wait(waiter, again)
    return () => {
      shared.gate.forget(waiter)
      end(undefined)
    }
  })
  shared.counts.waitedMs += performance.now() - since
  return pass
}

/** Ends after a time, or when the call is stopped or the client closed. */
export function pause(shared: Shared, stop: Stop, ms: number): Promise<void> {
  return waiting<void>(shared, stop, ms, (end) => end)
}

/**
 * Waits until `end` is called, by the wait itself or by `leave`: after a time, or when the call is
 * stopped or the client closed.
 *
 * @param begin starts the wait and returns `leave`
 */
function waiting<T>(
  shared: Shared,
  stop: Stop,
  ms: number,
  begin: (end: (result: T) => void) => () => void,
): Promise<T> {
  return new Promise((resolve) => {
    let leave = () => {}
    let ended = false
    const timer = setTimeout(() => leave(), Math.min(MAX_TIMER_MS, ms))
    shared.waiting.add(stop)
    leave = begin((result) => {
      ended = true
      clearTimeout(timer)
      shared.waiting.delete(stop)
      stop.onWake(undefined)
      resolve(result)
    })
    if (ended) return
    stop.onWake(leave)
    if (shared.closed) leave()
  })
}

/** With a longer delay, setTimeout calls back at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

/**
 * The gate: every attempt of a client passes it, so that all senders slow down and pause together.
 * First in, first out; an attempt that was refused by the rate limit comes before new ones.
 */
export interface GateOptions {
  readonly maxInFlight: number
}

/** One who waits. `admit` is called at most once. */
export interface Waiter {
  admit(): void
  next: Waiter | undefined
  prior: Waiter | undefined
  queued: boolean
}

export interface Gate {
  /** Takes a place at once, or says that one has to wait. */
  tryEnter(): boolean
  wait(waiter: Waiter): void
  /** Leaves the queue without a trace. */
  forget(waiter: Waiter): void
  leave(): void
  readonly inFlight: number
  readonly queued: number
}

export function createGate(options: GateOptions): Gate {
  const queue: Waiter[] = []
  let inFlight = 0
  return {
    tryEnter() {
      if (inFlight >= options.maxInFlight || queue.length > 0) return false
      inFlight += 1
      return true
    },
    wait(waiter) {
      queue.push(waiter)
    },
    forget(waiter) {
      const at = queue.indexOf(waiter)
      if (at >= 0) queue.splice(at, 1)
    },
    leave() {
      inFlight -= 1
      const next = queue.shift()
      if (next === undefined) return
      inFlight += 1
      next.admit()
    },
    get inFlight() {
      return inFlight
    },
    get queued() {
      return queue.length
    },
  }
}

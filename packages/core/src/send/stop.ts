/** Stops a call from outside, during a request or any wait. */
export class Stop {
  stopped = false
  reason: unknown
  #end: (() => void) | undefined

  /** Ends the current wait and the call, which rejects with the reason. */
  now(reason: unknown): void {
    if (this.stopped) return
    this.stopped = true
    this.reason = reason
    this.wake()
  }

  /** Ends only the current wait. */
  wake(): void {
    this.#end?.()
  }

  /** Sets how to end the current wait; undefined when it is over. */
  onWake(end: (() => void) | undefined): void {
    this.#end = end
    // Stopped between two waits, for example by a hook.
    if (this.stopped) end?.()
  }
}

/** The `stop` of a call aborted, and no request of the call is in flight or may have been executed. */
export class StoppedBeforeSending extends Error {
  constructor(reason: unknown) {
    super('stopped before it was sent', { cause: reason })
  }
}

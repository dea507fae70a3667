/** How a call is stopped from outside, whatever it is waiting for at the time. */
export class Stop {
  stopped = false
  reason: unknown
  #end: (() => void) | undefined

  /** Ends the present wait for good; the call rejects with the reason. */
  now(reason: unknown): void {
    if (this.stopped) return
    this.stopped = true
    this.reason = reason
    this.wake()
  }

  /** Ends the present wait alone. */
  wake(): void {
    this.#end?.()
  }

  /** Says how to end the wait that has begun; undefined when it is over. */
  onWake(end: (() => void) | undefined): void {
    this.#end = end
    // Stopped in between two waits, by a hook for instance.
    if (this.stopped) end?.()
  }
}

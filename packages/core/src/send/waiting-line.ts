/** A queue of two classes whose members can be removed anywhere, all in constant time. */
export interface Waiter<T> {
  readonly admit: (pass: T) => void
  /** Links of the queue. */
  line?: Line<T> | undefined
  before?: Waiter<T> | undefined
  after?: Waiter<T> | undefined
}

interface Line<T> {
  first: Waiter<T> | undefined
  last: Waiter<T> | undefined
}

export interface WaitingLine<T> {
  readonly length: number
  /** @param urgent whether it goes before all that are not urgent */
  push(waiter: Waiter<T>, urgent: boolean): void
  shift(): Waiter<T> | undefined
  /** Does nothing for a waiter that is not in the queue. */
  remove(waiter: Waiter<T>): void
}

export function createWaitingLine<T>(): WaitingLine<T> {
  const urgentLine: Line<T> = { first: undefined, last: undefined }
  const line: Line<T> = { first: undefined, last: undefined }
  let length = 0

  function remove(waiter: Waiter<T>): void {
    const from = waiter.line
    if (from === undefined) return
    if (waiter.before === undefined) from.first = waiter.after
    else waiter.before.after = waiter.after
    if (waiter.after === undefined) from.last = waiter.before
    else waiter.after.before = waiter.before
    waiter.line = undefined
    waiter.before = undefined
    waiter.after = undefined
    length -= 1
  }

  return {
    get length() {
      return length
    },
    push(waiter, urgent) {
      const to = urgent ? urgentLine : line
      waiter.line = to
      waiter.before = to.last
      if (to.last === undefined) to.first = waiter
      else to.last.after = waiter
      to.last = waiter
      length += 1
    },
    shift() {
      const first = urgentLine.first ?? line.first
      if (first !== undefined) remove(first)
      return first
    },
    remove,
  }
}

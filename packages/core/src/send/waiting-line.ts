/** A queue of two classes whose members can step out of the middle, each in constant time. */
export interface Waiter<T> {
  readonly admit: (pass: T) => void
  /** Links of the line; not for the waiter. */
  line?: Line<T> | undefined
  before?: Waiter<T> | undefined
  behind?: Waiter<T> | undefined
}

interface Line<T> {
  first: Waiter<T> | undefined
  last: Waiter<T> | undefined
}

export interface WaitingLine<T> {
  readonly length: number
  /** `urgent` ones come before all others, and among themselves in order. */
  push(waiter: Waiter<T>, urgent: boolean): void
  shift(): Waiter<T> | undefined
  /** Does nothing for one that does not wait. */
  remove(waiter: Waiter<T>): void
}

export function createWaitingLine<T>(): WaitingLine<T> {
  const urgentLine: Line<T> = { first: undefined, last: undefined }
  const line: Line<T> = { first: undefined, last: undefined }
  let length = 0

  function remove(waiter: Waiter<T>): void {
    const from = waiter.line
    if (from === undefined) return
    if (waiter.before === undefined) from.first = waiter.behind
    else waiter.before.behind = waiter.behind
    if (waiter.behind === undefined) from.last = waiter.before
    else waiter.behind.before = waiter.before
    waiter.line = undefined
    waiter.before = undefined
    waiter.behind = undefined
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
      else to.last.behind = waiter
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

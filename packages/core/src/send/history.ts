import type { Sent } from './pace.ts'

const MAX_REMEMBERED = 8192

/** When the latest requests were sent. */
export class History {
  readonly #times = new Float64Array(MAX_REMEMBERED)
  #last = 0

  add(sent: Sent): void {
    this.#last = sent.number
    this.#times[this.#last % MAX_REMEMBERED] = sent.sentAt
  }

  /** The number of requests sent after a time, up to and including the one with this number. */
  countSince(time: number, number: number): number {
    let [low, high] = [Math.max(0, this.#last - MAX_REMEMBERED + 1), number + 1]
    // The first request sent after the time is between `low` and `high`, both included.
    while (low < high) {
      const middle = (low + high) >> 1
      if (middle > 0 && this.timeOf(middle) > time) high = middle
      else low = middle + 1
    }
    return number + 1 - low
  }

  /** When the request with this number was sent. */
  timeOf(number: number): number {
    return this.#times[number % MAX_REMEMBERED] ?? 0
  }
}

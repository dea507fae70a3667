import type { Outcome } from '../types.ts'

/** Outcomes that may wait for a slow reader before the write takes no more rows. */
const MAX_WAITING = 1_000

/** Outcomes of a write on their way to its one reader, whose pace holds the write back. */
export class OutcomeQueue<Row> {
  #waiting: Outcome<Row>[] = []
  // Created only while the other side waits.
  #room: PromiseWithResolvers<void> | undefined
  #news: PromiseWithResolvers<void> | undefined
  #hasReader = true
  #isFinished = false

  /** Whether the write has ended. */
  get isFinished(): boolean {
    return this.#isFinished
  }

  /** Resolves when there is room for more; undefined where there is. */
  add(outcome: Outcome<Row>): Promise<void> | undefined {
    this.#waiting.push(outcome)
    this.#news?.resolve()
    if (!this.#hasReader || this.#waiting.length < MAX_WAITING) return undefined
    this.#room ??= Promise.withResolvers()
    return this.#room.promise
  }

  /** The write has ended. */
  finish(): void {
    this.#isFinished = true
    this.#news?.resolve()
  }

  /** The reader reads no more, and holds nothing back. */
  leave(): void {
    this.#hasReader = false
    this.#room?.resolve()
  }

  /** The outcomes that wait, at least one; none once the write has ended. */
  async take(): Promise<readonly Outcome<Row>[]> {
    while (this.#waiting.length === 0 && !this.#isFinished) {
      this.#news = Promise.withResolvers()
      await this.#news.promise
      this.#news = undefined
    }
    const batch = this.#waiting
    this.#waiting = []
    this.#room?.resolve()
    this.#room = undefined
    return batch
  }
}

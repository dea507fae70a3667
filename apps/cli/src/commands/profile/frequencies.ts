/** How often each value occurs, in memory that does not grow without end. Pure. */
import { createHash } from 'node:crypto'
import { DistinctEstimate } from './distinct-estimate.ts'

/** So many different values of a column are told apart exactly. */
const MOST_TOLD_APART = 10_000
/** A longer text is told apart by a digest of it. */
const LONGEST_KEY = 100

export interface Frequency<T> {
  readonly value: T
  /** At least; exactly so where `isExact`. */
  readonly count: number
}

/**
 * Exact up to {@link MOST_TOLD_APART} different values. From then on rare ones are forgotten
 * (Misra and Gries): a count may then be too low, by no more than `error`, which is far below that of
 * any value that is frequent; how many different ones there are is estimated.
 */
export class Frequencies<T> {
  readonly #limit: number
  #entries = new Map<string, { readonly value: T; count: number }>()
  #estimate: DistinctEstimate | undefined
  #error = 0

  constructor(limit = MOST_TOLD_APART) {
    this.#limit = limit
  }

  /** @param key a text that equal values have in common */
  add(key: string, value: () => T): void {
    const short = key.length <= LONGEST_KEY ? key : digestOf(key)
    this.#estimate?.add(short)
    const entry = this.#entries.get(short)
    if (entry !== undefined) {
      entry.count += 1
      return
    }
    if (this.#entries.size >= this.#limit) this.#forget()
    this.#entries.set(short, { value: value(), count: 1 })
  }

  get isExact(): boolean {
    return this.#estimate === undefined
  }

  get distinct(): number {
    return this.#estimate?.value ?? this.#entries.size
  }

  /** Counts may be too low by so much. */
  get error(): number {
    return this.#error
  }

  /** The most frequent first; of equally frequent ones, the one first seen. */
  top(count: number): Frequency<T>[] {
    return [...this.#entries.values()].sort((a, b) => b.count - a.count).slice(0, count)
  }

  all(): Iterable<Frequency<T>> {
    return this.#entries.values()
  }

  /** Makes room for half as many values again, by taking from every count what half of them have. */
  #forget(): void {
    if (this.#estimate === undefined) {
      this.#estimate = new DistinctEstimate()
      for (const key of this.#entries.keys()) this.#estimate.add(key)
    }
    const counts = [...this.#entries.values()].map(({ count }) => count).sort((a, b) => a - b)
    const taken = counts[Math.floor(counts.length / 2)] ?? 1
    this.#error += taken
    const kept = new Map<string, { readonly value: T; count: number }>()
    for (const [key, { value, count }] of this.#entries) {
      if (count > taken) kept.set(key, { value, count: count - taken })
    }
    this.#entries = kept
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64')
}

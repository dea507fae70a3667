/** Counts how often each value occurs, in bounded memory. Pure. */
import { createHash } from 'node:crypto'
import { DistinctEstimate } from './distinct-estimate.ts'

/** Number of different values that are counted exactly. */
const MAX_EXACT_VALUES = 10_000
/** Longer texts are identified by a digest. */
const MAX_KEY_LENGTH = 100

export interface Frequency<T> {
  readonly value: T
  /** A lower bound; exact if `isExact`. */
  readonly count: number
}

/**
 * Exact up to {@link MAX_EXACT_VALUES} different values. Beyond that, rare values are dropped (Misra
 * and Gries): counts may be too low by at most `error`, which is far below the count of any frequent
 * value; the number of different values is estimated.
 */
export class Frequencies<T> {
  readonly #limit: number
  #entries = new Map<string, { readonly value: T; count: number }>()
  #estimate: DistinctEstimate | undefined
  #error = 0

  constructor(limit = MAX_EXACT_VALUES) {
    this.#limit = limit
  }

  /** @param key text that is the same for equal values */
  add(key: string, value: () => T): void {
    const short = key.length <= MAX_KEY_LENGTH ? key : digestOf(key)
    this.#estimate?.add(short)
    const entry = this.#entries.get(short)
    if (entry !== undefined) {
      entry.count += 1
      return
    }
    if (this.#entries.size >= this.#limit) this.#dropRare()
    this.#entries.set(short, { value: value(), count: 1 })
  }

  get isExact(): boolean {
    return this.#estimate === undefined
  }

  get distinct(): number {
    return this.#estimate?.value ?? this.#entries.size
  }

  /** Maximum amount by which counts are too low. */
  get error(): number {
    return this.#error
  }

  /** Most frequent values first; equally frequent ones in order of appearance. */
  top(count: number): Frequency<T>[] {
    return [...this.#entries.values()].sort((a, b) => b.count - a.count).slice(0, count)
  }

  all(): Iterable<Frequency<T>> {
    return this.#entries.values()
  }

  /** Subtracts the median count from every count, and drops values whose count is not above it. */
  #dropRare(): void {
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

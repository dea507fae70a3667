/** Statistics of the numbers or times of a column. Pure. */
import type { ColumnType } from '@chatlayer-tables/contract'
import type { Value } from '@chatlayer-tables/core'
import { QuantileSketch } from './quantile-sketch.ts'

/** Of a column of times, values are ISO 8601 and the deviation is in seconds. */
export interface NumberFacts {
  readonly mean: number | string
  /** Of a sample: divided by n - 1. */
  readonly standardDeviation: number
  readonly median: number | string
  /** By their share; the median is 0.5. */
  readonly quantiles: Readonly<Record<string, number | string>>
  /** Whether the quantiles and the histogram are exact. */
  readonly quantilesAreExact: boolean
  /** Values in equal parts of the range, in order. */
  readonly histogram: readonly number[]
}

const SHARES = [0.05, 0.25, 0.5, 0.75, 0.95]
/** Parts of the histogram: as many as its bar has columns. */
const BINS = 20
/** Digits that sums of doubles keep. */
const DIGITS = 12

/** Computes with doubles: about 15 digits, which statistics do not need. */
export class NumberProfile {
  readonly #isTime: boolean
  readonly #sketch = new QuantileSketch()
  #mean = 0
  #squares = 0

  constructor(type: ColumnType | undefined) {
    this.#isTime = type === 'timestamp'
  }

  add(value: Exclude<Value, null>): void {
    const number = this.#isTime ? Date.parse(String(value)) : Number(value)
    if (!Number.isFinite(number)) return
    this.#sketch.add(number)
    // Welford's method, which does not lose digits to large sums.
    const difference = number - this.#mean
    this.#mean += difference / this.#sketch.count
    this.#squares += difference * (number - this.#mean)
  }

  /** @returns undefined without numbers */
  get facts(): NumberFacts | undefined {
    const { count } = this.#sketch
    if (count === 0) return undefined
    const deviation = count < 2 ? 0 : Math.sqrt(this.#squares / (count - 1))
    const quantiles = SHARES.map((share) => [
      String(share),
      this.#shown(this.#sketch.quantile(share)),
    ])
    const histogram = this.#sketch.histogram(BINS)
    return {
      mean: this.#shown(this.#mean),
      standardDeviation: rounded(this.#isTime ? deviation / 1_000 : deviation),
      median: this.#shown(this.#sketch.quantile(0.5)),
      quantiles: Object.fromEntries(quantiles),
      quantilesAreExact: this.#sketch.isExact,
      histogram,
    }
  }

  #shown(number: number): number | string {
    return this.#isTime ? new Date(Math.round(number)).toISOString() : rounded(number)
  }
}

function rounded(number: number): number {
  return Number(number.toPrecision(DIGITS))
}

/** Distribution of text lengths: quartiles without storing each length. Pure. */

/** Lengths up to this are counted individually, longer ones in classes of 1/16 of a power of two. */
const FINE = 64
const PER_POWER = 16
/** Texts up to this length are never outliers. */
const MAX_NORMAL_LENGTH = 40

export class Lengths {
  readonly #classes = new Map<number, number>()
  #count = 0
  #min = Number.POSITIVE_INFINITY
  #max = Number.NEGATIVE_INFINITY

  add(length: number): void {
    const at = classOf(length)
    this.#classes.set(at, (this.#classes.get(at) ?? 0) + 1)
    this.#count += 1
    this.#min = Math.min(this.#min, length)
    this.#max = Math.max(this.#max, length)
  }

  get range(): readonly [min: number, max: number] | undefined {
    return this.#count === 0 ? undefined : [this.#min, this.#max]
  }

  /**
   * Lengths above this are outliers: more than three interquartile ranges above the upper quartile, and
   * more than three times the upper quartile. Undefined if there are too few texts.
   */
  get outlierLimit(): number | undefined {
    if (this.#count < 20) return undefined
    const [lower, upper] = [this.#quantile(0.25), this.#quantile(0.75)]
    return Math.max(upper + 3 * (upper - lower), 3 * upper, MAX_NORMAL_LENGTH)
  }

  /** Counts the texts above a length. */
  above(length: number): number {
    let count = 0
    for (const [at, many] of this.#classes) if (lengthOf(at) > length) count += many
    return count
  }

  #quantile(share: number): number {
    let left = share * this.#count
    for (const [at, count] of [...this.#classes].sort(([a], [b]) => a - b)) {
      left -= count
      if (left <= 0) return lengthOf(at)
    }
    return this.#max
  }
}

function classOf(length: number): number {
  if (length <= FINE) return length
  return FINE + Math.ceil(Math.log2(length / FINE) * PER_POWER)
}

function lengthOf(at: number): number {
  return at <= FINE ? at : Math.round(FINE * 2 ** ((at - FINE) / PER_POWER))
}

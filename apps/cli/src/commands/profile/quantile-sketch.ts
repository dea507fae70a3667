/** Quantiles of many numbers in bounded memory. Pure. */

/** Up to this many numbers are held, and quantiles are exact. */
const MAX_EXACT = 10_000
/** Limits the number of centroids: more give smaller errors, chiefly between the tails. */
const COMPRESSION = 1_000

interface Centroid {
  readonly mean: number
  readonly weight: number
}

/**
 * Exact up to {@link MAX_EXACT} numbers; beyond that a merging t-digest (Dunning and Ertl), whose ranks are
 * off by less than some 0.1% in the middle, and by less in the tails.
 */
export class QuantileSketch {
  #buffer: number[] = []
  #centroids: readonly Centroid[] = []
  #count = 0
  #min = Number.POSITIVE_INFINITY
  #max = Number.NEGATIVE_INFINITY

  add(value: number): void {
    if (this.#buffer.length >= MAX_EXACT) this.#compress()
    this.#buffer.push(value)
    this.#count += 1
    this.#min = Math.min(this.#min, value)
    this.#max = Math.max(this.#max, value)
  }

  get count(): number {
    return this.#count
  }

  get isExact(): boolean {
    return this.#centroids.length === 0
  }

  /** Interpolates linearly between numbers, like `percentile_cont` of SQL. @param share from 0 to 1 */
  quantile(share: number): number {
    if (this.isExact) return exactQuantile(this.#sorted(), share)
    this.#compress()
    const rank = share * this.#count
    let before = 0
    let left = { rank: 0, value: this.#min }
    for (const { mean, weight } of this.#centroids) {
      const here = { rank: before + weight / 2, value: mean }
      if (rank <= here.rank) return between(left, here, rank)
      left = here
      before += weight
    }
    return between(left, { rank: this.#count, value: this.#max }, rank)
  }

  /** Numbers per equal part of the range; estimated, with the right sum, unless exact. */
  histogram(bins: number): number[] {
    const counts = new Array<number>(bins).fill(0)
    const width = (this.#max - this.#min) / bins
    const binOf = (value: number): number =>
      width > 0 ? Math.min(bins - 1, Math.max(0, Math.floor((value - this.#min) / width))) : 0
    const add = (value: number, count: number): void => {
      const bin = binOf(value)
      counts[bin] = (counts[bin] ?? 0) + count
    }
    for (const { mean, weight } of this.#centroids) add(mean, weight)
    for (const value of this.#buffer) add(value, 1)
    return counts
  }

  #sorted(): number[] {
    return this.#buffer.sort((a, b) => a - b)
  }

  #compress(): void {
    if (this.#buffer.length === 0) return
    const added = this.#buffer.map((mean) => ({ mean, weight: 1 }))
    this.#buffer = []
    const all = [...this.#centroids, ...added].sort((a, b) => a.mean - b.mean)
    this.#centroids = merged(all, this.#count)
  }
}

/** Merges neighbours as long as they stay within one unit of the scale. */
function merged(sorted: readonly Centroid[], total: number): Centroid[] {
  const found: Centroid[] = []
  let current: Centroid | undefined
  let before = 0
  let limit = total * scaleEnd(0)
  for (const next of sorted) {
    if (current === undefined) current = next
    else if (before + current.weight + next.weight <= limit) {
      const weight: number = current.weight + next.weight
      current = { mean: current.mean + ((next.mean - current.mean) * next.weight) / weight, weight }
    } else {
      found.push(current)
      before += current.weight
      limit = total * scaleEnd(before / total)
      current = next
    }
  }
  return current === undefined ? found : [...found, current]
}

/** The share at which a centroid ends that begins at `share`: the scale function k1 of a t-digest. */
function scaleEnd(share: number): number {
  const unit = COMPRESSION / (2 * Math.PI)
  const k = unit * Math.asin(2 * Math.min(1, share) - 1) + 1
  return k >= COMPRESSION / 4 ? 1 : (Math.sin(k / unit) + 1) / 2
}

interface Point {
  readonly rank: number
  readonly value: number
}

function between(left: Point, right: Point, rank: number): number {
  const span = right.rank - left.rank
  if (span <= 0) return right.value
  return left.value + ((right.value - left.value) * (rank - left.rank)) / span
}

function exactQuantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1)
  const low = sorted[Math.floor(place)] ?? Number.NaN
  const high = sorted[Math.ceil(place)] ?? low
  return low + (high - low) * (place - Math.floor(place))
}

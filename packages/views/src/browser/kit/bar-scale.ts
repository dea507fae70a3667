/** Where bars begin and how long they are, with negative values left of zero. Pure. */

/** In percent of the width. */
export interface BarSpan {
  readonly start: number
  readonly width: number
}

export interface BarScale {
  /** Place of zero, in percent of the width. */
  readonly zero: number
  span(value: number): BarSpan
}

/**
 * @param values those that are drawn; others are ignored
 * @param whole the value of a full bar, if it is more than the greatest value
 */
export function barScale(values: Iterable<number | undefined>, whole = 0): BarScale {
  let least = 0
  let most = Math.max(0, whole)
  for (const value of values) {
    if (value === undefined || !Number.isFinite(value)) continue
    least = Math.min(least, value)
    most = Math.max(most, value)
  }
  // Halves do not overflow where the difference of two huge numbers does.
  const range = most / 2 - least / 2
  const share = (value: number) => (range === 0 ? 0 : (value / 2 / range) * 100)
  const zero = share(Math.abs(least))
  return {
    zero,
    span: (value) => {
      if (!Number.isFinite(value)) return { start: zero, width: 0 }
      const width = share(Math.abs(value))
      return { start: value < 0 ? zero - width : zero, width }
    },
  }
}

/** Numbers as pages show them. Pure. */

/** A count with separators between thousands. */
export function countText(count: number): string {
  return count.toLocaleString('en-US')
}

/** Such as `1 record` or `2,000 records`. */
export function plural(count: number, word: string, words = `${word}s`): string {
  return `${countText(count)} ${count === 1 ? word : words}`
}

/** A part of 0 to 1. Of nothing it is 0. */
export function shareOf(part: number, whole: number): number {
  return whole <= 0 ? 0 : Math.min(1, Math.max(0, part / whole))
}

/** Only none is 0%, and only all is 100%. */
export function percentText(share: number): string {
  if (share <= 0) return '0%'
  if (share >= 1) return '100%'
  if (share < 0.001) return '<0.1%'
  return `${Math.min(99.9, Math.round(share * 1_000) / 10)}%`
}

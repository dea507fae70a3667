/**
 * The candidate that a mistyped name most likely means: one that differs only in case, spaces,
 * underscores or hyphens, otherwise the one with the fewest single-letter changes, if there are
 * few. Undefined when none is near.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = fold(name)
  const allowed = Math.max(1, Math.floor(wanted.length / 3))
  let best: string | undefined
  let fewest = allowed + 1
  for (const candidate of candidates) {
    const folded = fold(candidate)
    if (folded === wanted) return candidate
    const changes = editDistance(wanted, folded, fewest)
    if (changes < fewest && changes < folded.length) {
      best = candidate
      fewest = changes
    }
  }
  return best
}

/** Only the beginning of longer names is compared: typing errors rarely occur only further on. */
const MAX_COMPARED = 100

function fold(name: string): string {
  const text = name.normalize('NFKD').toLowerCase()
  return text.replace(/[\s_\-\p{M}]/gu, '').slice(0, MAX_COMPARED) || text.slice(0, MAX_COMPARED)
}

/**
 * Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment).
 * Returns `limit` as soon as the distance cannot be below it.
 */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1]
      let cost = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
      )
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, at(beforeLast, column - 2) + 1)
      }
      current.push(cost)
    }
    if (Math.min(...current) >= limit) return limit
    beforeLast = last
    last = current
  }
  return Math.min(at(last, b.length), limit)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY
}

/** Column widths that make the lines of a table fit a terminal. Pure. */

export interface ColumnNeed {
  /** Width of the widest measured cell, including the header. */
  readonly widest: number
  /** Whether cells must not be cut: IDs and numbers. */
  readonly isWhole: boolean
}

/** Spaces between two columns. */
export const GAP = 2
/** A text column is not cut below this width. */
const MIN_TEXT_WIDTH = 8

/**
 * Returns the width of each column. If not all columns fit, text columns are cut, widest first. If
 * that is not enough, columns at the end are omitted: the result then has fewer widths than columns,
 * but at least one.
 */
export function fitWidths(needs: readonly ColumnNeed[], room: number): number[] {
  const columns = needs.map(({ widest, isWhole }) => ({
    widest: isWhole ? widest : Math.min(widest, room),
    isWhole,
  }))
  const least = columns.map(({ widest, isWhole }) =>
    isWhole ? widest : Math.min(widest, MIN_TEXT_WIDTH),
  )
  let count = columns.length
  while (count > 1 && total(least.slice(0, count)) > room) count -= 1
  const widths = columns.slice(0, count).map(({ widest }) => widest)
  const excess = total(widths) - room
  if (excess <= 0) return widths
  const isCut = columns.slice(0, count).map(({ isWhole }) => !isWhole)
  return cutWidest(widths, least, isCut, excess)
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP * Math.max(0, widths.length - 1)
}

/** Narrows the widest column until it is as wide as the next, then both, and so on. */
function cutWidest(
  widths: readonly number[],
  least: readonly number[],
  isCut: readonly boolean[],
  excess: number,
): number[] {
  const cut = [...widths]
  for (let left = excess; left > 0; left -= 1) {
    let widest = -1
    for (const [index, width] of cut.entries()) {
      if (!isCut[index] || width <= (least[index] ?? 0)) continue
      if (widest < 0 || width > (cut[widest] ?? 0)) widest = index
    }
    if (widest < 0) break
    cut[widest] = (cut[widest] ?? 0) - 1
  }
  return cut
}

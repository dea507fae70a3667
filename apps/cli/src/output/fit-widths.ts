/** How wide the columns of a table are, so that its lines fit into a terminal. Pure. */

export interface ColumnNeed {
  /** Of the widest cell that was seen, the header included. */
  readonly widest: number
  /** Whether a part of a cell is of no use: ids and numbers. */
  readonly isWhole: boolean
}

/** Between two columns. */
export const GAP = 2
/** A column of text is no narrower than this, where its cells are wider. */
const LEAST = 8

/**
 * The width of each column. Where all fit as they are, they stay so; otherwise columns of text are
 * cut, the widest first. Where even that is too much, columns at the end are left out: there are
 * fewer widths than columns then, and one at the least.
 */
export function fitWidths(needs: readonly ColumnNeed[], room: number): number[] {
  const columns = needs.map(({ widest, isWhole }) => ({
    widest: isWhole ? widest : Math.min(widest, room),
    isWhole,
  }))
  const least = columns.map(({ widest, isWhole }) => (isWhole ? widest : Math.min(widest, LEAST)))
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

/** Takes from the widest column until it is as wide as the next, then from both, and so on. */
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

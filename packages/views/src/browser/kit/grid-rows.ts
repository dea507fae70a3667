/** Where rows are in a scrolled body. Browsers limit the height of an element, so a longer body is compressed. */

/** Height of a row in pixels; `--row` in theme.css is the same. */
export const ROW_HEIGHT = 28

/** Firefox ends at 17.8 million pixels, others at 33 million. */
const MAX_HEIGHT = 15_000_000

/** Rows above and below those in sight that are drawn as well. */
const OVERSCAN = 6

/** Height of the element that holds `length` rows. */
export function bodyHeight(length: number): number {
  return Math.min(length * ROW_HEIGHT, MAX_HEIGHT)
}

/** Pixels of rows that a pixel of scrolling passes: 1 unless the body is compressed. */
function rowPixels(length: number, view: number): number {
  const full = length * ROW_HEIGHT
  const body = bodyHeight(length)
  return body === full || body <= view ? 1 : (full - view) / (body - view)
}

/** Rows to draw, `to` not included, and how far above its place in the body each row is. */
export function rowsInSight(length: number, scrollTop: number, view: number) {
  const position = scrollTop * rowPixels(length, view)
  return {
    from: Math.max(0, Math.floor(position / ROW_HEIGHT) - OVERSCAN),
    to: Math.min(length, Math.ceil((position + view) / ROW_HEIGHT) + OVERSCAN),
    shift: position - scrollTop,
  }
}

/** The nearest scroll position at which a row is wholly in sight. */
export function scrollTopFor(
  index: number,
  length: number,
  scrollTop: number,
  view: number,
): number {
  const pixels = rowPixels(length, view)
  const position = scrollTop * pixels
  const top = index * ROW_HEIGHT
  if (top < position) return top / pixels
  const bottom = top + ROW_HEIGHT - view
  return bottom > position ? bottom / pixels : scrollTop
}

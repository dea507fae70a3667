/** Splits what is sent in one statement: a driver builds the whole of it in memory, as text. */

/** The most characters of one statement, unless one item is longer. */
const MAX_LENGTH = 1_000_000
const MAX_ITEMS = 2_000

export function* pieces<T>(items: Iterable<T>, lengthOf: (item: T) => number): Generator<T[]> {
  let [piece, length]: [T[], number] = [[], 0]
  for (const item of items) {
    const own = lengthOf(item)
    const isFull = length + own > MAX_LENGTH || piece.length === MAX_ITEMS
    if (isFull && piece.length > 0) {
      yield piece
      ;[piece, length] = [[], 0]
    }
    piece.push(item)
    length += own
  }
  if (piece.length > 0) yield piece
}

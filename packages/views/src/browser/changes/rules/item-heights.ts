/** Where items of different known heights are in a list. */
export class ItemHeights {
  /** Start of each item, and the end of the last. */
  readonly #starts: Float64Array

  constructor(count: number, heightOf: (index: number) => number) {
    this.#starts = new Float64Array(count + 1)
    for (let index = 0; index < count; index += 1)
      this.#starts[index + 1] = this.start(index) + heightOf(index)
  }

  get total(): number {
    return this.#starts.at(-1) ?? 0
  }

  start(index: number): number {
    return this.#starts[index] ?? this.total
  }

  /** The index of the item at an offset: the first or last one outside the list. */
  at(offset: number): number {
    let low = 0
    let high = Math.max(0, this.#starts.length - 2)
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (this.start(middle) <= offset) low = middle
      else high = middle - 1
    }
    return low
  }
}

/** Which rows of a set are ticked, by index; rows that are not loaded yet can be ticked too. */
export class Ticks {
  readonly #size: number
  readonly #startsTicked: boolean
  /** Rows that are not as at the start. */
  readonly #changed = new Set<number>()

  constructor(size: number, startsTicked: boolean) {
    this.#size = size
    this.#startsTicked = startsTicked
  }

  has(index: number): boolean {
    return this.#changed.has(index) !== this.#startsTicked
  }

  set(index: number, isTicked: boolean): void {
    if (isTicked === this.#startsTicked) this.#changed.delete(index)
    else this.#changed.add(index)
  }

  get count(): number {
    return this.#startsTicked ? this.#size - this.#changed.size : this.#changed.size
  }

  get isAll(): boolean {
    return this.count === this.#size
  }

  /** In ascending order. */
  list(): number[] {
    return Array.from({ length: this.#size }, (_, index) => index).filter((index) =>
      this.has(index),
    )
  }
}

/** The ticked rows by set, as an approval names them: nothing if all are ticked. */
export function tickedRows(sets: readonly Ticks[]): number[][] | undefined {
  return sets.every((ticks) => ticks.isAll) ? undefined : sets.map((ticks) => ticks.list())
}

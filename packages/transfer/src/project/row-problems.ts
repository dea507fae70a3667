/** Rows that cannot be taken, gathered into one error that names the first of them. */
import { InvalidInputError } from '@chatlayer-tables/core'

/** Rows that are named in an error. */
const MAX_NAMED = 5

export class RowProblems {
  readonly #label: string
  readonly #place: string
  readonly #named: string[] = []
  #count = 0
  #hint: string | undefined

  constructor(label: string, place: string) {
    this.#label = label
    this.#place = place
  }

  add(line: number, message: string, hint: string | undefined): void {
    this.#hint ??= hint
    if (++this.#count <= MAX_NAMED) this.#named.push(`${this.#place} ${line}: ${message}`)
  }

  throwIfAny(): void {
    if (this.#count === 0) return
    const more = this.#count > MAX_NAMED ? `; and ${this.#count - MAX_NAMED} more` : ''
    const rows = this.#count === 1 ? 'a row' : `${this.#count} rows`
    throw new InvalidInputError(
      `${rows} of ${this.#label} cannot be taken: ${this.#named.join('; ')}${more}`,
      { hint: this.#hint },
    )
  }
}

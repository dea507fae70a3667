/** Text values that look wrong. */
import { visible } from '../result/untrusted.ts'

const CHECKS: readonly { readonly reason: string; readonly holds: (text: string) => boolean }[] = [
  { reason: 'spaces at the start or the end', holds: (text) => text !== text.trim() },
  { reason: 'invisible characters', holds: (text) => visible(text) !== text },
  { reason: 'empty text', holds: (text) => text === '' },
  { reason: 'a word for no value', holds: (text) => /^(?:null|undefined|nan|n\/a)$/i.test(text) },
]

const MAX_EXAMPLES = 3
const MAX_LENGTH = 200

interface Found {
  readonly reason: string
  count: number
  readonly examples: string[]
}

export class Suspicions {
  readonly #columns = new Map<string, Map<string, Found>>()

  add(column: string, value: unknown): void {
    if (typeof value !== 'string') return
    for (const { reason, holds } of CHECKS) {
      if (!holds(value)) continue
      const found = this.#columns.get(column) ?? new Map<string, Found>()
      const one = found.get(reason) ?? { reason, count: 0, examples: [] }
      one.count++
      const example = value.slice(0, MAX_LENGTH)
      if (one.examples.length < MAX_EXAMPLES && !one.examples.includes(example)) {
        one.examples.push(example)
      }
      this.#columns.set(column, found.set(reason, one))
    }
  }

  of(column: string): readonly Readonly<Found>[] {
    return [...(this.#columns.get(column)?.values() ?? [])]
  }
}

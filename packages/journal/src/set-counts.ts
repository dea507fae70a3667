/** The counters of change sets: how many of their changes have which outcome. */
import { type NewChange, type State, setOf } from './stored-change.ts'
import type { ChangeKind } from './types.ts'

export type Counter = ChangeKind | Exclude<State, 'open' | 'ok'> | 'total' | 'undone'

/** What one transaction adds to the counters. */
export class SetCounts {
  readonly #sets = new Map<number, Map<Counter, number>>()

  clear(): void {
    this.#sets.clear()
  }

  /** Counts a change in another state than before. */
  move({ n, kind }: NewChange, from: State, to: State): void {
    const set = setOf(n)
    for (const counter of countersOf(kind, from)) this.add(set, counter, -1)
    for (const counter of countersOf(kind, to)) this.add(set, counter, 1)
  }

  add(set: number, counter: Counter, by: number): void {
    const counts = this.#sets.get(set) ?? new Map<Counter, number>()
    this.#sets.set(set, counts)
    counts.set(counter, (counts.get(counter) ?? 0) + by)
  }

  /** The sets whose counters change, with what is added to each. */
  *sums(): Generator<{ set: number; added: [Counter, number][] }> {
    for (const [set, counts] of this.#sets) {
      const added = [...counts].filter(([, by]) => by !== 0)
      if (added.length > 0) yield { set, added }
    }
  }
}

export function countersOf(kind: ChangeKind, state: State): Counter[] {
  if (state === 'open') return []
  if (state === 'ok') return [kind]
  return state === 'retriable' ? ['retriable', 'unknown'] : [state]
}

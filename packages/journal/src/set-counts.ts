/** The counters of change sets: how many of their changes have which outcome. */
import type { StatementSync } from 'node:sqlite'
import { type NewChange, type State, setOf } from './stored-change.ts'
import type { ChangeKind } from './types.ts'

export type Counter = ChangeKind | Exclude<State, 'open' | 'ok'> | 'total' | 'undone'

/** What one transaction adds to the counters. */
export class SetCounts {
  readonly #prepare: (query: string) => StatementSync
  readonly #sets = new Map<number, Map<Counter, number>>()

  constructor(prepare: (query: string) => StatementSync) {
    this.#prepare = prepare
  }

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

  write(): void {
    for (const [set, counts] of this.#sets) {
      const changed = [...counts].filter(([, by]) => by !== 0)
      if (changed.length === 0) continue
      const sums = changed.map(([counter]) => `${counter} = ${counter} + ?`).join(', ')
      const values = changed.map(([, by]) => by)
      this.#prepare(`UPDATE sets SET ${sums} WHERE n = ?`).run(...values, set)
    }
  }
}

export function countersOf(kind: ChangeKind, state: State): Counter[] {
  if (state === 'open') return []
  if (state === 'ok') return [kind]
  return state === 'retriable' ? ['retriable', 'unknown'] : [state]
}

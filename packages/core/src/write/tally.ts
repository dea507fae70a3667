import type { Change, Outcome, Report } from '../types.ts'

/** Problems of each kind that a report keeps. */
const MOST_PROBLEMS = 10_000

/** Counts outcomes, and keeps the first of those that are not `ok`. */
export class OutcomeTally<Row> {
  readonly #changes: Record<Change, number> = { inserted: 0, updated: 0, deleted: 0, unchanged: 0 }
  readonly #counts = { ok: 0, rejected: 0, unknown: 0 }
  readonly #problems: Outcome<Row>[] = []

  add(outcome: Outcome<Row>): void {
    const count = ++this.#counts[outcome.status]
    if (outcome.status === 'ok') this.#changes[outcome.change]++
    else if (count <= MOST_PROBLEMS) this.#problems.push(outcome)
  }

  report(): Report<Row> {
    const { ok, rejected, unknown } = this.#counts
    return {
      total: ok + rejected + unknown,
      ok,
      rejected,
      unknown,
      changes: { ...this.#changes },
      problems: [...this.#problems],
    }
  }
}

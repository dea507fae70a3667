import type { Change, Outcome, Problem } from '../types.ts'
import { Report } from './report.ts'

/** Maximum number of problems of each kind in a report. */
const MAX_PROBLEMS = 10_000

/** Counts outcomes, and keeps the first of those that are not `ok`. */
export interface OutcomeTally<Row> {
  add(outcome: Outcome<Row>): void
  report(): Report<Row>
}

export function createOutcomeTally<Row>(): OutcomeTally<Row> {
  const changes: Record<Change, number> = { inserted: 0, updated: 0, deleted: 0, unchanged: 0 }
  const counts = { ok: 0, rejected: 0, unknown: 0 }
  const problems: Problem<Row>[] = []
  let storedOtherwise = 0
  let sentAgain = 0
  return {
    add(outcome) {
      const count = ++counts[outcome.status]
      if (outcome.status === 'ok') {
        changes[outcome.change]++
        if (outcome.stored !== undefined) storedOtherwise++
        if (outcome.sends !== undefined) sentAgain++
      } else if (count <= MAX_PROBLEMS) problems.push(outcome)
    },
    report: () =>
      new Report({
        total: counts.ok + counts.rejected + counts.unknown,
        ...counts,
        storedOtherwise,
        sentAgain,
        changes: { ...changes },
        problems: [...problems],
      }),
  }
}

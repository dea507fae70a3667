import { InvalidInputError } from '@chatlayer-tables/core'
import type { TransferSituation } from '../errors/situations.ts'
import type { ProjectPlan } from './plan-types.ts'

/** A plan that must not be applied: nothing was written. */
export class PlanBlockedError extends InvalidInputError {
  readonly plan: ProjectPlan

  constructor(plan: ProjectPlan) {
    const lines = plan.blocked.map(({ message }) => message)
    super(`nothing was written: ${lines.join('; ')}`, helpOf(plan))
    this.plan = plan
  }
}

/** The hint of the first problem, and what would allow each exceeded limit this once. */
function helpOf({ blocked }: ProjectPlan) {
  const hint = blocked[0]?.hint
  const allowances = blocked.flatMap(({ allowance }) => allowance ?? [])
  if (allowances.length === 0) return { hint }
  const allow = `To allow what exceeds a limit: ${allowances.join(', ')}.`
  const situation: TransferSituation = { code: 'LIMITS_EXCEEDED', data: { allowances } }
  return {
    hint: hint === undefined ? allow : `${hint} ${allow}`,
    // Where something else is wrong as well, that comes first.
    ...(allowances.length === blocked.length ? { situation } : {}),
  }
}

/** What a kept plan was made of has changed since: nothing was written. */
export class PlanAgedError extends InvalidInputError {
  /** Such as `the table stores@draft (sync "stores")`. */
  readonly changed: readonly string[]

  constructor(message: string, changed: readonly string[]) {
    super(message, { hint: 'Make a new plan and review it.' })
    this.changed = changed
  }
}

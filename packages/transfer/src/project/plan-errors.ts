import { InvalidInputError } from '@chatlayer-tables/core'
import type { ProjectPlan } from './plan-types.ts'

/** A plan that must not be applied: nothing was written. */
export class PlanBlockedError extends InvalidInputError {
  readonly plan: ProjectPlan

  constructor(plan: ProjectPlan) {
    const lines = plan.blocked.map(({ message }) => message)
    super(`nothing was written: ${lines.join('; ')}`, { hint: plan.blocked[0]?.hint })
    this.plan = plan
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

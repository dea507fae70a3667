import type { Allowance, PlanFile, ProjectPlan } from './project-types.ts'

/** What is kept of a plan, so that exactly this plan can be applied. It contains no values of records. */
export function planFileOf(_plan: ProjectPlan): PlanFile {
  throw new Error('not built yet')
}

/** @throws InvalidInputError for a text that is not a plan, or one of another release */
export function parsePlanFile(_text: string, _file: string): PlanFile {
  throw new Error('not built yet')
}

/**
 * Reads a limit that is set for one run: `stores:deletes=50`.
 *
 * @throws InvalidInputError
 */
export function parseAllowance(_text: string): Allowance {
  throw new Error('not built yet')
}

import type { PlanProjectOptions, ProjectPlan } from './project-types.ts'

/**
 * What applying a project would do: reads all sides and writes nothing.
 *
 * @throws InvalidInputError when sides cannot be compared, ChatlayerError when a table cannot be read
 */
export async function planProject(_options: PlanProjectOptions): Promise<ProjectPlan> {
  throw new Error('not built yet')
}

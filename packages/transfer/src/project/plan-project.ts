/** What applying a project would do. */
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFolder } from '@chatlayer-tables/local'
import { withPlan } from './make-plan.ts'
import type { PlanProjectOptions, ProjectPlan } from './plan-types.ts'

/**
 * What applying a project would do: reads all sides and writes nothing. A sync that reads what another
 * one writes is planned on what that one will have written.
 *
 * @throws InvalidInputError when sides cannot be compared, ProjectError for what the file names in vain,
 *   ChatlayerError when a table cannot be read, and what the host throws
 */
export async function planProject(options: PlanProjectOptions): Promise<ProjectPlan> {
  const parent = options.host.temporaryFolder ?? temporaryFolder()
  const folder = await mkdtemp(join(parent, 'chatlayer-plan-'))
  try {
    return await withPlan({ ...options, folder }, async ({ plan }) => plan)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The database of the shared state, for commands that manage it; nothing is created or migrated. */
import type { Database } from '@chatlayer-tables/state/postgres'
import type { Context } from '../../context.ts'
import { UsageError } from '../../failures.ts'
import { readProject } from '../../project/read-project.ts'

export interface StateFlags {
  readonly file?: string | undefined
  readonly overlay?: string | undefined
}

/** Uses the state of the `chatlayer.yaml` that was passed, if any. */
export async function chooseProject(
  { file, overlay }: StateFlags,
  context: Context,
): Promise<void> {
  if (file !== undefined)
    await readProject({ file, ...(overlay !== undefined && { overlay }) }, context)
}

/** @throws UsageError if the state is on this machine alone */
export async function openStateDatabase(flags: StateFlags, context: Context): Promise<Database> {
  await chooseProject(flags, context)
  const database = await context.state.database()
  if (database !== undefined) return database
  throw new UsageError(
    'changes, jobs and locks are kept on this machine, not in a database',
    'Set CHATLAYER_STATE, or pass --file, or save it in a profile: clt auth login --state',
  )
}

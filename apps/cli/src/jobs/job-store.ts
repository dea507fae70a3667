import { checkFolder, STATE_FOLDER_HINT, StorageError } from '@chatlayer-tables/local'
import type { JobStore } from '@chatlayer-tables/transfer'
import type { Context } from '../context.ts'

/** The jobs of the current user, or of all machines. @throws StorageError if the home folder is unknown */
export async function jobStore({ state }: Pick<Context, 'state'>): Promise<JobStore> {
  return (await state.open()).jobs()
}

/** Errors whose own hint is kept. */
const OWN_HINT = new Set<StorageError['kind']>(['full', 'shared'])

/**
 * Opens the jobs, and checks that a job can be stored on this machine. Call before anything is sent.
 *
 * @throws StorageError
 */
export async function checkedJobStore(context: Pick<Context, 'state'>): Promise<JobStore> {
  const store = await jobStore(context)
  try {
    checkFolder(store.folder)
  } catch (error) {
    if (!(error instanceof StorageError) || OWN_HINT.has(error.kind)) throw error
    throw error.withHint(STATE_FOLDER_HINT)
  }
  return store
}

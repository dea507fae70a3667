import { join } from 'node:path'
import { checkFolder, StorageError } from '@chatlayer-tables/local'
import { JobStore } from '@chatlayer-tables/transfer'
import type { Context } from '../context.ts'
import { ownStateFolder, STATE_HINT } from '../home-folder.ts'

/** The jobs of the user who runs this. @throws StorageError where no home folder is known */
export function jobStore({ io }: Pick<Context, 'io'>): JobStore {
  return new JobStore(join(ownStateFolder(io), 'jobs'))
}

/** Errors that say themselves what to do. */
const OWN_HINT = new Set<StorageError['kind']>(['full', 'shared'])

/**
 * Checks that a job can be kept, before anything is sent.
 *
 * @throws StorageError
 */
export function checkJobStore(context: Pick<Context, 'io'>): void {
  const { folder } = jobStore(context)
  try {
    checkFolder(folder)
  } catch (error) {
    if (!(error instanceof StorageError) || OWN_HINT.has(error.kind)) throw error
    throw error.withHint(STATE_HINT)
  }
}

import { join } from 'node:path'
import { checkFolder, checkPrivateFolder, StorageError } from '@chatlayer-tables/local'
import { JobStore } from '@chatlayer-tables/transfer'
import type { Context } from './context.ts'
import { ownStateFolder, STATE_HINT } from './home-folder.ts'

/** The jobs of the user who runs this. @throws StorageError where no home folder is known, or others can write there */
export function jobStore({ io }: Pick<Context, 'io'>): JobStore {
  const folder = join(ownStateFolder(io), 'jobs')
  // A job that others put there would write what they want.
  checkPrivateFolder(folder)
  return new JobStore(folder)
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

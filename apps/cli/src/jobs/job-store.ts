import { join } from 'node:path'
import {
  checkFolder,
  STATE_FOLDER_HINT,
  StorageError,
  userStateFolder,
} from '@chatlayer-tables/local'
import { JobStore } from '@chatlayer-tables/transfer'
import type { Context } from '../context.ts'

/** The jobs of the current user. @throws StorageError if the home folder is unknown */
export function jobStore({ io }: Pick<Context, 'io'>): JobStore {
  return new JobStore(join(userStateFolder(io.env), 'jobs'))
}

/** Errors whose own hint is kept. */
const OWN_HINT = new Set<StorageError['kind']>(['full', 'shared'])

/**
 * Checks that a job can be stored. Call before anything is sent.
 *
 * @throws StorageError
 */
export function checkJobStore(context: Pick<Context, 'io'>): void {
  const { folder } = jobStore(context)
  try {
    checkFolder(folder)
  } catch (error) {
    if (!(error instanceof StorageError) || OWN_HINT.has(error.kind)) throw error
    throw error.withHint(STATE_FOLDER_HINT)
  }
}

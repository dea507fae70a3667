import { homedir } from 'node:os'
import { isAbsolute } from 'node:path'
import { StorageError, stateFolder } from '@chatlayer-tables/local'
import type { Io } from './io.ts'

/** As the home of system accounts without one is called: nothing is found there. */
const NO_HOME = '/nonexistent'

/** The user's home folder, for what is read where it exists; a path without files where it is not known. */
export function homeFolder(): string {
  try {
    const home = homedir()
    return isAbsolute(home) ? home : NO_HOME
  } catch {
    // HOME is not set, and the user is not in the system's list.
    return NO_HOME
  }
}

/**
 * The folder for jobs, the journal and copies of tables.
 *
 * @throws StorageError where no home folder is known
 */
export function ownStateFolder({ env }: Pick<Io, 'env'>): string {
  const folder = stateFolder({ platform: process.platform, env, home: homeFolder() })
  if (!folder.startsWith(NO_HOME)) return folder
  throw new StorageError('missing', folder, {
    message: 'no folder for jobs and changes: the home folder is not known',
    hint: STATE_HINT,
  })
}

export const STATE_HINT = 'Set XDG_STATE_HOME to a folder that can be written.'

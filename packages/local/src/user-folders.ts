/** The folders of the user who runs this program. */
import { homedir } from 'node:os'
import { isAbsolute } from 'node:path'
import { type PlatformInfo, stateFolder } from './platform-folders.ts'
import { StorageError } from './storage-error.ts'

/** The usual name for the home of system accounts without one: it does not exist. */
const NO_HOME = '/nonexistent'

/** The user's home folder; a path without files where it is unknown, since `HOME` need not be set. */
export function homeFolder(): string {
  try {
    const home = homedir()
    return isAbsolute(home) ? home : NO_HOME
  } catch {
    return NO_HOME
  }
}

/**
 * The folder for jobs, the journal and copies of tables.
 *
 * @throws StorageError where the home folder is unknown
 */
export function userStateFolder(env: PlatformInfo['env']): string {
  const folder = stateFolder({ platform: process.platform, env, home: homeFolder() })
  if (!folder.startsWith(NO_HOME)) return folder
  throw new StorageError('missing', folder, {
    message: 'no folder for jobs and changes: the home folder is not known',
    hint: STATE_FOLDER_HINT,
  })
}

export const STATE_FOLDER_HINT = 'Set XDG_STATE_HOME to a folder that can be written.'

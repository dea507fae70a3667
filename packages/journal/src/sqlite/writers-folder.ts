import { join } from 'node:path'
import { lockNames } from '@chatlayer-tables/local'

/** The folder of the locks of the processes that write to the journal of a folder. */
export function writersFolder(folder: string): string {
  return join(folder, 'writers')
}

/**
 * Whether a process that wrote to the journal of a folder, and has ended, may have left something open.
 * Opens nothing.
 */
export function mayNeedRecovery(folder: string): boolean {
  return lockNames(writersFolder(folder)).length > 0
}

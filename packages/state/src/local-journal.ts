/** The folder of the journal of one machine, apart from the journal, which takes longer to load. */
import { join } from 'node:path'
import { mayNeedRecovery } from '@chatlayer-tables/journal'

/** @param folder the state folder */
export function journalFolder(folder: string): string {
  return join(folder, 'journal')
}

/**
 * Whether an ended process of this machine may have left outcomes open. For programs that need nothing
 * else of the state.
 *
 * @param folder the state folder
 * @throws StorageError
 */
export function mayNeedLocalRecovery(folder: string): boolean {
  return mayNeedRecovery(journalFolder(folder))
}

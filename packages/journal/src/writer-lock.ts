/**
 * The processes that write to the journal. Each holds a lock of its own while it does, which the system
 * releases however the process ends. A lock's file stays until all outcomes of its writer are known: a
 * file whose lock is free belongs to an ended writer whose outcomes must be resolved.
 */
import { join } from 'node:path'
import { LockFolder, lockNames } from '@chatlayer-tables/local'

/** The locks of the processes that write to the journal of a folder. */
export function writerLocks(folder: string): LockFolder {
  return new LockFolder(writersFolder(folder))
}

/**
 * Whether a process that wrote to the journal of a folder, and has ended, may have left something open.
 * Opens nothing.
 */
export function mayNeedRecovery(folder: string): boolean {
  return lockNames(writersFolder(folder)).length > 0
}

function writersFolder(folder: string): string {
  return join(folder, 'writers')
}

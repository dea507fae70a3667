/** Locks of tables: commands that need a table for themselves run one at a time on this machine. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { ensurePrivateFolder } from './folder.ts'
import { type Lock, type TakeLockOptions, takeLock, tryLock } from './lock.ts'

/** The table to lock. Each version of a table has its own lock. */
export interface TableLockTarget {
  readonly origin: string
  readonly teamId: string
  readonly botId: string
  readonly tableId: string
  readonly version: string
  /** Names the table in errors; not part of the lock. */
  readonly tableName?: string | undefined
}

export interface TableLockOptions extends TakeLockOptions {
  /** Whether to wait until the lock is free. */
  readonly wait: boolean
}

/** Another process works on the table. */
export class TableLockedError extends Error {
  override readonly name = 'TableLockedError'
  readonly code = 'LOCKED'
  readonly hint = 'Wait until that process has ended, then run the command again.'
  readonly target: TableLockTarget

  constructor(target: TableLockTarget) {
    const { tableName, tableId, version } = target
    super(
      `the table "${tableName ?? tableId}" (${version}) is in use by another process on this machine`,
    )
    this.target = target
  }
}

/**
 * Takes the lock of a table.
 *
 * @param folder the state folder; the locks are in its subfolder `locks`
 * @throws TableLockedError with `wait: false` where the lock is held, StorageError where the folder
 *   cannot be used, and the reason of an abort
 */
export async function takeTableLock(
  folder: string,
  target: TableLockTarget,
  { wait, ...options }: TableLockOptions,
): Promise<Lock> {
  options.signal?.throwIfAborted()
  const locks = join(folder, 'locks')
  ensurePrivateFolder(locks)
  const path = join(locks, fileName(target))
  if (wait) return takeLock(path, options)
  const lock = tryLock(path)
  if (lock === undefined) throw new TableLockedError(target)
  return lock
}

/** A hash, so that the name does not show the team or the bot. */
function fileName({ origin, teamId, botId, tableId, version }: TableLockTarget): string {
  const text = JSON.stringify([origin, teamId, botId, tableId, version])
  return `${createHash('sha256').update(text).digest('hex').slice(0, 40)}.lock`
}

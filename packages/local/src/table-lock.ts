/** Locks of tables: commands that need a table for themselves run one at a time. */
import { createHash } from 'node:crypto'
import type { TakeLockOptions } from './lock.ts'
import { type HeldLock, type Locks, takeWhenFree } from './locks.ts'

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
    super(`the table "${tableName ?? tableId}" (${version}) is in use by another process`)
    this.target = target
  }
}

/**
 * Takes the lock of a table.
 *
 * @param locks those of tables: the subfolder `locks` of the state folder, or those of a shared database
 * @throws TableLockedError with `wait: false` where the lock is held, StorageError where locks cannot be
 *   used, and the reason of an abort
 */
export async function takeTableLock(
  locks: Locks,
  target: TableLockTarget,
  { wait, ...options }: TableLockOptions,
): Promise<HeldLock> {
  options.signal?.throwIfAborted()
  const name = tableLockName(target)
  if (wait) return takeWhenFree(locks, name, options)
  const lock = await locks.tryTake(name)
  if (lock === undefined) throw new TableLockedError(target)
  return lock
}

/** The name of a table's lock: a hash, which does not show the team or the bot. */
export function tableLockName({
  origin,
  teamId,
  botId,
  tableId,
  version,
}: TableLockTarget): string {
  const text = JSON.stringify([origin, teamId, botId, tableId, version])
  return createHash('sha256').update(text).digest('hex').slice(0, 40)
}

/** One process of this machine at a time works on a table, where a command needs it for itself. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ensurePrivateFolder } from './folder.ts'
import { type Lock, tryLock } from './lock.ts'

/** The table that is locked. Two versions of a table are locked apart. */
export interface TableLockTarget {
  readonly origin: string
  readonly teamId: string
  readonly botId: string
  readonly tableId: string
  readonly version: string
  /** Names the table in errors; not part of what is locked. */
  readonly tableName?: string | undefined
}

export interface TableLockOptions {
  /** Whether to wait until the lock is free. */
  readonly wait: boolean
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined
  /** Called once, when the wait begins. */
  readonly onWait?: (() => void) | undefined
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

const MIN_POLL_MS = 100
const MAX_POLL_MS = 250

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
  { wait, signal, onWait }: TableLockOptions,
): Promise<Lock> {
  signal?.throwIfAborted()
  const locks = join(folder, 'locks')
  ensurePrivateFolder(locks)
  const path = join(locks, fileName(target))
  let lock = tryLock(path)
  if (lock === undefined && !wait) throw new TableLockedError(target)
  if (lock === undefined) onWait?.()
  while (lock === undefined) {
    // Timers are monotonic. Two that wait do not stay in step.
    await sleep(MIN_POLL_MS + Math.random() * (MAX_POLL_MS - MIN_POLL_MS), undefined, {
      signal,
    }).catch((error: unknown) => {
      signal?.throwIfAborted()
      throw error
    })
    lock = tryLock(path)
  }
  return lock
}

/** The name does not show whose table it is. */
function fileName({ origin, teamId, botId, tableId, version }: TableLockTarget): string {
  const text = JSON.stringify([origin, teamId, botId, tableId, version])
  return `${createHash('sha256').update(text).digest('hex').slice(0, 40)}.lock`
}

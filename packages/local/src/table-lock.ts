/** Locks of tables: commands that need a table for themselves run one at a time. */
import { createHash } from 'node:crypto'
import { type HeldLock, type LockHolder, type Locks, takeWhenFree } from './locks.ts'

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

export interface TableLockOptions {
  /** Whether to wait until the lock is free. */
  readonly wait: boolean
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined
  /** Called once, when the wait begins. */
  readonly onWait?: ((holder: LockHolder | undefined) => void) | undefined
}

/** Another process works on the table. */
export class TableLockedError extends Error {
  override readonly name = 'TableLockedError'
  readonly code = 'LOCKED'
  readonly hint = 'Wait until that process has ended, then run the command again.'
  readonly target: TableLockTarget
  /** Undefined for a process of this machine. */
  readonly holder: LockHolder | undefined

  constructor(target: TableLockTarget, holder?: LockHolder) {
    const { tableName, tableId, version } = target
    const by = holderText(holder)
    super(`the table "${tableName ?? tableId}" (${version}) is in use by ${by}`)
    this.target = target
    this.holder = holder
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
  { wait, signal, onWait }: TableLockOptions,
): Promise<HeldLock> {
  signal?.throwIfAborted()
  const name = tableLockName(target)
  if (wait) {
    const report = (): void => {
      locks.holder(name).then(onWait, () => onWait?.(undefined))
    }
    return takeWhenFree(locks, name, { signal, onWait: report })
  }
  const lock = await locks.tryTake(name)
  if (lock === undefined) throw new TableLockedError(target, await locks.holder(name))
  return lock
}

/** Such as `another process on laptop-7 (cli, ann)`. */
export function holderText(holder: LockHolder | undefined): string {
  if (holder === undefined) return 'another process'
  const { host, program, principal } = holder
  return `another process on ${host} (${[program, principal].filter(Boolean).join(', ')})`
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

/**
 * Locks between processes. A lock is SQLite's own, on an empty database: the system releases it
 * however the process ends, so a stale lock cannot exist. Two takers within one process
 * exclude each other as two processes do.
 */
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { createPrivateFile, isRegularFile } from './private-file.ts'
import { asStorageError, StorageError } from './storage-error.ts'

/** SQLite's code for a database that another connection has locked. */
const BUSY = 5

/** A lock that this process holds. */
export class Lock implements Disposable {
  readonly #database: DatabaseSync

  /** @internal */
  constructor(database: DatabaseSync) {
    this.#database = database
  }

  /** Leaves the file in place. Releasing twice does nothing. */
  release(): void {
    if (this.#database.isOpen) this.#database.close()
  }

  [Symbol.dispose](): void {
    this.release()
  }
}

/**
 * Takes the lock of a file, which is created where it is missing. Its folder must exist.
 *
 * @returns undefined while another taker holds it
 * @throws StorageError where the file cannot be used
 */
export function tryLock(path: string): Lock | undefined {
  // Only SQLite opens the file: closing another handle would release the locks of this process on it.
  const isNew = createPrivateFile(path)
  let database: DatabaseSync | undefined
  try {
    if (!isNew && !isRegularFile(path)) {
      throw new StorageError('damaged', path, { detail: 'not a regular file' })
    }
    database = new DatabaseSync(path, { timeout: 0 })
    database.exec('BEGIN EXCLUSIVE')
    return new Lock(database)
  } catch (error) {
    database?.close()
    if (isBusy(error)) return undefined
    throw asStorageError(error, path)
  }
}

export interface TakeLockOptions {
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined
  /** Called once, when the wait begins. */
  readonly onWait?: (() => void) | undefined
}

/**
 * Takes the lock of a file as soon as no other taker holds it.
 *
 * @throws StorageError where the file cannot be used, and the reason of an abort
 */
export function takeLock(path: string, options: TakeLockOptions = {}): Promise<Lock> {
  return whenFree(async () => tryLock(path), options)
}

/** How often a lock is asked for while another taker holds it. */
export interface PollOptions extends TakeLockOptions {
  /** Between these, at random (default: 100 and 250). */
  readonly minPollMs?: number | undefined
  readonly maxPollMs?: number | undefined
}

/**
 * Asks for a lock until it is free.
 *
 * @throws what asking throws, and the reason of an abort
 */
export async function whenFree<T>(
  tryTake: () => Promise<T | undefined>,
  { signal, onWait, minPollMs = 100, maxPollMs = 250 }: PollOptions,
): Promise<T> {
  signal?.throwIfAborted()
  let lock = await tryTake()
  if (lock === undefined) onWait?.()
  while (lock === undefined) {
    // Timers are monotonic. A random delay keeps two that wait from polling in step.
    const ms = minPollMs + Math.random() * (maxPollMs - minPollMs)
    await sleep(ms, undefined, { signal }).catch((error: unknown) => {
      signal?.throwIfAborted()
      throw error
    })
    lock = await tryTake()
  }
  return lock
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === BUSY
}

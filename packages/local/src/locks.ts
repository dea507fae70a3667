/**
 * Locks by name, between processes: those of one machine (`LockFolder`), or those of all machines that
 * share a database. A lock never outlives its process for long, however that ends.
 */
import { randomUUID } from 'node:crypto'
import { type PollOptions, whenFree } from './lock.ts'

/** A lock that this process holds. */
export interface HeldLock extends AsyncDisposable {
  readonly name: string
  /**
   * Aborts when the lock is lost: another machine took it over, since this one was not heard of. Nothing
   * may be written under it then. Locks of one machine are never lost.
   */
  readonly lost: AbortSignal
  /**
   * Whether another machine cannot have taken it over by now. `lost` may come late: a machine that slept,
   * or a database that is away, is noticed some time after.
   *
   * @returns undefined where it is certain; otherwise a promise, after which to ask again
   * @throws StorageError of the kind `lost`; so does the promise
   */
  certain(): Promise<void> | undefined
  /** Lets others take it; its name stays among {@link Locks.names}. Doing it twice does nothing. */
  release(): Promise<void>
  /** Lets others take it, and removes its name. */
  remove(): Promise<void>
}

/** The process that holds a lock. */
export interface LockHolder {
  readonly host: string
  readonly program: string
  /** The person or service that runs it, where that is known. */
  readonly principal?: string | undefined
}

/** Locks of one kind. Two takers within one process exclude each other as two processes do. */
export interface Locks {
  /**
   * @returns undefined while another taker holds it
   * @throws StorageError
   */
  tryTake(name: string): Promise<HeldLock | undefined>
  isHeld(name: string): Promise<boolean>
  /** Who holds a lock; undefined where it is free, and for the locks of one machine. */
  holder(name: string): Promise<LockHolder | undefined>
  /** The names of locks that are held, and of those whose process ended without removing them. */
  names(): Promise<string[]>
}

/** Takes a lock as soon as it is free. @throws StorageError, and the reason of an abort */
export function takeWhenFree(
  locks: Locks,
  name: string,
  options: PollOptions = {},
): Promise<HeldLock> {
  return whenFree(() => locks.tryTake(name), options)
}

/** Takes a lock under a new name. @throws StorageError */
export async function takeNew(locks: Locks): Promise<HeldLock> {
  for (;;) {
    const lock = await locks.tryTake(randomUUID())
    if (lock !== undefined) return lock
  }
}

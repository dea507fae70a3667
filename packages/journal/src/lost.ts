import { type HeldLock, StorageError } from '@chatlayer-tables/local'

/** @throws StorageError of the kind `lost` when another machine has taken the lock over */
export function throwIfLost({ lost }: HeldLock, place: string): void {
  if (lost.aborted) throw new StorageError('lost', place)
}

/**
 * Runs `work` with a signal that the caller's abort and the loss of the lock end.
 *
 * @throws StorageError of the kind `lost` when the lock was lost meanwhile; otherwise what `work` throws
 */
export async function whileHeld<T>(
  lock: HeldLock,
  place: string,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const either = signal === undefined ? lock.lost : AbortSignal.any([signal, lock.lost])
  try {
    return await work(either)
  } catch (error) {
    throwIfLost(lock, place)
    throw error
  }
}

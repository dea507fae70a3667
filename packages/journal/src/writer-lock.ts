/**
 * The processes that write to the journal. Each holds a lock of its own while it does, which the system
 * releases however the process ends. A lock's file stays until all outcomes of its writer are known: a
 * file whose lock is free belongs to an ended writer whose outcomes must be resolved.
 */
import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, statSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import {
  createPrivateFile,
  ensurePrivateFolder,
  type Lock as FileLock,
  tryLock,
} from '@chatlayer-tables/local'

const SUFFIX = '.lock'

/** A lock that this process holds. */
export class Lock implements Disposable {
  readonly name: string
  readonly #path: string
  readonly #lock: FileLock

  constructor(name: string, path: string, lock: FileLock) {
    this.name = name
    this.#path = path
    this.#lock = lock
  }

  /** Releases the lock and leaves its file. */
  release(): void {
    this.#lock.release()
  }

  /** Removes the file while the lock is held, so that no other process can take it meanwhile. */
  remove(): void {
    // Windows cannot remove an open file.
    if (process.platform === 'win32') this.release()
    if (existsSync(this.#path)) unlinkSync(this.#path)
    this.release()
  }

  [Symbol.dispose](): void {
    this.release()
  }
}

export class LockFolder {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Takes a lock under a new name. @throws StorageError */
  takeNew(): Lock {
    for (;;) {
      const lock = this.tryTake(randomUUID())
      if (lock !== undefined) return lock
    }
  }

  /** @returns undefined when another process holds it, or has just removed it. @throws StorageError */
  tryTake(name: string): Lock | undefined {
    const path = this.#path(name)
    ensurePrivateFolder(this.#folder)
    createPrivateFile(path)
    const ino = inodeOf(path)
    const lock = tryLock(path)
    if (lock === undefined) return undefined
    if (ino !== undefined && inodeOf(path) === ino) return new Lock(name, path, lock)
    lock.release()
    return undefined
  }

  isHeld(name: string): boolean {
    if (!existsSync(this.#path(name))) return false
    const lock = this.tryTake(name)
    lock?.release()
    return lock === undefined
  }

  names(): string[] {
    if (!existsSync(this.#folder)) return []
    return readdirSync(this.#folder)
      .filter((file) => file.endsWith(SUFFIX))
      .map((file) => file.slice(0, -SUFFIX.length))
  }

  #path(name: string): string {
    return join(this.#folder, `${name}${SUFFIX}`)
  }
}

/** Undefined where there is no such file: another process may remove it at any time. */
function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino
}

/** The locks of the processes that write to the journal of a folder. */
export function writerLocks(folder: string): LockFolder {
  return new LockFolder(join(folder, 'writers'))
}

/**
 * Whether a process that wrote to the journal of a folder, and has ended, may have left something open.
 * Opens nothing.
 */
export function mayNeedRecovery(folder: string): boolean {
  return writerLocks(folder).names().length > 0
}

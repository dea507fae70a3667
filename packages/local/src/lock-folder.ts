/**
 * Locks by name as files of a folder, for the processes of one machine. The system releases a lock
 * however its process ends. A lock's file stays until it is removed: a file whose lock is free belongs to
 * a process that ended without removing it.
 */
import { existsSync, readdirSync, statSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { ensurePrivateFolder } from './folder.ts'
import { type Lock, tryLock } from './lock.ts'
import type { HeldLock, Locks } from './locks.ts'
import { createPrivateFile } from './private-file.ts'

const SUFFIX = '.lock'

/** The folder is made with the first lock that is taken. */
export class LockFolder implements Locks {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  async tryTake(name: string): Promise<HeldLock | undefined> {
    return this.#tryTake(name)
  }

  async isHeld(name: string): Promise<boolean> {
    if (!existsSync(this.#path(name))) return false
    const lock = this.#tryTake(name)
    await lock?.release()
    return lock === undefined
  }

  async holder(): Promise<undefined> {
    return undefined
  }

  async names(): Promise<string[]> {
    return lockNames(this.#folder)
  }

  #tryTake(name: string): FolderLock | undefined {
    const path = this.#path(name)
    ensurePrivateFolder(this.#folder)
    createPrivateFile(path)
    const ino = inodeOf(path)
    const lock = tryLock(path)
    if (lock === undefined) return undefined
    if (ino !== undefined && inodeOf(path) === ino) return new FolderLock(name, path, lock)
    // Its holder removed the file meanwhile.
    lock.release()
    return undefined
  }

  #path(name: string): string {
    return join(this.#folder, `${name}${SUFFIX}`)
  }
}

/** {@link Locks.names} of the locks in a folder, for a program that opens nothing yet. */
export function lockNames(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
}

class FolderLock implements HeldLock {
  readonly name: string
  readonly lost = new AbortController().signal
  readonly #path: string
  readonly #lock: Lock

  constructor(name: string, path: string, lock: Lock) {
    this.name = name
    this.#path = path
    this.#lock = lock
  }

  /** The system keeps it for this process. */
  certain(): undefined {
    return undefined
  }

  async release(): Promise<void> {
    this.#lock.release()
  }

  /** Removes the file while the lock is held, so that no other process can take it meanwhile. */
  async remove(): Promise<void> {
    // Windows cannot remove an open file.
    if (process.platform === 'win32') this.#lock.release()
    if (existsSync(this.#path)) unlinkSync(this.#path)
    this.#lock.release()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release()
  }
}

/** Undefined where there is no such file: another process may remove it at any time. */
function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino
}

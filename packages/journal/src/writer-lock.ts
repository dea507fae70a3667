/**
 * Which processes write to the journal. Each holds a lock of its own while it does; the lock is
 * SQLite's, on a database that holds nothing, and the system lets go of it however the process ends.
 * A lock's file stays for as long as its writer left something open: a file that nobody holds is a
 * writer whose change sets must be settled.
 */
import { randomUUID } from 'node:crypto'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
  unlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** SQLite's code for a database that another connection has locked. */
const BUSY = 5

const SUFFIX = '.lock'

/** A lock that this process holds. */
export class Lock implements Disposable {
  readonly name: string
  readonly #path: string
  readonly #database: DatabaseSync

  constructor(name: string, path: string, database: DatabaseSync) {
    this.name = name
    this.#path = path
    this.#database = database
  }

  /** Lets go of it, and leaves its file. */
  release(): void {
    if (this.#database.isOpen) this.#database.close()
  }

  /** Removes its file, still held so that nobody can take it up meanwhile, and lets go of it. */
  remove(): void {
    // Windows removes no open file.
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

  /** Takes a lock under a name that nobody has. */
  takeNew(): Lock {
    for (;;) {
      const lock = this.tryTake(randomUUID())
      if (lock !== undefined) return lock
    }
  }

  /** @returns undefined when somebody holds it, or has just removed it */
  tryTake(name: string): Lock | undefined {
    const path = this.#path(name)
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
    // Closing any handle on a file would drop the locks that this process holds on it.
    if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
    const ino = inodeOf(path)
    if (ino === undefined) return undefined
    const database = new DatabaseSync(path, { timeout: 0 })
    try {
      database.exec('BEGIN EXCLUSIVE')
    } catch (error) {
      database.close()
      if (isBusy(error)) return undefined
      throw error
    }
    const lock = new Lock(name, path, database)
    if (inodeOf(path) === ino) return lock
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

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && Number(error.errcode) % 256 === BUSY
}

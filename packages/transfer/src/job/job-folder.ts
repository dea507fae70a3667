/** The folder that holds the folders of jobs, which only their user may read. */
import { randomInt } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import {
  asStorageError,
  checkPrivateFolder,
  ensurePrivateFolder,
  type Lock,
  StorageError,
  storageErrorOf,
  tryLock,
} from '@chatlayer-tables/local'
import { Job, type JobParts } from './job.ts'
import { openJobDatabase } from './job-database.ts'
import { DATABASE, LOCK } from './working-copy.ts'

/** A newer folder may belong to a job that is about to take its lock. */
const BEGINNING_MS = 60_000

/** Letters and digits that are not easily confused. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'
const ID_LENGTH = 8

export class JobFolder {
  readonly path: string

  /** @param path made when the first job is */
  constructor(path: string) {
    this.path = path
  }

  of(id: string): string {
    return join(this.path, id)
  }

  database(id: string): string {
    return join(this.path, id, DATABASE)
  }

  /** Ids of jobs that have begun. @throws StorageError */
  ids(): string[] {
    return this.#folders().filter((id) => existsSync(this.database(id)))
  }

  /** Makes the folder of a new job, whose lock is held. @throws StorageError */
  make(): { id: string; folder: string; lock: Lock } {
    ensurePrivateFolder(this.path)
    this.#sweep()
    const id = Array.from({ length: ID_LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('')
    return { id, folder: this.of(id), lock: this.#makeLocked(id) }
  }

  /** Makes the folder of a job that has begun elsewhere. @returns undefined while another process has it */
  makeFor(id: string): Lock | undefined {
    ensurePrivateFolder(this.path)
    ensurePrivateFolder(this.of(id))
    return this.tryLock(id)
  }

  /** @returns undefined while another process holds it @throws StorageError */
  tryLock(id: string): Lock | undefined {
    return tryLock(join(this.of(id), LOCK))
  }

  /** A job whose lock is not a file, or cannot be used, is not held by any process. */
  isRunning(id: string): boolean {
    try {
      const lock = this.tryLock(id)
      lock?.release()
      return lock === undefined
    } catch (error) {
      if (error instanceof StorageError) return false
      throw error
    }
  }

  /** @throws StorageError, and JobFormatError for a job of another release */
  open(parts: Omit<JobParts, 'folder' | 'database'>): Job {
    const path = this.database(parts.id)
    const database = openJobDatabase(path)
    try {
      return new Job({ ...parts, folder: this.of(parts.id), database })
    } catch (error) {
      database.close()
      // For example, a missing table.
      throw storageErrorOf(error, path) ?? new StorageError('damaged', path, { cause: error })
    }
  }

  /** @throws StorageError */
  remove(id: string): void {
    const folder = this.of(id)
    try {
      rmSync(folder, { recursive: true, force: true })
    } catch (error) {
      throw asStorageError(error, folder)
    }
  }

  /** Removes the folders of jobs that were begun and are none of these, unless a process has them. */
  removeOthers(ids: ReadonlySet<string>): void {
    for (const id of this.#folders()) {
      if (!ids.has(id) && !this.#isYoung(id)) this.#removeUnused(id)
    }
  }

  #folders(): string[] {
    if (!existsSync(this.path)) return []
    // A job that another user put there would write what that user wants.
    checkPrivateFolder(this.path)
    try {
      return readdirSync(this.path, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
    } catch (error) {
      throw asStorageError(error, this.path)
    }
  }

  #makeLocked(id: string): Lock {
    const folder = this.of(id)
    try {
      mkdirSync(folder, { mode: 0o700 })
    } catch (error) {
      throw asStorageError(error, this.path)
    }
    try {
      const lock = this.tryLock(id)
      if (lock === undefined) throw new Error(`the new job ${id} is locked`)
      return lock
    } catch (error) {
      rmSync(folder, { recursive: true, force: true })
      throw error
    }
  }

  /** Removes the folders of jobs that were interrupted before they began. */
  #sweep(): void {
    for (const id of this.#folders()) {
      if (!existsSync(this.database(id)) && !this.#isYoung(id)) this.#removeUnused(id)
    }
  }

  #isYoung(id: string): boolean {
    const changed = statSync(this.of(id), { throwIfNoEntry: false })?.mtimeMs ?? Date.now()
    return Date.now() - changed < BEGINNING_MS
  }

  #removeUnused(id: string): void {
    const folder = this.of(id)
    try {
      const lock = this.tryLock(id)
      lock?.release()
      if (lock !== undefined) rmSync(folder, { recursive: true, force: true })
    } catch (error) {
      // A leftover folder does not affect a new job.
      if (!(asStorageError(error, folder) instanceof StorageError)) throw error
    }
  }
}

/** The jobs of this machine's user: a folder for each, which only they may read. */
import { randomInt } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { InvalidInputError, NotFoundError } from '@chatlayer-tables/core'
import {
  asStorageError,
  checkPrivateFolder,
  ensurePrivateFolder,
  type Lock,
  StorageError,
  storageErrorOf,
  tryLock,
} from '@chatlayer-tables/local'
import type { TransferSituation } from '../errors/situations.ts'
import { Job, type JobLock } from './job.ts'
import { createJobDatabase, JobFormatError, openJobDatabase, readFact } from './job-database.ts'
import type { JobReplicas } from './job-replicas.ts'

/**
 * - `running`: a process works on it
 * - `unfinished`: it can be resumed
 * - `done`: nothing is left to do
 * - `unreadable`: of another release, or damaged
 */
export type JobStatus = 'running' | 'unfinished' | 'done' | 'unreadable'

export interface JobSummary {
  readonly id: string
  readonly status: JobStatus
  /** What it was asked to do, as its kind keeps it; undefined when it cannot be read. */
  readonly facts: unknown
  /** How its last run ended; undefined when that was cut off. */
  readonly report: unknown
  /** Why it cannot be read; for `unreadable` only. */
  readonly problem?: string | undefined
}

const DATABASE = 'job.sqlite'
const LOCK = 'lock.sqlite'

/** A newer folder may belong to a job that is about to take its lock. */
const BEGINNING_MS = 60_000

/** Letters and digits that are not easily confused. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'
const ID_LENGTH = 8

export interface JobStoreOptions {
  /** Where the jobs of all machines are; `folder` holds the working copies of this one then. */
  readonly shared?: JobReplicas | undefined
}

export class JobStore {
  readonly folder: string
  readonly shared: JobReplicas | undefined

  /** @param folder made when the first job is */
  constructor(folder: string, { shared }: JobStoreOptions = {}) {
    this.folder = folder
    this.shared = shared
  }

  /**
   * Makes the folder of a new job and holds its lock. `begin` is called once all is known that the
   * job is to keep; a job without it leaves nothing.
   *
   * @throws StorageError where the folder cannot be made
   */
  async prepare(): Promise<NewJob> {
    ensurePrivateFolder(this.folder)
    this.#sweep()
    const id = Array.from({ length: ID_LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('')
    const folder = join(this.folder, id)
    const lock = this.#newFolder(folder)
    if (lock === undefined) throw new Error(`the new job ${id} is locked`)
    return {
      folder,
      async begin(facts) {
        const database = createJobDatabase(join(folder, DATABASE), facts)
        return new Job({ id, folder, database, lock: jobLock(lock) })
      },
      async discard() {
        lock.release()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  }

  /**
   * Opens a job to resume it, and holds its lock.
   *
   * @param idOrStart an id, or as much of its beginning as only one job has
   * @throws NotFoundError, or InvalidInputError when it is ambiguous, running or of another release
   */
  async open(idOrStart: string): Promise<Job> {
    const id = this.#find(idOrStart)
    const folder = join(this.folder, id)
    const lock = this.#lockOf(id)
    if (lock === undefined) throw running(id)
    try {
      return openJob({ id, folder, lock })
    } catch (error) {
      lock.release()
      if (error instanceof StorageError) throw unreadable(id, error)
      if (!(error instanceof JobFormatError)) throw error
      throw new InvalidInputError(`job ${id}: ${error.message}`, {
        hint: 'Resume it with the release that made it.',
        situation: {
          code: 'JOB_OF_ANOTHER_RELEASE',
          data: { job: id },
        } satisfies TransferSituation,
      })
    }
  }

  /** All jobs, the one that was begun last first. */
  async list(): Promise<JobSummary[]> {
    return this.#ids()
      .map((id) => this.#summary(id))
      .toSorted((a, b) => begunAt(b) - begunAt(a))
  }

  /** @throws NotFoundError, InvalidInputError as {@link open} does */
  async show(idOrStart: string): Promise<JobSummary> {
    return this.#summary(this.#find(idOrStart))
  }

  /** @throws NotFoundError, InvalidInputError as {@link open} does */
  async remove(idOrStart: string): Promise<string> {
    const id = this.#find(idOrStart)
    const folder = join(this.folder, id)
    if (this.#isRunning(folder)) throw running(id)
    try {
      rmSync(folder, { recursive: true, force: true })
    } catch (error) {
      throw asStorageError(error, folder)
    }
    return id
  }

  #ids(): string[] {
    return this.#folders().filter((name) => existsSync(join(this.folder, name, DATABASE)))
  }

  #folders(): string[] {
    if (!existsSync(this.folder)) return []
    // A job that another user put there would write what that user wants.
    checkPrivateFolder(this.folder)
    try {
      return readdirSync(this.folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
    } catch (error) {
      throw asStorageError(error, this.folder)
    }
  }

  /** A folder of its own for a new job, whose lock is held. */
  #newFolder(folder: string): Lock | undefined {
    try {
      mkdirSync(folder, { mode: 0o700 })
    } catch (error) {
      throw asStorageError(error, this.folder)
    }
    try {
      return this.#lock(folder)
    } catch (error) {
      rmSync(folder, { recursive: true, force: true })
      throw error
    }
  }

  /** Removes the folders of jobs that were interrupted before they began. */
  #sweep(): void {
    for (const name of this.#folders()) {
      const folder = join(this.folder, name)
      const age = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
      if (age < BEGINNING_MS || existsSync(join(folder, DATABASE))) continue
      try {
        const lock = this.#lock(folder)
        lock?.release()
        if (lock !== undefined) rmSync(folder, { recursive: true, force: true })
      } catch (error) {
        // A leftover folder does not affect a new job.
        if (!(asStorageError(error, folder) instanceof StorageError)) throw error
      }
    }
  }

  #find(idOrStart: string): string {
    const ids = this.#ids()
    if (ids.includes(idOrStart)) return idOrStart
    const found = idOrStart === '' ? [] : ids.filter((id) => id.startsWith(idOrStart))
    if (found.length > 1) {
      throw new InvalidInputError(`${found.length} jobs begin with ${idOrStart}`, {
        hint: `Use the full id of one: ${found.join(', ')}.`,
      })
    }
    if (found[0] !== undefined) return found[0]
    throw new NotFoundError(`there is no job "${idOrStart}"`, {
      situation: { code: 'JOB_NOT_FOUND' } satisfies TransferSituation,
    })
  }

  #summary(id: string): JobSummary {
    const folder = join(this.folder, id)
    let isRunning = false
    try {
      isRunning = this.#isRunning(folder)
      return { id, ...this.#read(folder, isRunning) }
    } catch (error) {
      const status = isRunning ? 'running' : 'unreadable'
      const found = asStorageError(error, folder)
      const problem = found instanceof Error ? found.message : String(found)
      return { id, status, facts: undefined, report: undefined, problem }
    }
  }

  #read(folder: string, isRunning: boolean): Omit<JobSummary, 'id'> {
    try {
      return this.#readFrom(folder, isRunning, false)
    } catch (error) {
      const found = asStorageError(error, folder)
      if (!(found instanceof StorageError) || found.kind === 'damaged') throw error
      return this.#readFrom(folder, isRunning, true)
    }
  }

  /** @param immutable also from a disk that is full or read-only */
  #readFrom(folder: string, isRunning: boolean, immutable: boolean): Omit<JobSummary, 'id'> {
    using database = openJobDatabase(join(folder, DATABASE), { readOnly: true, immutable })
    const done = readFact(database, 'done') === true
    const status = isRunning ? 'running' : done ? 'done' : 'unfinished'
    return { status, facts: readFact(database, 'facts'), report: readFact(database, 'report') }
  }

  /** A job whose lock is not a file, or cannot be used, is not held by any process. */
  #isRunning(folder: string): boolean {
    try {
      const lock = this.#lock(folder)
      lock?.release()
      return lock === undefined
    } catch (error) {
      if (error instanceof StorageError) return false
      throw error
    }
  }

  #lockOf(id: string): Lock | undefined {
    try {
      return this.#lock(join(this.folder, id))
    } catch (error) {
      throw error instanceof StorageError ? unreadable(id, error) : error
    }
  }

  #lock(folder: string): Lock | undefined {
    return tryLock(join(folder, LOCK))
  }
}

function openJob(parts: { id: string; folder: string; lock: Lock }): Job {
  const path = join(parts.folder, DATABASE)
  const database = openJobDatabase(path)
  try {
    return new Job({ ...parts, database, lock: jobLock(parts.lock) })
  } catch (error) {
    database.close()
    // For example, a missing table.
    throw storageErrorOf(error, path) ?? new StorageError('damaged', path, { cause: error })
  }
}

/** A lock of this machine, which is never lost. */
function jobLock(lock: Lock): JobLock {
  return { lost: new AbortController().signal, release: async () => lock.release() }
}

/** A job that has only its folder so far. */
export interface NewJob {
  readonly folder: string
  begin(facts: unknown): Promise<Job>
  discard(): Promise<void>
}

function begunAt({ facts }: JobSummary): number {
  const value =
    typeof facts === 'object' && facts !== null && 'createdAt' in facts ? facts.createdAt : ''
  return Date.parse(String(value)) || 0
}

/** @returns for a damaged job the error of a job that cannot be resumed */
function unreadable(id: string, error: StorageError): StorageError {
  if (error.kind !== 'damaged') return error
  return error.withSituation({ code: 'JOB_DAMAGED', data: { job: id } } satisfies TransferSituation)
}

function running(id: string): InvalidInputError {
  return new InvalidInputError(`job ${id} is in use by another process`, {
    hint: 'Wait until that process has ended, or end it.',
  })
}

/** The jobs of this machine's user: a folder for each, which only they may read. */
import { randomInt } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { InvalidInputError, NotFoundError } from '@chatlayer-tables/core'
import { Job } from './job.ts'
import { createJobDatabase, JobFormatError, openJobDatabase, readFact } from './job-database.ts'
import { type JobLock, tryLock } from './job-lock.ts'

/**
 * - `running`: a process works on it
 * - `unfinished`: it can be gone on with
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
}

const DATABASE = 'job.sqlite'
const LOCK = 'lock.sqlite'

/** A younger folder may be that of a job whose lock is about to be taken. */
const BEGINNING_MS = 60_000

/** Without those that are easily mistaken for another. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'
const ID_LENGTH = 8

export class JobStore {
  readonly folder: string

  /** @param folder made when the first job is */
  constructor(folder: string) {
    this.folder = folder
  }

  /**
   * Makes the folder of a new job and holds its lock. `begin` is called once all is known that the
   * job is to keep; a job without it leaves nothing.
   *
   * @throws the system's error where the folder cannot be made
   */
  prepare(): NewJob {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 })
    this.#sweep()
    const id = Array.from({ length: ID_LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('')
    const folder = join(this.folder, id)
    mkdirSync(folder, { mode: 0o700 })
    const lock = this.#lock(folder)
    if (lock === undefined) throw new Error(`the new job ${id} is locked`)
    return {
      folder,
      begin(facts) {
        const database = createJobDatabase(join(folder, DATABASE), facts)
        return new Job({ id, folder, database, lock })
      },
      discard() {
        lock.release()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  }

  /**
   * Opens a job to go on with it, and holds its lock.
   *
   * @param idOrStart an id, or as much of its beginning as only one job has
   * @throws NotFoundError, or InvalidInputError when it is ambiguous, running or of another release
   */
  open(idOrStart: string): Job {
    const id = this.#find(idOrStart)
    const folder = join(this.folder, id)
    const lock = this.#lock(folder)
    if (lock === undefined) throw running(id)
    try {
      const database = this.#openDatabase(folder, false)
      return new Job({ id, folder, database, lock })
    } catch (error) {
      lock.release()
      if (!(error instanceof JobFormatError)) throw error
      throw new InvalidInputError(`job ${id}: ${error.message}`, {
        hint: `Remove it (clt jobs rm ${id}), or go on with the release that made it.`,
      })
    }
  }

  /** All jobs, the one that was begun last first. */
  list(): JobSummary[] {
    return this.#ids()
      .map((id) => this.#summary(id))
      .toSorted((a, b) => begunAt(b) - begunAt(a))
  }

  /** @throws NotFoundError, InvalidInputError as {@link open} does */
  show(idOrStart: string): JobSummary {
    return this.#summary(this.#find(idOrStart))
  }

  /** @throws NotFoundError, InvalidInputError as {@link open} does */
  remove(idOrStart: string): string {
    const id = this.#find(idOrStart)
    const folder = join(this.folder, id)
    const lock = this.#lock(folder)
    if (lock === undefined) throw running(id)
    lock.release()
    rmSync(folder, { recursive: true, force: true })
    return id
  }

  #ids(): string[] {
    return this.#folders().filter((name) => existsSync(join(this.folder, name, DATABASE)))
  }

  #folders(): string[] {
    if (!existsSync(this.folder)) return []
    return readdirSync(this.folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
  }

  /** Removes the folders of jobs that were broken off before they began. */
  #sweep(): void {
    for (const name of this.#folders()) {
      const folder = join(this.folder, name)
      const age = Date.now() - statSync(folder).mtimeMs
      if (age < BEGINNING_MS || existsSync(join(folder, DATABASE))) continue
      const lock = this.#lock(folder)
      lock?.release()
      if (lock !== undefined) rmSync(folder, { recursive: true, force: true })
    }
  }

  #find(idOrStart: string): string {
    const ids = this.#ids()
    if (ids.includes(idOrStart)) return idOrStart
    const found = idOrStart === '' ? [] : ids.filter((id) => id.startsWith(idOrStart))
    if (found.length > 1) {
      throw new InvalidInputError(`${found.length} jobs begin with ${idOrStart}`, {
        hint: `Give the whole id of one: ${found.join(', ')}.`,
      })
    }
    if (found[0] !== undefined) return found[0]
    throw new NotFoundError(`there is no job "${idOrStart}"`, {
      hint: 'clt jobs list shows those that there are.',
    })
  }

  #summary(id: string): JobSummary {
    const folder = join(this.folder, id)
    const lock = this.#lock(folder)
    lock?.release()
    let database: DatabaseSync | undefined
    try {
      database = this.#openDatabase(folder, true)
      const done = readFact(database, 'done') === true
      const status = lock === undefined ? 'running' : done ? 'done' : 'unfinished'
      const report = readFact(database, 'report')
      return { id, status, facts: readFact(database, 'facts'), report }
    } catch {
      const status = lock === undefined ? 'running' : 'unreadable'
      return { id, status, facts: undefined, report: undefined }
    } finally {
      database?.close()
    }
  }

  #lock(folder: string): JobLock | undefined {
    return tryLock(join(folder, LOCK))
  }

  #openDatabase(folder: string, readOnly: boolean): DatabaseSync {
    return openJobDatabase(join(folder, DATABASE), { readOnly })
  }
}

/** A job of which only the folder is there yet. */
export interface NewJob {
  readonly folder: string
  begin(facts: unknown): Job
  discard(): void
}

function begunAt({ facts }: JobSummary): number {
  const value =
    typeof facts === 'object' && facts !== null && 'createdAt' in facts ? facts.createdAt : ''
  return Date.parse(String(value)) || 0
}

function running(id: string): InvalidInputError {
  return new InvalidInputError(`job ${id} is being worked on by another process`, {
    hint: 'Wait until that one has ended, or end it.',
  })
}

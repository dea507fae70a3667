/** Jobs in a folder of this machine: those of its user, or the parts of another job. */
import { asStorageError, type Lock, StorageError } from '@chatlayer-tables/local'
import { Job, type JobLock } from './job.ts'
import { createJobDatabase, openJobDatabase, readFact } from './job-database.ts'
import { JobFolder } from './job-folder.ts'
import type { Jobs, NewJob } from './job-store.ts'
import { asUnreadable, begunAt, inUse, type JobSummary, theOne } from './job-summary.ts'
import type { PartFeed } from './replica-feed.ts'

export class FolderJobs implements Jobs {
  readonly #folder: JobFolder
  readonly #feed: PartFeed | undefined

  /** @param feed where they are parts of a job that is shared */
  constructor(folder: string, feed?: PartFeed) {
    this.#folder = new JobFolder(folder)
    this.#feed = feed
  }

  async prepare(): Promise<NewJob> {
    const { id, folder, lock } = this.#folder.make()
    const feed = this.#feed?.within(id)
    let job: Job | undefined
    return {
      folder,
      lost: this.#feed?.feed.lock.lost,
      begin: async (facts, files = []) => {
        const database = createJobDatabase(this.#folder.database(id), facts)
        try {
          await feed?.begin(facts, folder, files)
          job = new Job({ id, folder, database, lock: this.#jobLock(lock), feed })
          return job
        } catch (error) {
          database.close()
          throw error
        }
      },
      discard: async () => {
        try {
          await job?.closeDatabase()
          this.#folder.remove(id)
          await feed?.remove()
        } finally {
          lock.release()
        }
      },
    }
  }

  async open(idOrStart: string): Promise<Job> {
    const id = theOne(this.#folder.ids(), idOrStart)
    let lock: Lock | undefined
    try {
      lock = this.#folder.tryLock(id)
      if (lock === undefined) throw inUse(id)
      return this.#folder.open({ id, lock: this.#jobLock(lock), feed: this.#feed?.within(id) })
    } catch (error) {
      lock?.release()
      throw asUnreadable(id, error)
    }
  }

  async list(): Promise<JobSummary[]> {
    const all = this.#folder.ids().map((id) => this.#summary(id))
    return all.toSorted((a, b) => begunAt(b) - begunAt(a))
  }

  async show(idOrStart: string): Promise<JobSummary> {
    return this.#summary(theOne(this.#folder.ids(), idOrStart))
  }

  async remove(idOrStart: string): Promise<string> {
    const id = theOne(this.#folder.ids(), idOrStart)
    if (this.#folder.isRunning(id)) throw inUse(id)
    this.#folder.remove(id)
    return id
  }

  #jobLock(lock: Lock): JobLock {
    return { shared: this.#feed?.feed.lock, release: async () => lock.release() }
  }

  #summary(id: string): JobSummary {
    const folder = this.#folder.of(id)
    let isRunning = false
    try {
      isRunning = this.#folder.isRunning(id)
      return { id, ...this.#read(id, isRunning) }
    } catch (error) {
      const status = isRunning ? 'running' : 'unreadable'
      const found = asStorageError(error, folder)
      const problem = found instanceof Error ? found.message : String(found)
      return { id, status, facts: undefined, report: undefined, problem }
    }
  }

  #read(id: string, isRunning: boolean): Omit<JobSummary, 'id'> {
    try {
      return this.#readFrom(id, isRunning, false)
    } catch (error) {
      const found = asStorageError(error, this.#folder.of(id))
      if (!(found instanceof StorageError) || found.kind === 'damaged') throw error
      return this.#readFrom(id, isRunning, true)
    }
  }

  /** @param immutable also from a disk that is full or read-only */
  #readFrom(id: string, isRunning: boolean, immutable: boolean): Omit<JobSummary, 'id'> {
    using database = openJobDatabase(this.#folder.database(id), { readOnly: true, immutable })
    const done = readFact(database, 'done') === true
    const status = isRunning ? 'running' : done ? 'done' : 'unfinished'
    return { status, facts: readFact(database, 'facts'), report: readFact(database, 'report') }
  }
}

/**
 * Jobs that all machines share. Those that this machine has worked on have a working copy in its folder,
 * which is only a copy: what jobs there are, and how they are, the shared store knows.
 */
import { NotFoundError } from '@chatlayer-tables/core'
import { type HeldLock, type Lock, StorageError } from '@chatlayer-tables/local'
import type { TransferSituation } from '../errors/situations.ts'
import { Job, type JobLock } from './job.ts'
import { checkFormat, createJobDatabase, JobFormatError, parseFact } from './job-database.ts'
import { JobFolder } from './job-folder.ts'
import type { JobReplica, JobReplicas, ReplicaSummary } from './job-replicas.ts'
import type { Jobs, NewJob } from './job-store.ts'
import { asUnreadable, begunAt, inUse, type JobSummary, theOne } from './job-summary.ts'
import { PartFeed, ReplicaFeed } from './replica-feed.ts'
import { isCurrent, makeWorkingCopy } from './working-copy.ts'

/** A working copy in use: no other process of this machine, and no other machine, works on the job. */
interface Held {
  readonly id: string
  readonly local: Lock
  readonly lock: HeldLock
}

export class SharedJobs implements Jobs {
  readonly #folder: JobFolder
  readonly #replicas: JobReplicas

  constructor(folder: string, replicas: JobReplicas) {
    this.#folder = new JobFolder(folder)
    this.#replicas = replicas
  }

  async prepare(): Promise<NewJob> {
    const { id, folder, lock: local } = this.#folder.make()
    const held = await this.#hold(id, local)
    let replica: JobReplica | undefined
    let job: Job | undefined
    return {
      folder,
      lost: held.lock.lost,
      begin: async (facts, files = []) => {
        const database = createJobDatabase(this.#folder.database(id), facts)
        try {
          replica = await this.#replicas.create(held.lock)
          const feed = this.#feed(replica, held)
          await feed.begin(facts, folder, files)
          job = new Job({ id, folder, database, lock: this.#jobLock(held), feed })
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
          if (replica !== undefined) await this.#replicas.remove(held.lock)
        } catch (error) {
          // What is left is a job that has written nothing.
          if (!(error instanceof StorageError)) throw error
        } finally {
          await this.#release(held)
        }
      },
    }
  }

  async open(idOrStart: string): Promise<Job> {
    const { id, host } = await this.#findSummary(idOrStart)
    const local = this.#folder.makeFor(id)
    if (local === undefined) throw inUse(id)
    const held = await this.#hold(id, local, host)
    try {
      return await this.#openHeld(held)
    } catch (error) {
      await this.#release(held)
      throw asUnreadable(id, error)
    }
  }

  async list(): Promise<JobSummary[]> {
    const all = await this.#replicas.list()
    const open = all.filter(({ isDone }) => !isDone)
    this.#folder.removeOthers(new Set(open.map(({ id }) => id)))
    return all.map(asSummary).toSorted((a, b) => begunAt(b) - begunAt(a))
  }

  async show(idOrStart: string): Promise<JobSummary> {
    return asSummary(await this.#findSummary(idOrStart))
  }

  async remove(idOrStart: string): Promise<string> {
    const { id, host } = await this.#findSummary(idOrStart)
    const lock = await this.#replicas.locks.tryTake(id)
    if (lock === undefined) throw inUse(id, host)
    try {
      await this.#replicas.remove(lock)
    } finally {
      await lock.remove()
    }
    if (this.#folder.ids().includes(id) && !this.#folder.isRunning(id)) this.#folder.remove(id)
    return id
  }

  async #findSummary(idOrStart: string): Promise<ReplicaSummary> {
    const all = await this.#replicas.list(idOrStart)
    const ids = all.map((each) => each.id)
    const id = theOne(ids, idOrStart)
    return all.find((each) => each.id === id) as ReplicaSummary
  }

  /** @throws InvalidInputError where another process works on the job, StorageError */
  async #hold(id: string, local: Lock, host?: string): Promise<Held> {
    try {
      const lock = await this.#replicas.locks.tryTake(id)
      if (lock === undefined) throw inUse(id, host)
      return { id, local, lock }
    } catch (error) {
      local.release()
      throw error
    }
  }

  async #openHeld(held: Held): Promise<Job> {
    const { id, lock } = held
    const taken = await this.#replicas.takeOver(lock)
    if (taken === undefined) throw noJob(id)
    checkFormat(taken.format)
    const folder = this.#folder.of(id)
    if (!isCurrent(folder, taken)) await makeWorkingCopy(folder, taken.replica)
    const job = this.#folder.open({
      ...{ id, lock: this.#jobLock(held), feed: this.#feed(taken.replica, held) },
    })
    try {
      job.forgetVersion()
      return job
    } catch (error) {
      await job.closeDatabase()
      throw error
    }
  }

  #feed(replica: JobReplica, { lock }: Held): PartFeed {
    return new PartFeed(new ReplicaFeed(this.#replicas, replica, lock), '')
  }

  #jobLock(held: Held): JobLock {
    return { shared: held.lock, release: () => this.#release(held) }
  }

  async #release({ local, lock }: Held): Promise<void> {
    try {
      await lock.remove()
    } finally {
      local.release()
    }
  }
}

function noJob(id: string): NotFoundError {
  return new NotFoundError(`there is no job "${id}"`, {
    situation: { code: 'JOB_NOT_FOUND' } satisfies TransferSituation,
  })
}

function asSummary(replica: ReplicaSummary): JobSummary {
  const { id, host, principal, progress: figures, ageMs, isRunning, isDone } = replica
  const shared = { host, principal, figures, ageMs }
  try {
    checkFormat(replica.format)
    const status = isRunning ? 'running' : isDone ? 'done' : 'unfinished'
    const facts = parseFact(replica.facts)
    const report = replica.report === undefined ? undefined : parseFact(replica.report)
    return { id, status, facts, report, shared }
  } catch (error) {
    if (!(error instanceof JobFormatError)) throw error
    const status = isRunning ? 'running' : 'unreadable'
    return { id, status, facts: undefined, report: undefined, problem: error.message, shared }
  }
}

/** Where jobs are kept: in a folder of this machine, or in a store that machines share. */
import { join } from 'node:path'
import { FolderJobs } from './folder-jobs.ts'
import type { Job } from './job.ts'
import type { JobFile } from './job-files.ts'
import type { JobReplicas } from './job-replicas.ts'
import type { JobSummary } from './job-summary.ts'
import type { PartFeed } from './replica-feed.ts'
import { SharedJobs } from './shared-jobs.ts'

export type { JobStatus, JobSummary, SharedFacts } from './job-summary.ts'

export interface JobStoreOptions {
  /** Where the jobs of all machines are; `folder` holds the working copies of this one then. */
  readonly shared?: JobReplicas | undefined
}

/** A job that has only its folder so far. */
export interface NewJob {
  readonly folder: string
  /** Aborts when the job may be another machine's; undefined for a job of this machine alone. */
  readonly lost: AbortSignal | undefined
  /** @param files that another machine needs to resume it; what jobs of one machine need is there already */
  begin(facts: unknown, files?: readonly JobFile[]): Promise<Job>
  /** Removes all of it. The job was closed before, where it was begun. */
  discard(): Promise<void>
}

/** What a store does; see {@link JobStore}. */
export interface Jobs {
  prepare(): Promise<NewJob>
  open(idOrStart: string): Promise<Job>
  list(): Promise<JobSummary[]>
  show(idOrStart: string): Promise<JobSummary>
  remove(idOrStart: string): Promise<string>
}

export class JobStore implements Jobs {
  readonly folder: string
  readonly #jobs: Jobs

  /** @param folder made when the first job is */
  constructor(folder: string, { shared, feed }: JobStoreOptions & { feed?: PartFeed } = {}) {
    this.folder = folder
    this.#jobs =
      shared === undefined ? new FolderJobs(folder, feed) : new SharedJobs(folder, shared)
  }

  /**
   * Makes the folder of a new job and holds its lock. `begin` is called once all is known that the
   * job is to keep; a job without it leaves nothing.
   *
   * @throws StorageError where the folder cannot be made, or the store cannot be reached
   */
  prepare(): Promise<NewJob> {
    return this.#jobs.prepare()
  }

  /**
   * Opens a job to resume it, and holds its lock.
   *
   * @param idOrStart an id, or as much of its beginning as only one job has
   * @throws NotFoundError, or InvalidInputError when it is ambiguous, running or of another release
   */
  open(idOrStart: string): Promise<Job> {
    return this.#jobs.open(idOrStart)
  }

  /** All jobs, the one that was begun last first. */
  list(): Promise<JobSummary[]> {
    return this.#jobs.list()
  }

  /** @throws NotFoundError, InvalidInputError as {@link open} does */
  show(idOrStart: string): Promise<JobSummary> {
    return this.#jobs.show(idOrStart)
  }

  /** @throws NotFoundError, InvalidInputError as {@link open} does */
  remove(idOrStart: string): Promise<string> {
    return this.#jobs.remove(idOrStart)
  }
}

/**
 * The store of jobs that are parts of another one. Who holds the lock of that job holds theirs.
 *
 * @param path within the folder of the job, with `/`
 */
export function partStore({ folder, feed }: Pick<Job, 'folder' | 'feed'>, path: string): JobStore {
  return new JobStore(join(folder, path), feed === undefined ? {} : { feed: feed.within(path) })
}

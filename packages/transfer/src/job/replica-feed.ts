/** Writes what changes in the working copy of a job to its replica, in order and many changes at once. */
import type { HeldLock } from '@chatlayer-tables/local'
import { FORMAT } from './job-database.ts'
import { type JobFile, putFiles } from './job-files.ts'
import type { JobChange, JobFigures, JobReplica, JobReplicas } from './job-replicas.ts'

type Figures = () => JobFigures

export class ReplicaFeed {
  readonly replicas: JobReplicas
  readonly replica: JobReplica
  /** The lock of the job. */
  readonly lock: Pick<HeldLock, 'lost' | 'certain'>
  readonly #figures = new Map<string, Figures>()
  #pending: JobChange[] = []
  #writing: Promise<void> | undefined
  #failure: { readonly error: unknown } | undefined

  constructor(
    replicas: JobReplicas,
    replica: JobReplica,
    lock: Pick<HeldLock, 'lost' | 'certain'>,
  ) {
    this.replicas = replicas
    this.replica = replica
    this.lock = lock
  }

  /** Why no more is written, where that is so. Nothing is written after the first error. */
  get failure(): unknown {
    return this.#failure?.error
  }

  /** Whether the replica has all that was pushed. */
  get isSettled(): boolean {
    return this.#failure === undefined && this.#writing === undefined
  }

  /** Written soon; an error is that of the next {@link settle}. */
  push(change: JobChange): void {
    this.#pending.push(change)
    this.#writing ??= this.#writeAll()
  }

  /** All that was pushed is in the replica when it returns. @throws StorageError */
  async settle(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** @param figures how far a part has come, asked for with each write */
  watch(part: string, figures: Figures): void {
    this.#figures.set(part, figures)
  }

  /** Never rejects. Begins in a turn of its own, so that what is pushed in this one goes along. */
  async #writeAll(): Promise<void> {
    await Promise.resolve()
    try {
      while (this.#pending.length > 0 && this.#failure === undefined) {
        const changes = this.#pending
        this.#pending = []
        await this.replica.write(changes, this.#sum())
      }
    } catch (error) {
      this.#failure = { error }
      this.#pending = []
    } finally {
      this.#writing = undefined
    }
  }

  /** The figures of the job and its parts together; how much is planned, the job itself knows. */
  #sum(): JobFigures | undefined {
    const all = [...this.#figures].map(([part, figures]) => ({ part, figures: figures() }))
    if (all.length === 0) return undefined
    const total = (name: 'written' | 'rejected' | 'unknown'): number =>
      all.reduce((sum, { figures }) => sum + figures[name], 0)
    return {
      ...{ written: total('written'), rejected: total('rejected'), unknown: total('unknown') },
      planned: all.find(({ part }) => part === '')?.figures.planned ?? null,
    }
  }
}

/** The feed of one part of a job. */
export class PartFeed {
  readonly feed: ReplicaFeed
  readonly part: string

  constructor(feed: ReplicaFeed, part: string) {
    this.feed = feed
    this.part = part
  }

  /** Keeps what the part was asked to do, once its files are kept. @throws StorageError */
  async begin(facts: unknown, folder: string, files: readonly JobFile[]): Promise<void> {
    const { part } = this
    const { replicas, replica } = this.feed
    await putFiles(replicas, replica, { part, folder, files })
    const value = JSON.stringify(facts)
    if (part === '') {
      await replica.begin(FORMAT, value)
    } else {
      this.push({ kind: 'fact', name: 'facts', value })
      await this.settle()
    }
  }

  /** The part was not begun after all. @throws StorageError */
  async remove(): Promise<void> {
    this.push({ kind: 'remove' })
    await this.settle()
  }

  push(change: Unnamed<JobChange>): void {
    // The part is that of the change's own type.
    this.feed.push({ part: this.part, ...change } as JobChange)
  }

  settle(): Promise<void> {
    return this.feed.settle()
  }

  watch(figures: Figures): void {
    this.feed.watch(this.part, figures)
  }

  /** @param path within the folder of this part, with `/` */
  within(path: string): PartFeed {
    return new PartFeed(this.feed, this.part === '' ? path : `${this.part}/${path}`)
  }
}

/** A change without its part. */
type Unnamed<Change> = Change extends unknown ? Omit<Change, 'part'> : never

/** Finds and lists change sets and their changes. */
import { InvalidInputError, NotFoundError } from '@chatlayer-tables/core'
import type { JournalStore } from './journal-store.ts'
import type { StoredChange } from './stored-change.ts'
import type { StoredSet } from './stored-set.ts'
import type { ChangePage, ChangeSetFilter } from './types.ts'

/** The change set or the job of an id. */
export interface ChangesRef {
  readonly kind: 'changeSet' | 'job'
  /** The whole id. */
  readonly id: string
}

/** The number of ids that an error names. */
const SHOWN = 10

export class Catalog {
  readonly #store: JournalStore

  constructor(store: JournalStore) {
    this.#store = store
  }

  /**
   * @param idOrStart an id, or a beginning of it that only one set has
   * @throws NotFoundError, or InvalidInputError when several begin with it
   */
  async find(idOrStart: string): Promise<StoredSet> {
    const [exact] = await this.#store.sets({ id: idOrStart, limit: 1 })
    if (exact !== undefined) return exact
    const found = await this.#starting(idOrStart)
    if (found.length > 1) {
      throw new InvalidInputError(`several change sets begin with ${idOrStart}`, {
        hint: `Pass the whole id of one: ${found.map(({ id }) => id).join(', ')}.`,
      })
    }
    if (found[0] !== undefined) return found[0]
    throw changesNotFound(`there is no change set "${idOrStart}"`)
  }

  /**
   * The change set or the job of that id; a change set where both have it.
   *
   * @param idOrStart an id, or a beginning of it that only one change set or job has
   * @throws NotFoundError, or InvalidInputError when several begin with it
   */
  async resolve(idOrStart: string): Promise<ChangesRef> {
    const [exact] = await this.#store.sets({ id: idOrStart, limit: 1 })
    if (exact !== undefined) return { kind: 'changeSet', id: exact.id }
    const jobs = await this.#store.jobs(idOrStart, SHOWN)
    if (jobs.includes(idOrStart)) return { kind: 'job', id: idOrStart }
    const sets = await this.#starting(idOrStart)
    const [only, ...others]: ChangesRef[] = [
      ...sets.map(({ id }) => ({ kind: 'changeSet' as const, id })),
      ...jobs.map((id) => ({ kind: 'job' as const, id })),
    ]
    if (others.length > 0) {
      const named = [
        sets.length > 0 ? `change sets ${sets.map(({ id }) => id).join(', ')}` : '',
        jobs.length > 0 ? `jobs ${jobs.join(', ')}` : '',
      ]
      throw new InvalidInputError(`several change sets or jobs begin with ${idOrStart}`, {
        hint: `Pass the whole id of one: ${named.filter((text) => text !== '').join('; ')}.`,
      })
    }
    if (only !== undefined) return only
    throw changesNotFound(`there is no change set or job "${idOrStart}"`)
  }

  /**
   * The id of a job that has change sets.
   *
   * @throws NotFoundError, or InvalidInputError when several begin with it
   */
  async findJob(idOrStart: string): Promise<string> {
    const jobs = await this.#store.jobs(idOrStart, SHOWN)
    if (jobs.includes(idOrStart)) return idOrStart
    if (jobs.length > 1) {
      throw new InvalidInputError(`several jobs begin with ${idOrStart}`, {
        hint: `Pass the whole id of one: ${jobs.join(', ')}.`,
      })
    }
    if (jobs[0] !== undefined) return jobs[0]
    throw changesNotFound(`there are no changes of a job "${idOrStart}"`)
  }

  /** The change sets of a job, the newest first. */
  ofJob(job: string): Promise<StoredSet[]> {
    return this.#store.sets({ job })
  }

  /** The undos of a set, the newest first. */
  undosOf(set: string): Promise<StoredSet[]> {
    return this.#store.sets({ undoes: set })
  }

  /** The newest first. */
  list({ limit = 50, offset, ...filter }: ChangeSetFilter): Promise<StoredSet[]> {
    return this.#store.sets({ ...filter, limit, offset })
  }

  /** The interrupted undo of a set, if there is one. */
  async interruptedUndo(of: string): Promise<StoredSet | undefined> {
    return (await this.#store.sets({ undoes: of, isOpen: true, limit: 1 }))[0]
  }

  /** One page of the changes of a set, in their order. */
  changes(set: StoredSet, { limit = 100, offset, record }: ChangePage): Promise<StoredChange[]> {
    return this.#store.changes(set.n, { limit, offset, record })
  }

  #starting(idStart: string): Promise<StoredSet[]> {
    return this.#store.sets({ idStart, limit: SHOWN })
  }
}

/** The situations that errors of the journal report. */
export interface JournalSituation {
  readonly code: 'CHANGES_NOT_FOUND'
}

function changesNotFound(message: string): NotFoundError {
  const situation: JournalSituation = { code: 'CHANGES_NOT_FOUND' }
  return new NotFoundError(message, { hint: 'Old change sets are pruned.', situation })
}

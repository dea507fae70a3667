/** Finds and lists change sets and their changes. */
import { InvalidInputError, NotFoundError } from '@chatlayer-tables/core'
import { packId } from '@chatlayer-tables/local'
import type { Store } from './store.ts'
import type { StoredChange } from './stored-change.ts'
import { type StoredSet, setOfRow } from './stored-set.ts'
import type { ChangePage, ChangeSetFilter } from './types.ts'

/** The change set or the job of an id. */
export interface ChangesRef {
  readonly kind: 'changeSet' | 'job'
  /** The whole id. */
  readonly id: string
}

/** The number of ids that an error names. */
const SHOWN = 10
const ALL = 1_000_000

/** Whether a text can begin an id; it has no wildcard of GLOB then. */
function isStart(text: string): boolean {
  return /^[a-z\d]+$/.test(text)
}

export class Catalog {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  /**
   * @param idOrStart an id, or a beginning of it that only one set has
   * @throws NotFoundError, or InvalidInputError when several begin with it
   */
  find(idOrStart: string): StoredSet {
    const [exact] = this.#select('id = ?', [idOrStart], 1)
    if (exact !== undefined) return exact
    const found = isStart(idOrStart) ? this.#select('id GLOB ?', [`${idOrStart}*`], SHOWN) : []
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
  resolve(idOrStart: string): ChangesRef {
    const [exact] = this.#select('id = ?', [idOrStart], 1)
    if (exact !== undefined) return { kind: 'changeSet', id: exact.id }
    const jobs = this.#jobs(idOrStart)
    if (jobs.includes(idOrStart)) return { kind: 'job', id: idOrStart }
    const sets = isStart(idOrStart) ? this.#select('id GLOB ?', [`${idOrStart}*`], SHOWN) : []
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
  findJob(idOrStart: string): string {
    const jobs = this.#jobs(idOrStart)
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
  ofJob(job: string): StoredSet[] {
    return this.#select('job = ?', [job], ALL)
  }

  /** The undos of a set, the newest first. */
  undosOf(set: string): StoredSet[] {
    return this.#select('undoes = ?', [set], ALL)
  }

  /** Ids of jobs: this one, or those that begin with the text. */
  #jobs(idOrStart: string): string[] {
    const exact = 'SELECT job FROM sets WHERE job = ? LIMIT 1'
    const { database } = this.#store
    if (database.prepare(exact).get(idOrStart) !== undefined) return [idOrStart]
    if (!isStart(idOrStart)) return []
    const starting = 'SELECT DISTINCT job FROM sets WHERE job GLOB ? ORDER BY job LIMIT ?'
    return database
      .prepare(starting)
      .all(`${idOrStart}*`, SHOWN)
      .map(({ job }) => String(job))
  }

  /** The newest first. */
  list(filter: ChangeSetFilter): StoredSet[] {
    const { limit = 50, offset = 0 } = filter
    const { where, values } = conditionsOf(filter)
    return this.#select(where, values, limit, offset)
  }

  count(filter: ChangeSetFilter): number {
    const { where, values } = conditionsOf(filter)
    const query = `SELECT count(*) AS n FROM sets WHERE ${where}`
    return Number(this.#store.database.prepare(query).get(...values)?.n)
  }

  /** The sets of a writer with changes that have no final outcome. */
  unsettled(writer: string): StoredSet[] {
    return this.#select(`writer = ? AND (${OPEN} > 0 OR retriable > 0)`, [writer], ALL)
  }

  /** The interrupted undo of a set, if there is one. */
  interruptedUndo(of: string): StoredSet | undefined {
    return this.#select('undoes = ? AND ended IS NULL', [of], 1)[0]
  }

  /** One page of the changes of a set, in their order. */
  changes(set: StoredSet, { limit = 100, offset = 0, record }: ChangePage): StoredChange[] {
    const of = record === undefined ? '' : 'AND record = ?'
    const values = record === undefined ? [] : [packId(record)]
    const page = `${of} ORDER BY n LIMIT ? OFFSET ?`
    return [...this.#store.changes(set.n, page, ...values, limit, offset)]
  }

  #select(
    where: string,
    values: readonly (string | number)[],
    limit: number,
    offset = 0,
  ): StoredSet[] {
    const query = `SELECT * FROM sets WHERE ${where} ORDER BY n DESC LIMIT ? OFFSET ?`
    return this.#store.database
      .prepare(query)
      .all(...values, limit, offset)
      .map(setOfRow)
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

/** The filter as a condition of SQL, and the values of its parameters. */
function conditionsOf({
  table,
  tableIds,
  version,
  tool,
  job,
  connection,
  since,
  until,
}: ChangeSetFilter): { where: string; values: (string | number)[] } {
  const conditions: [string, readonly (string | number)[]][] = []
  if (table !== undefined) conditions.push(['(table_name = ? OR table_id = ?)', [table, table]])
  // As one value, since SQLite limits the number of parameters.
  if (tableIds !== undefined) {
    conditions.push(['table_id IN (SELECT value FROM json_each(?))', [JSON.stringify(tableIds)]])
  }
  if (version !== undefined) conditions.push(['version = ?', [version]])
  if (tool !== undefined) conditions.push(['tool = ?', [tool]])
  if (job !== undefined) conditions.push(['job = ?', [job]])
  if (since !== undefined) conditions.push(['begun >= ?', [since]])
  if (until !== undefined) conditions.push(['begun < ?', [until]])
  if (connection !== undefined) {
    const { origin, teamId, botId } = connection
    conditions.push(['origin = ? AND team = ? AND bot = ?', [origin, teamId, botId]])
  }
  return {
    where: conditions.map(([text]) => text).join(' AND ') || '1',
    values: conditions.flatMap(([, values]) => values),
  }
}

/** The number of changes without an outcome. */
const OPEN = '(total - inserted - updated - deleted - rejected - unknown - elsewhere)'

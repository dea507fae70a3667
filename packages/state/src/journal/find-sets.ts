/** Finds change sets. */
import type { SetQuery, StoredSet } from '@chatlayer-tables/journal/store'
import { encodeText } from '../encoding.ts'
import { JOURNAL } from '../migrations/0002-journal.ts'
import { Conditions, limits } from './conditions.ts'
import type { Query } from './find-changes.ts'
import { optionalText, storedSetOfRow } from './rows.ts'

/** The number of changes without an outcome. */
const OPEN = '(total - inserted - updated - deleted - rejected - unknown - elsewhere)'

export class FindSets {
  readonly #query: Query

  constructor(query: Query) {
    this.#query = query
  }

  /** The newest first. */
  async sets(query: SetQuery): Promise<StoredSet[]> {
    const where = conditionsOf(query)
    const page = limits(where, query)
    const text = `select * from ${JOURNAL.sets} where ${where.text} order by n desc ${page}`
    return (await this.#query(text, where.values)).map(storedSetOfRow)
  }

  async count(query: SetQuery): Promise<number> {
    const where = conditionsOf(query)
    const text = `select count(*) as n from ${JOURNAL.sets} where ${where.text}`
    return Number((await this.#query(text, where.values))[0]?.n)
  }

  async jobs(idOrStart: string, limit: number): Promise<string[]> {
    const job = encodeText(idOrStart)
    const rows = await this.#query(JOBS, [job, startPattern(idOrStart), limit])
    const jobs = rows.flatMap((row) => optionalText(row.job) ?? [])
    return jobs.includes(idOrStart) ? [idOrStart] : jobs
  }
}

/** Matches texts that begin with letters and digits; null for any other beginning. */
function startPattern(start: string): string | null {
  return /^[a-z\d]+$/.test(start) ? `${start}%` : null
}

function conditionsOf(query: SetQuery): Conditions {
  const where = new Conditions()
  const equal = (column: string, value: string | undefined) => {
    if (value !== undefined) where.add(`${column} = ?`, encodeText(value))
  }
  const { table, tableIds, connection, since, until, call, idStart, unsettledOf, isOpen } = query
  equal('id', query.id)
  equal('version', query.version)
  equal('tool', query.tool)
  equal('job', query.job)
  equal('undoes', query.undoes)
  if (idStart !== undefined) where.add('id like ?', startPattern(idStart))
  if (table !== undefined) {
    where.add('(table_name = ? or table_id = ?)', encodeText(table), encodeText(table))
  }
  if (tableIds !== undefined) where.add('table_id = any(?::text[])', tableIds.map(encodeText))
  if (since !== undefined) where.add('begun >= ?', since)
  if (until !== undefined) where.add('begun < ?', until)
  if (connection !== undefined) {
    const { origin, teamId, botId } = connection
    where.add('origin = ? and team = ? and bot = ?', ...[origin, teamId, botId].map(encodeText))
  }
  if (call !== undefined) where.add('call = ?', call)
  if (unsettledOf !== undefined) {
    where.add(`writer = ? and (${OPEN} > 0 or retriable > 0)`, encodeText(unsettledOf))
  }
  if (isOpen !== undefined) where.add(`ended is ${isOpen ? 'null' : 'not null'}`)
  return where
}

/** This job, or those that begin with the text. */
const JOBS = `
  select distinct job from ${JOURNAL.sets} where job = $1
  union
  (select distinct job from ${JOURNAL.sets} where job like $2 order by job limit $3)
  order by job`

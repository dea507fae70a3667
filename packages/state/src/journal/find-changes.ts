/** Finds changes, and what is known of their records. */
import { earlierMoment, type GatewayMoment, type Values } from '@chatlayer-tables/core'
import {
  type ChangeQuery,
  contentHash,
  firstOf,
  type JournalTable,
  kindCode,
  lastOf,
  momentOf,
  type StoredChange,
  stateCode,
  type Target,
} from '@chatlayer-tables/journal/store'
import type { Row } from '../database.ts'
import { decodeText, encodeId, encodeText } from '../encoding.ts'
import { JOURNAL } from '../migrations/0002-journal.ts'
import { encodeIds, loadRenames, MAKERS, makerKey, presentId, targetOfRow } from './commit-facts.ts'
import { Conditions, limits } from './conditions.ts'
import { changeOfRow, idOfRow } from './rows.ts'

/** Runs one statement. */
export type Query = (text: string, values?: readonly unknown[]) => Promise<Row[]>

/** The latest sets of a table that are searched for columns that its gateway stores otherwise. */
const LATEST_SETS = 20

export class FindChanges {
  readonly #query: Query

  constructor(query: Query) {
    this.#query = query
  }

  async change(n: number): Promise<StoredChange | undefined> {
    const [row] = await this.#query(`select * from ${JOURNAL.changes} where n = $1`, [n])
    return row && changeOfRow(row)
  }

  async changes(set: number, query: ChangeQuery): Promise<StoredChange[]> {
    const { states, isUndone, isAnonymous, record, before, isBackwards = false } = query
    const where = new Conditions()
    where.add('n >= ? and n <= ?', firstOf(set), lastOf(set))
    if (states !== undefined) where.add('state = any(?::smallint[])', states.map(stateCode))
    if (isUndone !== undefined) where.add(`undone_by is ${isUndone ? 'not null' : 'null'}`)
    if (isAnonymous === true) where.add('content is not null and record is null')
    if (record !== undefined) where.add('record = ?', encodeId(record))
    if (before !== undefined) where.add('n < ?', before)
    const order = isBackwards ? 'desc' : 'asc'
    const page = limits(where, query)
    const rows = await this.#query(
      `select * from ${JOURNAL.changes} where ${where.text} order by n ${order} ${page}`,
      where.values,
    )
    return rows.map(changeOfRow)
  }

  async lastSeq(set: number): Promise<number> {
    const text = `select max(n) as n from ${JOURNAL.changes} where n >= $1 and n <= $2`
    const [row] = await this.#query(text, [firstOf(set), lastOf(set)])
    return row === undefined || row.n === null ? 0 : Number(row.n) - firstOf(set)
  }

  async madeOf(
    ids: readonly string[],
    target: Target,
    except: number,
  ): Promise<ReadonlySet<string>> {
    if (ids.length === 0) return new Set()
    const rows = await this.#query(`${MAKERS} and changes.n <> $2`, [encodeIds(ids), except])
    const own = rows.filter((row) => makerKey('', targetOfRow(row)) === makerKey('', target))
    return new Set(own.flatMap(({ record }) => idOfRow(record) ?? []))
  }

  async isInserted(id: string): Promise<boolean> {
    const text = `select 1 from ${JOURNAL.changes} where record = $1 and kind = $2 limit 1`
    return (await this.#query(text, [encodeId(id), kindCode('inserted')])).length > 0
  }

  async anonymous(
    values: Values,
    target: Target,
    table: JournalTable,
  ): Promise<{ count: number; since: GatewayMoment | undefined } | undefined> {
    const { connection, tableId } = target
    const place = [connection.origin, connection.teamId, connection.botId, tableId].map(encodeText)
    const content = Buffer.from(contentHash(values, table))
    const found = await this.#query(ANONYMOUS, [content, ...place])
    if (found.length === 0) return undefined
    return { count: found.length, since: found.map(momentOf).reduce(earlierMoment) }
  }

  async alteredColumns({ connection, tableId }: Target): Promise<string[]> {
    const { origin, teamId, botId } = connection
    const place = [origin, teamId, botId, tableId].map(encodeText)
    const rows = await this.#query(ALTERED, [...place, LATEST_SETS])
    return [...new Set(rows.map(({ column_name: name }) => decodeText(String(name))))]
  }

  async currentIds(ids: readonly string[], target: Target): Promise<ReadonlyMap<string, string>> {
    const renames = await loadRenames(ids, this.#query)
    return new Map(ids.map((id) => [id, presentId(id, target, renames)]))
  }

  async halfway(set: string): Promise<Map<number, StoredChange>> {
    const codes = [kindCode('deleted'), stateCode('ok'), kindCode('updated')]
    const rows = await this.#query(HALFWAY, [encodeText(set), ...codes])
    const changes = rows.map(changeOfRow)
    return new Map(changes.map((change) => [change.reverses ?? 0, change]))
  }
}

const ANONYMOUS = `
  select moment_records, moment_dates
  from ${JOURNAL.changes} changes join ${JOURNAL.sets} sets on sets.n = changes.n >> 31
  where content = $1 and record is null
    and origin = $2 and team = $3 and bot = $4 and table_id = $5
  order by changes.n`

const ALTERED = `
  select column_name from ${JOURNAL.altered} altered join (
    select n from ${JOURNAL.sets}
    where origin = $1 and team = $2 and bot = $3 and table_id = $4
    order by n desc limit $5
  ) latest on latest.n = set_n
  order by set_n desc, column_name`

/** Lateral, so that a set of some changes is never compared with all changes. */
const HALFWAY = `
  select deleted.* from ${JOURNAL.sets} undos
  cross join lateral (
    select * from ${JOURNAL.changes}
    where n >= undos.n << 31 and n < (undos.n + 1) << 31
      and kind = $2 and state = $3 and undone_by is null and reverses is not null offset 0
  ) deleted
  cross join lateral (
    select 1 from ${JOURNAL.changes}
    where n = deleted.reverses and kind = $4 and undone_by is null offset 0
  ) updated
  where undos.undoes = $1 order by deleted.n`

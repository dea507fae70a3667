/** The list of change sets: looking them up, and telling of them. */
import { randomInt } from 'node:crypto'
import { InvalidInputError, NotFoundError, type Version } from '@chatlayer-tables/core'
import { packId } from '@chatlayer-tables/local'
import { statusOf } from './codes.ts'
import { type Store, type StoredChange, seqOf } from './store.ts'
import type {
  ChangePage,
  ChangeSetFilter,
  ChangeSetSummary,
  JournalConnection,
  JournalTable,
  RecordedChange,
} from './types.ts'

/** A set as it stands in the database. */
export interface StoredSet {
  readonly n: number
  readonly id: string
  readonly writer: string
  readonly tool: string
  readonly client: string | undefined
  readonly command: string | undefined
  readonly note: string | undefined
  readonly connection: JournalConnection
  readonly table: JournalTable
  readonly version: Version
  readonly undoes: string | undefined
  readonly begun: number
  readonly ended: number | undefined
  readonly counts: ChangeSetSummary['counts']
  /** Changes that are to be looked for at the next start, beside those that are open. */
  readonly retriable: number
  readonly undone: number
}

/** Without those that are easily mistaken for another. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'
const ID_LENGTH = 8

export function newSetId(): string {
  return Array.from({ length: ID_LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('')
}

export class Catalog {
  readonly #store: Store

  constructor(store: Store) {
    this.#store = store
  }

  /**
   * @param idOrStart an id, or as much of its beginning as only one set has
   * @throws NotFoundError, or InvalidInputError when several begin so
   */
  find(idOrStart: string): StoredSet {
    const [exact] = this.#select('id = ?', [idOrStart], 1)
    if (exact !== undefined) return exact
    // An id holds no letter that LIKE or GLOB would take for more than itself.
    const isStart = /^[a-z\d]+$/.test(idOrStart)
    const found = isStart ? this.#select('id GLOB ?', [`${idOrStart}*`], 10) : []
    if (found.length > 1) {
      throw new InvalidInputError(`several change sets begin with ${idOrStart}`, {
        hint: `Give the whole id of one: ${found.map(({ id }) => id).join(', ')}.`,
      })
    }
    if (found[0] !== undefined) return found[0]
    throw new NotFoundError(`there is no change set "${idOrStart}"`, {
      hint: 'clt changes list shows those that there are; old ones are pruned.',
    })
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

  /** The sets of a writer of which some changes have no final outcome. */
  unsettled(writer: string): StoredSet[] {
    return this.#select(`writer = ? AND (${OPEN} > 0 OR retriable > 0)`, [writer], 1_000_000)
  }

  /** The undo of a set that was broken off, if there is one. */
  brokenUndo(of: string): StoredSet | undefined {
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

/** The filter as a condition of SQL, and the values of its places. */
function conditionsOf({
  table,
  tableIds,
  version,
  tool,
  connection,
  since,
  until,
}: ChangeSetFilter): { where: string; values: (string | number)[] } {
  const conditions: [string, readonly (string | number)[]][] = []
  if (table !== undefined) conditions.push(['(table_name = ? OR table_id = ?)', [table, table]])
  // As one value: a list of places could be longer than SQLite takes.
  if (tableIds !== undefined) {
    conditions.push(['table_id IN (SELECT value FROM json_each(?))', [JSON.stringify(tableIds)]])
  }
  if (version !== undefined) conditions.push(['version = ?', [version]])
  if (tool !== undefined) conditions.push(['tool = ?', [tool]])
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

/** How many changes have no outcome. */
const OPEN = '(total - inserted - updated - deleted - rejected - unknown - elsewhere)'

function setOfRow(row: Record<string, unknown>): StoredSet {
  const text = (value: unknown) => (value === null ? undefined : String(value))
  const sums = (name: string) => Number(row[name])
  const counts = {
    inserted: sums('inserted'),
    updated: sums('updated'),
    deleted: sums('deleted'),
    rejected: sums('rejected'),
    unknown: sums('unknown'),
    elsewhere: sums('elsewhere'),
  }
  const ended = Object.values(counts).reduce((sum, count) => sum + count, 0)
  return {
    n: Number(row.n),
    id: String(row.id),
    writer: String(row.writer),
    tool: String(row.tool),
    client: text(row.client),
    command: text(row.command),
    note: text(row.note),
    connection: { origin: String(row.origin), teamId: String(row.team), botId: String(row.bot) },
    table: {
      id: String(row.table_id),
      name: String(row.table_name),
      columns: JSON.parse(String(row.columns)) as JournalTable['columns'],
    },
    version: String(row.version) as Version,
    undoes: text(row.undoes),
    begun: Number(row.begun),
    ended: row.ended === null ? undefined : Number(row.ended),
    counts: { ...counts, open: sums('total') - ended },
    retriable: sums('retriable'),
    undone: sums('undone'),
  }
}

/** @param isRunning whether the set's writer is at work */
export function summaryOf(set: StoredSet, isRunning: boolean): ChangeSetSummary {
  const { id, tool, client, command, note, connection, table, version, counts, undoes, undone } =
    set
  const isRunningStill = isRunning && set.ended === undefined
  const isOpen = counts.open + set.retriable > 0
  return {
    id,
    status: isRunningStill ? 'running' : isOpen ? 'unsettled' : 'settled',
    ...{ tool, client, command, note, connection, table, version },
    begunAt: new Date(set.begun).toISOString(),
    endedAt: set.ended === undefined ? undefined : new Date(set.ended).toISOString(),
    ...{ counts, undoes, undone },
  }
}

export function recordedChange(change: StoredChange): RecordedChange {
  const { n, kind, state, id, before, after, at, ended, problem, undoneBy } = change
  return {
    seq: seqOf(n),
    change: kind,
    status: statusOf(state),
    id,
    before: before?.values,
    after: after?.values,
    hidden: {
      before: Object.keys(before?.hidden ?? {}),
      after: Object.keys(after?.hidden ?? {}),
    },
    at: new Date(at).toISOString(),
    endedAt: ended === undefined ? undefined : new Date(ended).toISOString(),
    problem,
    isUndone: undoneBy !== undefined,
  }
}

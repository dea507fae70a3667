/** Change sets and changes in the database: every statement that writes them, and those that look them up. */
import { createHash } from 'node:crypto'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import {
  earlierMoment,
  type GatewayMoment,
  type Values,
  type Version,
} from '@chatlayer-tables/core'
import { type PackedId, packId, transaction, unpackId } from '@chatlayer-tables/local'
import { KINDS, kindOf, STATES, type State, stateOf } from './codes.ts'
import { CHANGES_PER_SET } from './database.ts'
import {
  contentOf,
  type Hidden,
  type Kept,
  keptFromText,
  keptToText,
  NOTHING_HIDDEN,
  type StoredOtherwise,
  valuesFromText,
  valuesToText,
} from './stored-values.ts'
import type { ChangeKind, JournalConnection, JournalTable } from './types.ts'

/** What a set is made with. */
export interface NewSet {
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
  readonly job: string | undefined
  readonly begun: number
  /** The gateway's time before the first change. */
  readonly moment: GatewayMoment | undefined
}

export interface NewChange {
  readonly n: number
  readonly kind: ChangeKind
  readonly id: string | undefined
  readonly before: Kept | undefined
  readonly after: Kept | undefined
  readonly at: number
  /** The gateway's time before its request left; undefined where it was not known. */
  readonly moment: GatewayMoment | undefined
  /** The change that this one takes back. */
  readonly reverses: number | undefined
}

/** A change as it stands in the database. */
export interface StoredChange extends NewChange {
  readonly state: State
  readonly ended: number | undefined
  readonly problem: string | undefined
  readonly undoneBy: number | undefined
  /** The sent values of the columns that the gateway stored otherwise. */
  readonly sent: Kept | undefined
}

/** How a change ended. */
export interface Ending {
  readonly state: State
  /** The record's id, where it was learned. */
  readonly id?: string | undefined
  readonly problem?: string | undefined
  /** Missing where the gateway is not known to have stored anything otherwise than it was sent. */
  readonly stored?: StoredOtherwise | undefined
  readonly ended: number
}

/** Where records are: ids are taken to differ within a table, in both its versions. */
export interface Target {
  readonly connection: JournalConnection
  readonly tableId: string
}

type Row = Record<string, unknown>

const COUNTERS = ['inserted', 'updated', 'deleted', 'rejected', 'unknown', 'elsewhere'] as const
type Counter = (typeof COUNTERS)[number] | 'total' | 'retriable' | 'undone'

/** Sets of a table that are searched for what its gateway stores otherwise. */
const LATEST_SETS = 20

export class Store {
  readonly database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  /** What the transaction under way adds to the counters of sets. */
  #counts = new Map<number, Map<Counter, number>>()

  constructor(database: DatabaseSync) {
    this.database = database
  }

  /** Runs `work` as one transaction, in which sets are counted anew. */
  transaction<T>(work: () => T): T {
    this.#counts = new Map()
    return transaction(this.database, () => {
      const result = work()
      this.#writeCounts()
      return result
    })
  }

  /** @returns the set's number */
  addSet(set: NewSet): number {
    const { connection, table } = set
    const { lastInsertRowid } = this.#prepare(
      `INSERT INTO sets (id, writer, tool, client, command, note, origin, team, bot, table_id,
         table_name, columns, version, undoes, job, begun, gateway_begun)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      set.id,
      set.writer,
      set.tool,
      set.client ?? null,
      set.command ?? null,
      set.note ?? null,
      connection.origin,
      connection.teamId,
      connection.botId,
      table.id,
      table.name,
      JSON.stringify(table.columns),
      set.version,
      set.undoes ?? null,
      set.job ?? null,
      set.begun,
      set.moment?.records ?? set.moment?.dates ?? null,
    )
    return Number(lastInsertRowid)
  }

  addChange(change: NewChange): void {
    const { before, after } = change
    this.#prepare(
      `INSERT INTO changes (n, kind, state, record, before, after, hidden, at, reverses,
         moment_records, moment_dates)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      change.n,
      KINDS[change.kind],
      STATES.open,
      change.id === undefined ? null : packId(change.id),
      before === undefined ? null : valuesToText(before.values),
      after === undefined ? null : valuesToText(after.values),
      hiddenText(before, after),
      change.at,
      change.reverses ?? null,
      change.moment?.records ?? null,
      change.moment?.dates ?? null,
    )
    this.#count(setOf(change.n), 'total', 1)
  }

  /** Gives a change that is open, or may be looked for again, its outcome. */
  settle(change: NewChange, was: State, ending: Ending, target: Target, table: JournalTable): void {
    const { n, kind, reverses } = change
    const id = ending.id ?? change.id
    const isInsert = kind === 'inserted'
    const isTwice =
      ending.state === 'ok' && isInsert && id !== undefined && this.isMade(id, target, n)
    const state = isTwice ? 'elsewhere' : ending.state
    const isAnonymous = state === 'ok' && isInsert && id === undefined
    const content = isAnonymous ? hashOf(contentOf(change.after?.values ?? {}, table)) : null
    this.#prepare(
      'UPDATE changes SET state = ?, record = ?, content = ?, ended = ?, problem = ? WHERE n = ?',
    ).run(
      STATES[state],
      id === undefined ? null : packId(id),
      content,
      ending.ended,
      ending.problem ?? null,
      n,
    )
    if (ending.stored !== undefined) this.#keepStored(change, ending.stored)
    this.#countState(n, kind, was, -1)
    this.#countState(n, kind, state, 1)
    if (state !== 'ok' || reverses === undefined) return
    const reversed = this.change(reverses)
    if (isInsert && id !== undefined) this.#rename(n, reversed?.id, id, target)
    // An update whose record is deleted, to be inserted again as it was, is only half undone.
    if (!(kind === 'deleted' && reversed?.kind === 'updated')) this.#markUndone(reverses, n)
  }

  /** Tells the id of an insert that landed under one nobody told. */
  setRecord(n: number, id: string): void {
    this.#prepare('UPDATE changes SET record = ?, content = NULL WHERE n = ?').run(packId(id), n)
  }

  /**
   * The updates of a set, by number, whose records an undo has deleted and not inserted again; each
   * with that delete.
   */
  halfway(set: string): Map<number, StoredChange> {
    const undos = this.#prepare('SELECT n FROM sets WHERE undoes = ?').all(set)
    const where = 'AND kind = ? AND state = ? AND undone_by IS NULL AND reverses IS NOT NULL'
    const deleted = undos.flatMap(({ n }) => [
      ...this.changes(Number(n), where, KINDS.deleted, STATES.ok),
    ])
    const halfway = new Map<number, StoredChange>()
    for (const change of deleted) {
      const reversed = this.change(change.reverses ?? 0)
      if (reversed?.kind === 'updated' && reversed.undoneBy === undefined) {
        halfway.set(reversed.n, change)
      }
    }
    return halfway
  }

  endSet(set: number, at: number): void {
    this.#prepare('UPDATE sets SET ended = ? WHERE n = ?').run(at, set)
  }

  /** A set that was broken off goes on under another writer. */
  takeOver(set: number, writer: string): void {
    this.#prepare('UPDATE sets SET writer = ?, ended = NULL WHERE n = ?').run(writer, set)
  }

  change(n: number): StoredChange | undefined {
    const row = this.#prepare('SELECT * FROM changes WHERE n = ?').get(n)
    return row === undefined ? undefined : changeOf(row)
  }

  /** The changes of a set after a number, in their order. */
  *changes(set: number, where = '', ...values: (number | PackedId)[]): Generator<StoredChange> {
    const query = `SELECT * FROM changes WHERE n BETWEEN ? AND ? ${where}`
    const rows = this.#prepare(query).iterate(firstOf(set), lastOf(set), ...values)
    for (const row of rows) yield changeOf(row)
  }

  /** How many changes a set has had. */
  lastSeq(set: number): number {
    const query = 'SELECT max(n) AS n FROM changes WHERE n BETWEEN ? AND ?'
    const n = this.#prepare(query).get(firstOf(set), lastOf(set))?.n
    return typeof n === 'number' ? n - firstOf(set) : 0
  }

  /** Whether another change than `except` is known to have made the record. */
  isMade(id: string, target: Target, except: number): boolean {
    const query =
      'SELECT n FROM changes WHERE record = ? AND kind = ? AND state = ? AND n <> ? LIMIT 100'
    const found = this.#prepare(query).all(packId(id), KINDS.inserted, STATES.ok, except)
    return found.some(({ n }) => this.#isOf(setOf(Number(n)), target))
  }

  /**
   * How many inserts of equal values were written under ids that no response showed, and the moment
   * before the first of them, undefined where it is not known of all.
   */
  anonymous(
    values: Values,
    target: Target,
    table: JournalTable,
  ): { count: number; since: GatewayMoment | undefined } | undefined {
    const content = hashOf(contentOf(values, table))
    const query =
      'SELECT n, moment_records, moment_dates FROM changes WHERE content = ? AND record IS NULL'
    const found = this.#prepare(query)
      .all(content)
      .filter(({ n }) => this.#isOf(setOf(Number(n)), target))
    if (found.length === 0) return undefined
    return { count: found.length, since: found.map(momentOf).reduce(earlierMoment) }
  }

  /** Columns in which the gateway stored values otherwise than they were sent, in the latest sets. */
  alteredColumns({ connection, tableId }: Target): string[] {
    const { origin, teamId, botId } = connection
    const sets = this.#prepare(
      `SELECT n FROM sets WHERE origin = ? AND team = ? AND bot = ? AND table_id = ?
       ORDER BY n DESC LIMIT ?`,
    ).all(origin, teamId, botId, tableId, LATEST_SETS)
    const keys = (part: string) =>
      `SELECT key FROM changes, json_each(sent, '$.${part}')
       WHERE sent IS NOT NULL AND n BETWEEN ?1 AND ?2`
    const columns = sets.flatMap(({ n }) =>
      this.#prepare(`${keys('values')} UNION ${keys('hidden')}`)
        .all(firstOf(Number(n)), lastOf(Number(n)))
        .map(({ key }) => String(key)),
    )
    return [...new Set(columns)]
  }

  /** The id that a record has now: one that was deleted and brought back has another than before. */
  currentId(id: string, target: Target): string {
    let current = id
    // A record is renamed as often as it was brought back, and never to a name it had.
    for (let seen = new Set([id]); ; ) {
      const query = 'SELECT set_n, new FROM renamed WHERE old = ? ORDER BY set_n DESC'
      const found = this.#prepare(query)
        .all(packId(current))
        .find(({ set_n: set }) => this.#isOf(Number(set), target))
      if (found === undefined) return current
      const next = unpackId(found.new as PackedId)
      if (seen.has(next)) return current
      seen = seen.add(next)
      current = next
    }
  }

  /** Takes what is counted of a change from one state to another. */
  #countState(n: number, kind: ChangeKind, state: State, by: number): void {
    const set = setOf(n)
    if (state === 'retriable') this.#count(set, 'retriable', by)
    if (state === 'ok') this.#count(set, kind, by)
    else if (state === 'retriable') this.#count(set, 'unknown', by)
    else if (state !== 'open') this.#count(set, state, by)
  }

  #count(set: number, counter: Counter, by: number): void {
    const counts = this.#counts.get(set) ?? new Map<Counter, number>()
    this.#counts.set(set, counts)
    counts.set(counter, (counts.get(counter) ?? 0) + by)
  }

  #writeCounts(): void {
    for (const [set, counts] of this.#counts) {
      const changed = [...counts].filter(([, by]) => by !== 0)
      if (changed.length === 0) continue
      const sums = changed.map(([counter]) => `${counter} = ${counter} + ?`).join(', ')
      const values = changed.map(([, by]) => by)
      this.#prepare(`UPDATE sets SET ${sums} WHERE n = ?`).run(...values, set)
    }
  }

  /** A record was brought back under another id than the one that it had last. */
  #rename(n: number, was: string | undefined, id: string, target: Target): void {
    if (was === undefined) return
    const old = this.currentId(was, target)
    if (old === id) return
    this.#prepare('INSERT OR REPLACE INTO renamed VALUES (?, ?, ?)').run(
      setOf(n),
      packId(old),
      packId(id),
    )
  }

  /**
   * A change is taken back by another. What it had taken back itself is in force again, and so on
   * down the line.
   */
  #markUndone(n: number, by: number): void {
    let [current, undoneBy]: [number | undefined, number | null] = [n, by]
    while (current !== undefined) {
      const row: StoredChange | undefined = this.change(current)
      if (row === undefined) return
      const wasUndone = row.undoneBy !== undefined
      this.#prepare('UPDATE changes SET undone_by = ? WHERE n = ?').run(undoneBy, current)
      this.#count(setOf(current), 'undone', Number(undoneBy !== null) - Number(wasUndone))
      undoneBy = undoneBy === null ? current : null
      current = row.reverses
    }
  }

  /** The sent values go aside, and those that the gateway stored take their place. */
  #keepStored({ n, before }: NewChange, { after, sent }: StoredOtherwise): void {
    this.#prepare('UPDATE changes SET after = ?, hidden = ?, sent = ? WHERE n = ?').run(
      valuesToText(after.values),
      hiddenText(before, after),
      keptToText(sent),
      n,
    )
  }

  #isOf(set: number, { connection, tableId }: Target): boolean {
    const query =
      'SELECT 1 FROM sets WHERE n = ? AND origin = ? AND team = ? AND bot = ? AND table_id = ?'
    const { origin, teamId, botId } = connection
    return this.#prepare(query).get(set, origin, teamId, botId, tableId) !== undefined
  }

  #prepare(query: string): StatementSync {
    let statement = this.#statements.get(query)
    if (statement === undefined) {
      statement = this.database.prepare(query)
      this.#statements.set(query, statement)
    }
    return statement
  }
}

function setOf(n: number): number {
  return Math.floor(n / CHANGES_PER_SET)
}

export function seqOf(n: number): number {
  return n % CHANGES_PER_SET
}

export function numberOf(set: number, seq: number): number {
  return set * CHANGES_PER_SET + seq
}

export function firstOf(set: number): number {
  return numberOf(set, 0)
}

export function lastOf(set: number): number {
  return numberOf(set + 1, 0) - 1
}

function hashOf(content: string): Uint8Array {
  return createHash('sha256').update(content).digest().subarray(0, 16)
}

function hiddenText(before: Kept | undefined, after: Kept | undefined): string | null {
  const [of, to] = [before?.hidden ?? NOTHING_HIDDEN, after?.hidden ?? NOTHING_HIDDEN]
  if (Object.keys(of).length + Object.keys(to).length === 0) return null
  return JSON.stringify({ before: of, after: to })
}

function changeOf(row: Row): StoredChange {
  const hidden = hiddenOf(row.hidden)
  const kept = (text: unknown, which: 'before' | 'after'): Kept | undefined => {
    const values = valuesFromText(text)
    return values === undefined ? undefined : { values, hidden: hidden[which] }
  }
  return {
    n: Number(row.n),
    kind: kindOf(row.kind),
    state: stateOf(row.state),
    id: row.record === null ? undefined : unpackId(row.record as PackedId),
    before: kept(row.before, 'before'),
    after: kept(row.after, 'after'),
    at: Number(row.at),
    ended: row.ended === null ? undefined : Number(row.ended),
    problem: row.problem === null ? undefined : String(row.problem),
    reverses: row.reverses === null ? undefined : Number(row.reverses),
    undoneBy: row.undone_by === null ? undefined : Number(row.undone_by),
    moment: momentOf(row),
    sent: keptFromText(row.sent),
  }
}

function momentOf({
  moment_records: records,
  moment_dates: dates,
}: Row): GatewayMoment | undefined {
  if (records === null && dates === null) return undefined
  const ms = (value: unknown) => (value === null ? undefined : Number(value))
  return { records: ms(records), dates: ms(dates) }
}

function hiddenOf(text: unknown): { before: Hidden; after: Hidden } {
  if (typeof text !== 'string') return { before: NOTHING_HIDDEN, after: NOTHING_HIDDEN }
  return JSON.parse(text) as { before: Hidden; after: Hidden }
}

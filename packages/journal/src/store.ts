/** Writes change sets and changes to the database, and finds changes. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { earlierMoment, type GatewayMoment, type Values } from '@chatlayer-tables/core'
import { type PackedId, packId, transaction, unpackId } from '@chatlayer-tables/local'
import { SetCounts } from './set-counts.ts'
import {
  changeOf,
  type Ending,
  firstOf,
  hiddenText,
  kindCode,
  lastOf,
  momentOf,
  type NewChange,
  type State,
  type StoredChange,
  setOf,
  stateCode,
} from './stored-change.ts'
import type { NewSet, Target } from './stored-set.ts'
import { contentHash, keptToText, type StoredOtherwise, valuesToText } from './stored-values.ts'
import type { JournalTable } from './types.ts'

/** The latest sets of a table that are searched for columns that its gateway stores otherwise. */
const LATEST_SETS = 20

export class Store {
  readonly database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  readonly #counts = new SetCounts((query) => this.#prepare(query))

  constructor(database: DatabaseSync) {
    this.database = database
  }

  /** Runs `work` as one transaction, and updates the counters of sets. */
  transaction<T>(work: () => T): T {
    this.#counts.clear()
    return transaction(this.database, () => {
      const result = work()
      this.#counts.write()
      return result
    })
  }

  /** @returns the set's number */
  addSet(set: NewSet): number {
    const { connection, table } = set
    const { lastInsertRowid } = this.#prepare(
      `INSERT INTO sets (id, writer, tool, client, command, note, origin, team, bot, table_id,
         table_name, columns, version, undoes, job, begun, gateway_begun, principal, call)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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
      set.principal ?? null,
      set.call ?? null,
    )
    return Number(lastInsertRowid)
  }

  addChange(change: NewChange): void {
    const { before, after } = change
    this.#prepare(
      `INSERT INTO changes (n, kind, state, record, before, after, hidden, at, reverses,
         moment_records, moment_dates, row)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      change.n,
      kindCode(change.kind),
      stateCode('open'),
      change.id === undefined ? null : packId(change.id),
      before === undefined ? null : valuesToText(before.values),
      after === undefined ? null : valuesToText(after.values),
      hiddenText(before, after),
      change.at,
      change.reverses ?? null,
      change.moment?.records ?? null,
      change.moment?.dates ?? null,
      change.row ?? null,
    )
    this.#counts.add(setOf(change.n), 'total', 1)
  }

  /** Stores the outcome of a change that is open or to be checked again. */
  endChange(
    change: NewChange,
    was: State,
    ending: Ending,
    target: Target,
    table: JournalTable,
  ): void {
    const { n, kind, reverses } = change
    const id = ending.id ?? change.id
    const record = id === undefined ? undefined : packId(id)
    const isInsert = kind === 'inserted'
    const isTwice =
      ending.state === 'ok' && isInsert && record !== undefined && this.#isMade(record, target, n)
    const state = isTwice ? 'elsewhere' : ending.state
    const isAnonymous = state === 'ok' && isInsert && id === undefined
    const content = isAnonymous ? contentHash(change.after?.values ?? {}, table) : null
    this.#prepare(
      'UPDATE changes SET state = ?, record = ?, content = ?, ended = ?, problem = ? WHERE n = ?',
    ).run(stateCode(state), record ?? null, content, ending.ended, ending.problem ?? null, n)
    if (ending.stored !== undefined) this.#keepStored(change, ending.stored)
    this.#counts.move(change, was, state)
    if (state !== 'ok' || reverses === undefined) return
    const reversed = this.change(reverses)
    if (isInsert && id !== undefined) this.#rename(n, reversed?.id, id, target)
    // An update whose record was deleted, to be inserted again, is only half undone.
    if (!(kind === 'deleted' && reversed?.kind === 'updated')) this.#markUndone(reverses, n)
  }

  /** Stores the id of an insert whose id no response showed. */
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
      ...this.changes(Number(n), where, kindCode('deleted'), stateCode('ok')),
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

  /** Continues an interrupted set under another writer. */
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

  /** The place of the last change of a set; 0 without any. */
  lastSeq(set: number): number {
    const query = 'SELECT max(n) AS n FROM changes WHERE n BETWEEN ? AND ?'
    const n = this.#prepare(query).get(firstOf(set), lastOf(set))?.n
    return typeof n === 'number' ? n - firstOf(set) : 0
  }

  /** Whether another change than `except` is known to have inserted the record. */
  isMade(id: string, target: Target, except: number): boolean {
    return this.#isMade(packId(id), target, except)
  }

  /** Whether a change of any table is known to have inserted the record. */
  isInserted(id: string): boolean {
    const query = 'SELECT 1 FROM changes WHERE record = ? AND kind = ? LIMIT 1'
    return this.#prepare(query).get(packId(id), kindCode('inserted')) !== undefined
  }

  #isMade(record: PackedId, target: Target, except: number): boolean {
    const query =
      'SELECT n FROM changes WHERE record = ? AND kind = ? AND state = ? AND n <> ? LIMIT 100'
    const codes = [kindCode('inserted'), stateCode('ok')]
    const found = this.#prepare(query).all(record, ...codes, except)
    return found.some(({ n }) => this.#isOf(setOf(Number(n)), target))
  }

  /**
   * The number of inserts of equal values whose ids no response showed, and the moment before the first
   * of them, undefined where it is not known for all.
   */
  anonymous(
    values: Values,
    target: Target,
    table: JournalTable,
  ): { count: number; since: GatewayMoment | undefined } | undefined {
    const content = contentHash(values, table)
    const query =
      'SELECT n, moment_records, moment_dates FROM changes WHERE content = ? AND record IS NULL'
    const found = this.#prepare(query)
      .all(content)
      .filter(({ n }) => this.#isOf(setOf(Number(n)), target))
    if (found.length === 0) return undefined
    return { count: found.length, since: found.map(momentOf).reduce(earlierMoment) }
  }

  /** Columns whose values the gateway stored otherwise than sent, in the latest sets. */
  alteredColumns({ connection, tableId }: Target): string[] {
    const { origin, teamId, botId } = connection
    const sets = this.#prepare(
      `SELECT n FROM sets WHERE origin = ? AND team = ? AND bot = ? AND table_id = ?
       ORDER BY n DESC LIMIT ?`,
    ).all(origin, teamId, botId, tableId, LATEST_SETS)
    const keys = (part: string) =>
      `SELECT key FROM changes, json_each(sent, '$.${part}')
       WHERE sent IS NOT NULL AND n BETWEEN ? AND ?`
    const columns = sets.flatMap(({ n }) => {
      const range = [firstOf(Number(n)), lastOf(Number(n))]
      return this.#prepare(`${keys('values')} UNION ${keys('hidden')}`)
        .all(...range, ...range)
        .map(({ key }) => String(key))
    })
    return [...new Set(columns)]
  }

  /** The present id of a record: one that was deleted and inserted again has a new id. */
  currentId(id: string, target: Target): string {
    let current = id
    // A record gets a new id each time it is inserted again, and never one that it had before.
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

  /** Stores that a record was inserted again under a new id. */
  #rename(n: number, was: string | undefined, id: string, target: Target): void {
    if (was === undefined) return
    const old = this.currentId(was, target)
    if (old === id) return
    const insert = this.#prepare('INSERT OR REPLACE INTO renamed VALUES (?, ?, ?)')
    insert.run(setOf(n), packId(old), packId(id))
  }

  /**
   * Marks a change as undone by another. If it was an undo itself, the change that it had undone is
   * effective again, and so on.
   */
  #markUndone(n: number, by: number): void {
    let [current, undoneBy]: [number | undefined, number | null] = [n, by]
    while (current !== undefined) {
      const row: StoredChange | undefined = this.change(current)
      if (row === undefined) return
      const wasUndone = row.undoneBy !== undefined
      this.#prepare('UPDATE changes SET undone_by = ? WHERE n = ?').run(undoneBy, current)
      this.#counts.add(setOf(current), 'undone', Number(undoneBy !== null) - Number(wasUndone))
      undoneBy = undoneBy === null ? current : null
      current = row.reverses
    }
  }

  /** Replaces the sent values by those that the gateway stored, and keeps both. */
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

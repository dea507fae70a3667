/** Finds changes, and what is known of their records. */
import type { SQLInputValue } from 'node:sqlite'
import { type AnonymousRows, earlierMoment, type Values } from '@chatlayer-tables/core'
import { type PackedId, packId, unpackId } from '@chatlayer-tables/local'
import type { ChangeQuery } from '../journal-store.ts'
import {
  changeOf,
  firstOf,
  kindCode,
  lastOf,
  momentOf,
  type StoredChange,
  setOf,
  stateCode,
} from '../stored-change.ts'
import type { Target } from '../stored-set.ts'
import { contentHash } from '../stored-values.ts'
import type { JournalTable } from '../types.ts'
import type { Statements } from './statements.ts'

/** The latest sets of a table that are searched for columns that its gateway stores otherwise. */
const LATEST_SETS = 20

export class FindChanges {
  readonly #statements: Statements

  constructor(statements: Statements) {
    this.#statements = statements
  }

  change(n: number): StoredChange | undefined {
    const row = this.#prepare('SELECT * FROM changes WHERE n = ?').get(n)
    return row === undefined ? undefined : changeOf(row)
  }

  changes(set: number, query: ChangeQuery): StoredChange[] {
    const { where, values } = conditionsOf(query)
    const order = query.isBackwards === true ? 'n DESC' : 'n'
    return this.#prepare(
      `SELECT * FROM changes WHERE n BETWEEN ? AND ? ${where} ORDER BY ${order} LIMIT ? OFFSET ?`,
    )
      .all(firstOf(set), lastOf(set), ...values, query.limit ?? -1, query.offset ?? 0)
      .map(changeOf)
  }

  lastSeq(set: number): number {
    const query = 'SELECT max(n) AS n FROM changes WHERE n BETWEEN ? AND ?'
    const n = this.#prepare(query).get(firstOf(set), lastOf(set))?.n
    return typeof n === 'number' ? n - firstOf(set) : 0
  }

  /** Whether another change than `except` is known to have inserted the record. */
  isMade(id: string, target: Target, except: number): boolean {
    const query =
      'SELECT n FROM changes WHERE record = ? AND kind = ? AND state = ? AND n <> ? LIMIT 100'
    const codes = [kindCode('inserted'), stateCode('ok')]
    const found = this.#prepare(query).all(packId(id), ...codes, except)
    return found.some(({ n }) => this.#isOf(setOf(Number(n)), target))
  }

  isInserted(id: string): boolean {
    const query = 'SELECT 1 FROM changes WHERE record = ? AND kind = ? LIMIT 1'
    return this.#prepare(query).get(packId(id), kindCode('inserted')) !== undefined
  }

  anonymous(values: Values, target: Target, table: JournalTable): AnonymousRows | undefined {
    const query =
      'SELECT n, moment_records, moment_dates FROM changes WHERE content = ? AND record IS NULL'
    const found = this.#prepare(query)
      .all(contentHash(values, table))
      .filter(({ n }) => this.#isOf(setOf(Number(n)), target))
    if (found.length === 0) return undefined
    return { count: found.length, since: found.map(momentOf).reduce(earlierMoment) }
  }

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

  halfway(set: string): Map<number, StoredChange> {
    const undos = this.#prepare('SELECT n FROM sets WHERE undoes = ?').all(set)
    const query = `SELECT * FROM changes WHERE n BETWEEN ? AND ? AND kind = ? AND state = ?
      AND undone_by IS NULL AND reverses IS NOT NULL`
    const codes = [kindCode('deleted'), stateCode('ok')]
    const halfway = new Map<number, StoredChange>()
    for (const { n } of undos) {
      const range = [firstOf(Number(n)), lastOf(Number(n))]
      for (const change of this.#prepare(query)
        .all(...range, ...codes)
        .map(changeOf)) {
        const reversed = this.change(change.reverses ?? 0)
        if (reversed?.kind !== 'updated' || reversed.undoneBy !== undefined) continue
        halfway.set(reversed.n, change)
      }
    }
    return halfway
  }

  #isOf(set: number, { connection, tableId }: Target): boolean {
    const query =
      'SELECT 1 FROM sets WHERE n = ? AND origin = ? AND team = ? AND bot = ? AND table_id = ?'
    const { origin, teamId, botId } = connection
    return this.#prepare(query).get(set, origin, teamId, botId, tableId) !== undefined
  }

  #prepare(query: string) {
    return this.#statements.prepare(query)
  }
}

function conditionsOf({ states, isUndone, isAnonymous, record, before }: ChangeQuery): {
  where: string
  values: SQLInputValue[]
} {
  const conditions: string[] = []
  const values: SQLInputValue[] = []
  if (states !== undefined) {
    // Codes, and a query that can be prepared once.
    conditions.push(`AND state IN (${states.map(stateCode).join(', ')})`)
  }
  if (isUndone !== undefined) conditions.push(`AND undone_by IS ${isUndone ? 'NOT NULL' : 'NULL'}`)
  if (isAnonymous === true) conditions.push('AND content IS NOT NULL AND record IS NULL')
  if (record !== undefined) {
    conditions.push('AND record = ?')
    values.push(packId(record))
  }
  if (before !== undefined) {
    conditions.push('AND n < ?')
    values.push(before)
  }
  return { where: conditions.join(' '), values }
}

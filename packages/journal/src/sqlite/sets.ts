/** Writes and finds change sets. */
import type { SQLInputValue } from 'node:sqlite'
import type { SetQuery } from '../journal-store.ts'
import { type NewSet, type StoredSet, setOfRow } from '../stored-set.ts'
import type { Statements } from './statements.ts'

/** The number of changes without an outcome. */
const OPEN = '(total - inserted - updated - deleted - rejected - unknown - elsewhere)'

export class Sets {
  readonly #statements: Statements

  constructor(statements: Statements) {
    this.#statements = statements
  }

  /** @returns the set's number */
  add(set: NewSet): number {
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

  end(set: number, at: number): void {
    this.#prepare('UPDATE sets SET ended = ? WHERE n = ?').run(at, set)
  }

  /** Continues an interrupted set under another writer. */
  takeOver(set: number, writer: string): void {
    this.#prepare('UPDATE sets SET writer = ?, ended = NULL WHERE n = ?').run(writer, set)
  }

  find(query: SetQuery): StoredSet[] {
    const { where, values } = conditionsOf(query)
    return this.#prepare(`SELECT * FROM sets WHERE ${where} ORDER BY n DESC LIMIT ? OFFSET ?`)
      .all(...values, query.limit ?? -1, query.offset ?? 0)
      .map(setOfRow)
  }

  count(query: SetQuery): number {
    const { where, values } = conditionsOf(query)
    const row = this.#prepare(`SELECT count(*) AS n FROM sets WHERE ${where}`).get(...values)
    return Number(row?.n)
  }

  jobs(idOrStart: string, limit: number): string[] {
    const exact = 'SELECT job FROM sets WHERE job = ? LIMIT 1'
    if (this.#prepare(exact).get(idOrStart) !== undefined) return [idOrStart]
    if (!isStart(idOrStart)) return []
    const starting = 'SELECT DISTINCT job FROM sets WHERE job GLOB ? ORDER BY job LIMIT ?'
    return this.#prepare(starting)
      .all(`${idOrStart}*`, limit)
      .map(({ job }) => String(job))
  }

  #prepare(query: string) {
    return this.#statements.prepare(query)
  }
}

/** Whether a text can begin an id; it has no wildcard of GLOB then. */
function isStart(text: string): boolean {
  return /^[a-z\d]+$/.test(text)
}

function conditionsOf(query: SetQuery): { where: string; values: SQLInputValue[] } {
  const { table, tableIds, connection, since, until, call, idStart, unsettledOf, isOpen } = query
  const conditions: [string, readonly SQLInputValue[]][] = []
  const equal = (column: string, value: SQLInputValue | undefined): void => {
    if (value !== undefined) conditions.push([`${column} = ?`, [value]])
  }
  equal('id', query.id)
  equal('version', query.version)
  equal('tool', query.tool)
  equal('job', query.job)
  equal('undoes', query.undoes)
  equal('call', call)
  if (idStart !== undefined) {
    conditions.push(isStart(idStart) ? ['id GLOB ?', [`${idStart}*`]] : ['0', []])
  }
  if (table !== undefined) conditions.push(['(table_name = ? OR table_id = ?)', [table, table]])
  // As one value, since SQLite limits the number of parameters.
  if (tableIds !== undefined) {
    conditions.push(['table_id IN (SELECT value FROM json_each(?))', [JSON.stringify(tableIds)]])
  }
  if (since !== undefined) conditions.push(['begun >= ?', [since]])
  if (until !== undefined) conditions.push(['begun < ?', [until]])
  if (connection !== undefined) {
    const { origin, teamId, botId } = connection
    conditions.push(['origin = ? AND team = ? AND bot = ?', [origin, teamId, botId]])
  }
  if (unsettledOf !== undefined) {
    conditions.push([`writer = ? AND (${OPEN} > 0 OR retriable > 0)`, [unsettledOf]])
  }
  if (isOpen !== undefined) conditions.push([`ended IS ${isOpen ? 'NULL' : 'NOT NULL'}`, []])
  return {
    where: conditions.map(([text]) => text).join(' AND ') || '1',
    values: conditions.flatMap(([, values]) => values),
  }
}

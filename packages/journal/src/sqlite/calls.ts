/** The calls of tools. */
import type { NewCall, StoredCall } from '../journal-store.ts'
import type { StoredSet } from '../stored-set.ts'
import type { Statements } from './statements.ts'

export class StoredCalls {
  readonly #statements: Statements

  constructor(statements: Statements) {
    this.#statements = statements
  }

  last(digest: string, since: number): StoredCall | undefined {
    const query =
      'SELECT * FROM calls WHERE digest = ? AND coalesce(ended, begun) >= ? ORDER BY n DESC LIMIT 1'
    const row = this.#prepare(query).get(digest, since)
    if (row === undefined) return undefined
    return {
      number: Number(row.n),
      begun: Number(row.begun),
      token: row.token === null ? undefined : String(row.token),
      result: row.result === null ? undefined : String(row.result),
    }
  }

  begin({ digest, token, continues, forgetBefore }: NewCall, now: number): number {
    if (continues !== undefined) {
      const again =
        'UPDATE calls SET ended = NULL, begun = ?, token = coalesce(?, token) WHERE n = ?'
      this.#prepare(again).run(now, token ?? null, continues)
      return continues
    }
    this.#prepare('DELETE FROM calls WHERE begun < ?').run(forgetBefore)
    const insert = 'INSERT INTO calls (digest, token, begun) VALUES (?, ?, ?)'
    return Number(this.#prepare(insert).run(digest, token ?? null, now).lastInsertRowid)
  }

  end(number: number, result: string | undefined, now: number): void {
    const query = 'UPDATE calls SET ended = ?, result = ? WHERE n = ?'
    this.#prepare(query).run(now, result ?? null, number)
  }

  isFollowed({ n, connection, table, version }: StoredSet, call: number): boolean {
    const query = `SELECT 1 FROM sets
      WHERE n > ? AND origin = ? AND team = ? AND bot = ? AND table_id = ? AND version = ?
        AND call IS NOT ? AND begun >= (SELECT coalesce(ended, begun) FROM calls WHERE n = ?)
      LIMIT 1`
    const { origin, teamId, botId } = connection
    const place = [origin, teamId, botId, table.id, version]
    return this.#prepare(query).get(n, ...place, call, call) !== undefined
  }

  #prepare(query: string) {
    return this.#statements.prepare(query)
  }
}

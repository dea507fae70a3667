/** The rows of a job that the gateway stored otherwise than they were sent, by record and by line. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** A problem is kept by itself, or under this name beside the cells of its row. */
const FACT = (name: string): string =>
  `coalesce(json_extract(detail, '$.problem.${name}'), json_extract(detail, '$.${name}'))`

/** Temporary tables, which SQLite keeps in a file: memory does not grow with the job. */
const SNAPSHOT = `
  CREATE TEMP TABLE stored_otherwise AS
    SELECT n, ${FACT('id')} AS id, ${FACT('line')} AS line FROM problems
    WHERE ${FACT('outcome')} = 'stored';
  CREATE INDEX temp.stored_by_id ON stored_otherwise (id);
  CREATE INDEX temp.stored_by_line ON stored_otherwise (line);
`

export class StoredRows {
  readonly #selectId: StatementSync
  readonly #selectLine: StatementSync
  readonly #selectColumns: StatementSync

  constructor(database: DatabaseSync) {
    database.exec(SNAPSHOT)
    this.#selectId = database.prepare('SELECT 1 FROM stored_otherwise WHERE id = ?')
    this.#selectLine = database.prepare('SELECT 1 FROM stored_otherwise WHERE line = ?')
    this.#selectColumns = database.prepare(`
      SELECT json_extract(value, '$.column') AS name
      FROM stored_otherwise JOIN problems USING (n), json_each(${FACT('stored')})
      WHERE stored_otherwise.id = ?
    `)
  }

  hasRecord(id: string): boolean {
    return this.#selectId.get(id) !== undefined
  }

  /** @param line of a file or of a part of a backup */
  hasLine(line: number): boolean {
    return this.#selectLine.get(line) !== undefined
  }

  /** The columns of a record that were stored otherwise. */
  columnsOf(id: string): string[] {
    return this.#selectColumns.all(id).map(({ name }) => String(name))
  }
}

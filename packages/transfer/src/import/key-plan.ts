/**
 * The plan of an import by key: the keys of the file and those of the table. Both are in a
 * database that SQLite keeps in a file without a name and drops, so that memory does not grow with
 * either; of keys and contents it holds hashes.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import {
  InvalidInputError,
  nearest,
  type Table,
  type TableRecord,
  type Values,
} from '@chatlayer-tables/core'
import type { InputKind } from '@chatlayer-tables/files'
import {
  openTemporaryDatabase,
  packId,
  unpackId,
  usingTemporaryFolder,
} from '@chatlayer-tables/local'
import { contentOf } from '../rows/row-content.ts'

const SCHEMA = `
  CREATE TABLE rows (
    n INTEGER PRIMARY KEY, line INTEGER, key BLOB, content BLOB, written INTEGER
  ) STRICT;
  CREATE TABLE records (n INTEGER PRIMARY KEY, id ANY, key BLOB, content BLOB) STRICT;
`

/** Indexes are built when all is there, which is several times faster than keeping them up to date. */
const SEAL_ROWS = 'CREATE INDEX rows_by_key ON rows (key);'
const SEAL_RECORDS = 'CREATE INDEX records_by_key ON records (key); COMMIT;'

/** Maximum number of records per duplicate key. */
const MAX_IDS = 5

/** Whether the record of a row is to be made, changed or left; a row without a whole key has none. */
export type RowPlan = 'insert' | 'update' | 'keep' | 'none'

export interface PlanCounts {
  readonly inserts: number
  readonly updates: number
  /** Rows that equal their record. */
  readonly keeps: number
  /** Records whose key no row has. */
  readonly lacking: number
}

/** Rows of one key. */
export interface DuplicateKey {
  readonly lines: readonly number[]
}

export class KeyPlan implements Disposable {
  readonly #database: DatabaseSync = openTemporaryDatabase(SCHEMA)
  readonly #key: readonly string[]
  readonly #columns: readonly string[]
  readonly #table: Table
  readonly #insertRow: StatementSync
  readonly #insertRecord: StatementSync
  #selectRecords: StatementSync | undefined

  /**
   * @param columns those that the file fills
   * @throws InvalidInputError for a key that is not among them
   */
  constructor(
    key: readonly string[],
    columns: readonly string[],
    table: Table,
    inputKind: InputKind,
  ) {
    checkKey(key, columns, table, inputKind)
    this.#key = key
    this.#columns = columns
    this.#table = table
    this.#insertRow = this.#database.prepare('INSERT INTO rows VALUES (?, ?, ?, ?, ?)')
    this.#insertRecord = this.#database.prepare('INSERT INTO records VALUES (NULL, ?, ?, ?)')
  }

  /** The first column of the key in which a row has no value. @param isRead all were, when omitted */
  missingKey(values: Values, isRead = (_: string): boolean => true): string | undefined {
    return this.#key.find((name) => isRead(name) && isNull(values[name]))
  }

  /**
   * @param values whose key is whole
   * @param isWritten whether an earlier run of the job wrote it; such rows are not counted
   */
  addRow(n: number, line: number, values: Values, isWritten = false): void {
    const [key, content] = [this.#keyOf(values), this.#contentOf(values)]
    const written = Number(isWritten)
    usingTemporaryFolder(() => this.#insertRow.run(n, line, key, content, written))
  }

  /** Call once all rows are there. */
  sealRows(): void {
    usingTemporaryFolder(() => this.#database.exec(SEAL_ROWS))
  }

  /** Keys that more than one row has, in the order of the file. */
  *duplicates(): Generator<DuplicateKey, void, undefined> {
    const query = `
      SELECT json_group_array(line ORDER BY n) AS lines FROM rows
      GROUP BY key HAVING count(*) > 1 ORDER BY min(n)
    `
    for (const { lines } of this.#database.prepare(query).iterate()) {
      yield { lines: JSON.parse(String(lines)) as number[] }
    }
  }

  /** A record without a whole key is one that no row has. */
  addRecord({ id, values }: TableRecord): void {
    const key = this.missingKey(values) === undefined ? this.#keyOf(values) : null
    const content = this.#contentOf(values)
    usingTemporaryFolder(() => this.#insertRecord.run(packId(id), key, content))
  }

  /** Call once all records are there. */
  sealRecords(): void {
    usingTemporaryFolder(() => this.#database.exec(SEAL_RECORDS))
    this.#selectRecords = this.#database.prepare(
      'SELECT content FROM records WHERE key = ? LIMIT 2',
    )
  }

  /** The lines of rows whose key several records have. */
  *ambiguous(): Generator<number, void, undefined> {
    const query = `
      SELECT line FROM rows
      WHERE (SELECT count(*) FROM records WHERE records.key = rows.key) > 1 ORDER BY n
    `
    for (const { line } of this.#database.prepare(query).iterate()) yield Number(line)
  }

  /** Keys of rows that several records have, the first of them, in the order of the file. */
  *heldTwice(limit: number): Generator<{ line: number; count: number; ids: string[] }> {
    const ids = this.#database.prepare(
      `SELECT id FROM records WHERE key = ? ORDER BY n LIMIT ${MAX_IDS}`,
    )
    const query = `
      SELECT rows.line, rows.key, count(*) AS count FROM rows JOIN records USING (key)
      GROUP BY rows.n HAVING count(*) > 1 ORDER BY rows.n LIMIT ?
    `
    for (const { line, key, count } of this.#database.prepare(query).iterate(limit)) {
      const found = ids.all(key as Uint8Array).map(({ id }) => unpackId(id as string | Uint8Array))
      yield { line: Number(line), count: Number(count), ids: found }
    }
  }

  counts(): PlanCounts {
    const query = `
      SELECT
        count(*) AS rows,
        coalesce(sum(records.n IS NULL), 0) AS inserts,
        coalesce(sum(records.content = rows.content), 0) AS keeps
      FROM rows LEFT JOIN records ON records.key = rows.key
      WHERE NOT written
        AND (SELECT count(*) FROM records AS duplicates WHERE duplicates.key = rows.key) < 2
    `
    const counted = usingTemporaryFolder(() => this.#database.prepare(query).get())
    const [inserts, keeps] = [Number(counted?.inserts), Number(counted?.keeps)]
    const open = this.#count('SELECT count(*) AS count FROM rows WHERE NOT written')
    const updates = open - inserts - keeps
    const lacking = this.#count(`SELECT count(*) AS count FROM records WHERE ${IS_LACKING}`)
    return { inserts, updates, keeps, lacking }
  }

  /** The plan of a row. A row whose key several records have is rejected by the client. */
  planOf(values: Values): RowPlan {
    if (this.missingKey(values) !== undefined) return 'none'
    const [record, duplicate] = this.#selectRecords?.all(this.#keyOf(values)) ?? []
    if (record === undefined) return 'insert'
    if (duplicate !== undefined) return 'update'
    const { content } = record
    return content instanceof Uint8Array && Buffer.compare(content, this.#contentOf(values)) === 0
      ? 'keep'
      : 'update'
  }

  /** The ids of the records whose key no row has. */
  *lacking(): Generator<string, void, undefined> {
    const query = `SELECT id FROM records WHERE ${IS_LACKING} ORDER BY n`
    for (const { id } of this.#database.prepare(query).iterate()) {
      yield unpackId(id as string | Uint8Array)
    }
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }

  #keyOf(values: Values): Uint8Array {
    return contentOf(values, this.#key, this.#table)
  }

  #contentOf(values: Values): Uint8Array {
    return contentOf(values, this.#columns, this.#table)
  }

  #count(query: string): number {
    return Number(this.#database.prepare(query).get()?.count)
  }
}

function checkKey(
  key: readonly string[],
  columns: readonly string[],
  table: Table,
  inputKind: InputKind,
): void {
  for (const name of key) {
    if (columns.includes(name)) continue
    const isColumn = table.columns.some((column) => column.name === name)
    const near = isColumn ? undefined : nearest(name, columns)
    throw new InvalidInputError(
      isColumn
        ? `the ${inputKind} has no column that fills "${name}" of the key`
        : `the table "${table.name}" has no column "${name}", which the key names`,
      {
        field: 'key',
        hint:
          near === undefined
            ? `In the ${inputKind}: ${columns.join(', ')}.`
            : `Did you mean "${near}"?`,
      },
    )
  }
}

const IS_LACKING = '(key IS NULL OR key NOT IN (SELECT key FROM rows))'

function isNull(value: unknown): boolean {
  return value === null || value === undefined
}

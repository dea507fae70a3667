/**
 * Tables and records in SQLite. Each table has two SQLite tables, one per version, with typed
 * columns that compare as in PostgreSQL (see `columns/`). `seq` stores the order of insertion.
 */
import { randomUUID } from 'node:crypto'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { VERSIONS, type Version } from '@chatlayer-tables/contract'
import type { Cell, Stored } from './columns/codec.ts'
import { EmulatorError } from './errors.ts'
import { type ColumnInfo, resolveTable, type TableDefinition, type TableInfo } from './tables.ts'

/** Increased when files of the previous layout become unreadable. */
const LAYOUT = 1
const MAX_STATEMENTS = 500

/** A condition in SQL over one table's columns, with its parameters. */
export interface Condition {
  readonly sql: string
  readonly params: readonly Stored[]
}

export interface StoredRecord {
  readonly id: string
  /** Microseconds since 1970 UTC. */
  readonly created: bigint
  readonly updated: bigint
  /** Values in the order of the table's columns; null where the record has none. */
  readonly values: readonly (Stored | null)[]
}

export interface Page {
  readonly limit: number
  readonly offset: number
  /**
   * Shuffles the records: equal numbers give equal orders. Undefined for the order of insertion.
   */
  readonly shuffle: number | undefined
}

export type Assignments = ReadonlyMap<ColumnInfo, Cell | null>

export class Store {
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  readonly #tables = new Map<string, TableInfo>()

  /** @param path a file, which is created if it does not exist, or `:memory:` */
  constructor(path: string) {
    this.#db = new DatabaseSync(path)
    // A killed process loses nothing; only a crash of the machine can.
    this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
    this.#checkLayout(path)
    this.#db.exec(`
      CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS definition (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL UNIQUE,
        json TEXT NOT NULL
      ) STRICT;
    `)
    this.#load()
    // In memory nothing has to be durable: one transaction that never ends saves the cost of one
    // per change.
    if (path === ':memory:') this.#db.exec('BEGIN')
  }

  #checkLayout(path: string): void {
    const found = Number(this.#db.prepare('PRAGMA user_version').get()?.user_version)
    const isNew = this.#db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined
    if (!isNew && found !== LAYOUT) {
      this.#db.close()
      throw new EmulatorError(`${path} is not a storage file of this emulator`)
    }
    this.#db.exec(`PRAGMA user_version = ${LAYOUT}`)
  }

  close(): void {
    this.#statements.clear()
    this.#db.close()
  }

  /** A value that is kept across restarts; `make` creates it the first time. */
  fact(name: string, make: () => string): string {
    const row = this.#db.prepare('SELECT value FROM fact WHERE name = ?').get(name)
    if (row !== undefined) return String(row.value)
    const value = make()
    this.setFact(name, value)
    return value
  }

  setFact(name: string, value: string): void {
    this.#db.prepare('INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)').run(name, value)
  }

  /** In the order of creation. */
  tables(): readonly TableInfo[] {
    return [...this.#tables.values()]
  }

  table(id: string): TableInfo | undefined {
    return this.#tables.get(id)
  }

  tableNamed(name: string): TableInfo | undefined {
    return this.tables().find((table) => table.name === name)
  }

  /** @throws EmulatorError when there is a table of that name or id */
  createTable(definition: TableDefinition, id: string = randomUUID()): TableInfo {
    if (this.tableNamed(definition.name) !== undefined || this.#tables.has(id)) {
      throw new EmulatorError(`there is already a table "${definition.name}"`)
    }
    const table = this.transaction(() => {
      const { lastInsertRowid } = this.#db
        .prepare('INSERT INTO definition (id, name, json) VALUES (?, ?, ?)')
        .run(id, definition.name, JSON.stringify(definition))
      const made = resolveTable(Number(lastInsertRowid), id, definition)
      for (const version of VERSIONS) this.#db.exec(createSql(made, version))
      return made
    })
    return this.#remember(table)
  }

  dropTable(table: TableInfo): void {
    this.transaction(() => {
      for (const version of VERSIONS) this.#db.exec(`DROP TABLE ${sqlName(table, version)}`)
      this.#db.prepare('DELETE FROM definition WHERE id = ?').run(table.id)
    })
    this.#tables.delete(table.id)
    this.#statements.clear()
  }

  #load(): void {
    this.#tables.clear()
    this.#statements.clear()
    const rows = this.#db.prepare('SELECT number, id, json FROM definition ORDER BY number').all()
    for (const row of rows) {
      const definition = JSON.parse(String(row.json)) as TableDefinition
      this.#remember(resolveTable(Number(row.number), String(row.id), definition))
    }
  }

  #remember(table: TableInfo): TableInfo {
    this.#tables.set(table.id, table)
    return table
  }

  insert(
    table: TableInfo,
    version: Version,
    values: Assignments,
    created: bigint,
    id: string = randomUUID(),
  ): StoredRecord {
    const stored = table.columns.map((column) => values.get(column) ?? null)
    const params: (Stored | null)[] = [id, created, created]
    table.columns.forEach((column, index) => {
      const cell = stored[index] ?? null
      params.push(cell === null ? null : cell.value)
      if (column.codec.keyed) params.push(cell === null ? null : cell.key)
    })
    this.#prepare(insertSql(table, version)).run(...params)
    return { id, created, updated: created, values: stored.map((cell) => cell?.value ?? null) }
  }

  select(table: TableInfo, version: Version, where: Condition, page: Page): StoredRecord[] {
    const order = page.shuffle === undefined ? 'seq' : '(seq * ?) % 2147483647'
    const sql = `SELECT ${recordColumns(table)} FROM ${sqlName(table, version)} WHERE ${where.sql} ORDER BY ${order} LIMIT ? OFFSET ?`
    const shuffle = page.shuffle === undefined ? [] : [BigInt(page.shuffle)]
    return this.#prepare(sql)
      .all(...where.params, ...shuffle, BigInt(page.limit), BigInt(page.offset))
      .map(toRecord)
  }

  count(table: TableInfo, version: Version, where: Condition): number {
    const sql = `SELECT count(*) FROM ${sqlName(table, version)} WHERE ${where.sql}`
    const [row] = this.#prepare(sql).all(...where.params)
    return Number(cellsOf(row)[0])
  }

  /** Returns the records after the change. */
  update(
    table: TableInfo,
    version: Version,
    where: Condition,
    values: Assignments,
    updated: bigint,
  ): StoredRecord[] {
    const sets = ['updated = ?']
    const params: (Stored | null)[] = [updated]
    for (const [column, cell] of values) {
      sets.push(`${column.valueColumn} = ?`)
      params.push(cell?.value ?? null)
      if (!column.codec.keyed) continue
      sets.push(`${column.keyColumn} = ?`)
      params.push(cell?.key ?? null)
    }
    const sql = `UPDATE ${sqlName(table, version)} SET ${sets.join(', ')} WHERE ${where.sql} RETURNING ${recordColumns(table)}`
    return this.#prepare(sql)
      .all(...params, ...where.params)
      .map(toRecord)
  }

  /** Returns the records before the change. */
  delete(table: TableInfo, version: Version, where: Condition): StoredRecord[] {
    const sql = `DELETE FROM ${sqlName(table, version)} WHERE ${where.sql} RETURNING ${recordColumns(table)}`
    return this.#prepare(sql)
      .all(...where.params)
      .map(toRecord)
  }

  /** Runs `work` in a transaction; may be nested. */
  transaction<T>(work: () => T): T {
    this.#db.exec('SAVEPOINT work')
    try {
      const result = work()
      this.#db.exec('RELEASE work')
      return result
    } catch (error) {
      this.#db.exec('ROLLBACK TO work; RELEASE work')
      this.#load()
      throw error
    }
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    if (this.#statements.size >= MAX_STATEMENTS) this.#statements.clear()
    const statement = this.#db.prepare(sql)
    statement.setReadBigInts(true)
    statement.setReturnArrays(true)
    this.#statements.set(sql, statement)
    return statement
  }
}

function sqlName(table: TableInfo, version: Version): string {
  return `${version.toLowerCase()}_${table.number}`
}

/** Every SQLite column of a table's values, each with its type. */
function valueColumns(table: TableInfo): { name: string; type: string }[] {
  return table.columns.flatMap(({ type, codec, valueColumn, keyColumn }) => {
    const isInteger = type === 'int' || type === 'bool' || type === 'timestamp'
    const value = { name: valueColumn, type: isInteger ? 'INTEGER' : 'TEXT' }
    return codec.keyed ? [value, { name: keyColumn, type: 'TEXT' }] : [value]
  })
}

function createSql(table: TableInfo, version: Version): string {
  const columns = valueColumns(table).map(({ name, type }) => `, ${name} ${type}`)
  return `CREATE TABLE ${sqlName(table, version)} (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL${columns.join('')}
  ) STRICT`
}

const insertStatements = new WeakMap<TableInfo, Map<Version, string>>()

/** Cached for each table, since it is used most often. */
function insertSql(table: TableInfo, version: Version): string {
  let ofTable = insertStatements.get(table)
  if (ofTable === undefined) {
    ofTable = new Map()
    insertStatements.set(table, ofTable)
  }
  const known = ofTable.get(version)
  if (known !== undefined) return known
  const names = ['id', 'created', 'updated', ...valueColumns(table).map(({ name }) => name)]
  const sql = `INSERT INTO ${sqlName(table, version)} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`
  ofTable.set(version, sql)
  return sql
}

function recordColumns(table: TableInfo): string {
  return ['id', 'created', 'updated', ...table.columns.map((column) => column.valueColumn)].join(
    ', ',
  )
}

function toRecord(row: unknown): StoredRecord {
  const [id, created, updated, ...values] = cellsOf(row)
  return { id: String(id), created: BigInt(created ?? 0), updated: BigInt(updated ?? 0), values }
}

/** `setReturnArrays` makes every row an array, which its type does not declare. */
function cellsOf(row: unknown): (Stored | null)[] {
  return row as (Stored | null)[]
}

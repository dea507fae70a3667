/** Reads a table or query of an SQLite database. */
import { statSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { InvalidInputError } from '@chatlayer-tables/core'
import { Turns } from '@chatlayer-tables/files/turns'
import { type JsonText, jsonLines } from '../database/json-lines.ts'
import { checkTarget, noSuchTable } from '../database/no-such-table.ts'
import { checkQueryColumns, checkTableColumns, isBlank } from '../database/query-columns.ts'
import { queryName } from '../database/query-name.ts'
import { rowEncoder } from '../database/row-encoder.ts'
import { tableNameText } from '../database/table-name.ts'
import type { SideInput } from '../open-side.ts'
import type { ReadOptions, Side, SideColumn, SideReading } from '../side.ts'
import { parseSqliteAddress, type SqliteAddress } from './sqlite-address.ts'
import { checkFile, isLogError, sqliteError } from './sqlite-error.ts'
import {
  type ExactValue,
  exactExpression,
  sqliteColumnType,
  sqliteEncoder,
} from './sqlite-types.ts'

/** How long another program that is writing is waited for. The process does nothing else meanwhile. */
const LOCK_TIMEOUT_MS = 1000
/** Rows that are converted at a time. */
const BATCH = 100

export async function openSqlite({ address, query }: SideInput): Promise<Side> {
  const parsed = parseSqliteAddress(address)
  checkTarget(parsed.table, query)
  openTable(parsed, query).database.close()
  return {
    kind: 'sqlite',
    name: query === undefined ? parsed.name : queryName(parsed.name, query),
    can: { snapshot: true, unchanged: false },
    read: async (options) => read(parsed, query, options),
    async [Symbol.asyncDispose]() {},
  }
}

interface OpenTable {
  readonly database: DatabaseSync
  readonly columns: readonly SideColumn[]
  /** Gives rows of values as {@link exactExpression} has them. */
  readonly statement: StatementSync
  readonly encoding: string
  readonly notes: readonly string[]
}

function read(address: SqliteAddress, query: string | undefined, { signal }: ReadOptions = {}) {
  const { database, columns, statement, encoding, notes } = openTable(address, query)
  const names = columns.map(({ name }) => name)
  const encode = rowEncoder<ExactValue>(
    columns.map(({ name, type }) => ({ name, encode: sqliteEncoder(encoding, type) })),
  )
  async function* batches(): AsyncGenerator<JsonText[][], void, undefined> {
    const turns = new Turns()
    let batch: JsonText[][] = []
    for (const row of rowsOf(statement, address.file)) {
      batch.push(encode(row))
      if (batch.length < BATCH) continue
      yield batch
      batch = []
      signal?.throwIfAborted()
      if (turns.isDue) await turns.pass()
    }
    yield batch
  }
  return {
    format: 'ndjson',
    columns,
    count: undefined,
    notes,
    bytes: () => jsonLines(names, batches()),
    async [Symbol.asyncDispose]() {
      if (database.isOpen) database.close()
    },
  } satisfies SideReading
}

function* rowsOf(statement: StatementSync, file: string): Generator<ExactValue[]> {
  try {
    // With `setReturnArrays`, which the types of Node do not describe.
    yield* statement.iterate() as unknown as Iterable<ExactValue[]>
  } catch (error) {
    throw sqliteError(error, file)
  }
}

/** Opens the database in a transaction that reads, whose snapshot begins here. */
function openTable(address: SqliteAddress, query: string | undefined): OpenTable {
  checkFile(address.path, address.file)
  try {
    return openTableAs(address, query, address.path)
  } catch (error) {
    // Reading needs a log, and it cannot be created. Without one, no write is missing in the file.
    if (!isLogError(error) || !isWithoutLog(address.path)) throw sqliteError(error, address.file)
  }
  try {
    const url = pathToFileURL(address.path)
    url.search = 'immutable=1'
    return openTableAs(address, query, url)
  } catch (error) {
    throw sqliteError(error, address.file)
  }
}

function isWithoutLog(path: string): boolean {
  return (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) === 0
}

function openTableAs(
  address: SqliteAddress,
  query: string | undefined,
  location: string | URL,
): OpenTable {
  const database = new DatabaseSync(location, { readOnly: true, timeout: LOCK_TIMEOUT_MS })
  try {
    database.exec('begin')
    const table = query === undefined ? findTable(database, address.table) : undefined
    const sql = query ?? `select * from ${identifier(table ?? '')}`
    const columns = columnsOf(database, sql, table)
    const statement = database.prepare(exactQuery(sql, columns.length))
    statement.setReadBigInts(true)
    statement.setReturnArrays(true)
    const { encoding } = database.prepare('pragma encoding').get() ?? {}
    const notes =
      typeof location === 'string'
        ? []
        : ['The folder is read-only: the database is read without a write-ahead log.']
    return { database, columns, statement, encoding: String(encoding), notes }
  } catch (error) {
    database.close()
    throw error
  }
}

function listTables(database: DatabaseSync): string[] {
  const rows = database
    .prepare(
      "select name from sqlite_schema where type in ('table', 'view') and name not like 'sqlite\\_%' escape '\\' order by name",
    )
    .all()
  return rows.map(({ name }) => String(name))
}

/** @throws InvalidInputError for a table that there is not */
function findTable(database: DatabaseSync, table: string | undefined): string {
  const name = table === undefined ? undefined : { schema: undefined, name: table }
  const tables = listTables(database)
  const found = tables.find((each) => each.toLowerCase() === table?.toLowerCase())
  if (found !== undefined) return found
  throw noSuchTable(
    name,
    tables.map((each) => tableNameText({ schema: undefined, name: each })),
  )
}

/** @param table undefined for a query */
function columnsOf(database: DatabaseSync, sql: string, table: string | undefined): SideColumn[] {
  const statement = prepare(database, sql)
  const columns = (statement?.columns() ?? []).map(({ name, type }) => ({
    name,
    type: sqliteColumnType(type),
    declared: type ?? '',
  }))
  if (statement?.expandedSQL !== statement?.sourceSQL) {
    throw new InvalidInputError('the query has parameters', {
      field: 'query',
      hint: 'Write the values into the query, texts in single quotes.',
    })
  }
  const names = columns.map(({ name }) => name)
  if (table === undefined) checkQueryColumns(names, isBlank)
  else checkTableColumns(names, tableNameText({ schema: undefined, name: table }))
  return columns
}

/** Undefined where there is no statement, only comments: an error of node:sqlite, or none until it is used. */
function prepare(database: DatabaseSync, sql: string): StatementSync | undefined {
  try {
    const statement = database.prepare(sql)
    statement.columns()
    return statement
  } catch (error) {
    if (error instanceof Error && 'errcode' in error) throw error
    return undefined
  }
}

/** The same rows in the same order, with their values as {@link exactExpression} has them. */
function exactQuery(sql: string, columns: number): string {
  const names = Array.from({ length: columns }, (_, index) => `c${index}`)
  return `with exact(${names}) as (${sql.replace(/[;\s]+$/, '')}\n) select ${names.map(exactExpression)} from exact`
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** The file of the mirrors of one bot in one version. Readers never see half of a change. */
import { lstatSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { TableRecord } from '@chatlayer-tables/core'
import {
  asStorageError,
  createPrivateFile,
  ensurePrivateFolder,
  removeDatabase,
  StorageError,
  transaction,
} from '@chatlayer-tables/local'
import { quoteName } from './names.ts'
import { RowWriter } from './row-writer.ts'
import type { Shape } from './shape.ts'
import { CREATE_STAGES, dropAbandoned, StagingTable } from './staging-table.ts'
import type { MirrorState, NewState } from './state.ts'
import { CREATE_TABLES, dropMirror, readState, readStates, writeState } from './state-rows.ts'
import type { SqlValue } from './values.ts'

const FORMAT = 2
const BUSY_MS = 30_000

export class MirrorFile {
  readonly path: string
  readonly #db: DatabaseSync

  /** Opens the file, or creates it, readable by its owner alone. @throws StorageError */
  constructor(path: string) {
    this.path = path
    ensurePrivateFolder(dirname(path))
    this.#db = open(path)
  }

  close(): void {
    this.#db.close()
  }

  state(tableId: string): MirrorState | undefined {
    return readState(this.#db, tableId)
  }

  /** Begins a whole reading beside the present mirror. */
  stage(shape: Shape): StagingTable {
    dropAbandoned(this.#db)
    return new StagingTable(this.#db, shape)
  }

  /** Drops the mirrors of tables that the bot does not have any more. */
  keepOnly(tableIds: ReadonlySet<string>): void {
    const states = readStates(this.#db).filter(({ shape }) => !tableIds.has(shape.tableId))
    if (states.length === 0) return
    transaction(this.#db, () => {
      for (const { shape } of states) dropMirror(this.#db, shape)
    })
  }

  /**
   * Writes changed records and removes deleted ones in one transaction. Returns false, without any
   * change, when another process has changed the mirror since `generation`.
   */
  change(
    { generation, records: before, rounded: roundedBefore }: MirrorState,
    changes: { readonly upserts: Iterable<TableRecord>; readonly deletes: Iterable<string> },
    next: NewState,
  ): boolean {
    const name = quoteName(next.shape.name)
    return transaction(this.#db, () => {
      const held = this.state(next.shape.tableId)
      if (held?.generation !== generation) return false
      let records = before
      const remove = this.#db.prepare(`DELETE FROM ${name} WHERE "id" = ?`)
      for (const id of changes.deletes) records -= Number(remove.run(id).changes)
      const rounded = { ...roundedBefore }
      const writer = new RowWriter(this.#db, next.shape, name, rounded)
      for (const record of changes.upserts) {
        records -= Number(remove.run(record.id).changes)
        writer.write(record)
        records += 1
      }
      writeState(this.#db, { ...next, records, rounded, generation: generation + 1 })
      return true
    })
  }

  /** Every record's id with the value of one column, in the order of the values. */
  *axis(shape: Shape, column: string): Generator<{ readonly id: string; readonly key: SqlValue }> {
    const name = quoteName(column)
    const sql = `SELECT "id", ${name} FROM ${quoteName(shape.name)} ORDER BY ${name}`
    const statement = this.#db.prepare(sql)
    statement.setReadBigInts(true)
    for (const row of statement.iterate()) {
      yield { id: String(row.id), key: (row[column] ?? null) as SqlValue }
    }
  }

  /** The number of records updated at or after an instant. */
  countSince(shape: Shape, since: string): number {
    const sql = `SELECT count(*) AS n FROM ${quoteName(shape.name)} WHERE "updated_at" >= ?`
    return Number(this.#db.prepare(sql).get(since)?.n ?? 0)
  }

  /** The number of records with the most frequent value of a column, or without one. */
  maxShared(shape: Shape, column: string): number {
    const counts = `SELECT count(*) AS n FROM ${quoteName(shape.name)} GROUP BY ${quoteName(column)}`
    return Number(this.#db.prepare(`SELECT max(n) AS n FROM (${counts})`).get()?.n ?? 0)
  }
}

function open(path: string): DatabaseSync {
  try {
    return prepare(path)
  } catch (error) {
    if (!canReplace(error, path)) throw error
    // The gateway has all data of a mirror.
    removeDatabase(path)
    return prepare(path)
  }
}

function prepare(path: string): DatabaseSync {
  if (!createPrivateFile(path) && !lstatSync(path).isFile()) {
    throw new StorageError('damaged', path, { detail: 'not a regular file' })
  }
  let db: DatabaseSync | undefined
  try {
    db = new DatabaseSync(path)
    db.exec(`PRAGMA busy_timeout = ${BUSY_MS}`)
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY')
    db.exec('PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -16384')
    db.exec('PRAGMA wal_autocheckpoint = 8192')
    const format = Number(db.prepare('PRAGMA user_version').get()?.user_version)
    if (format !== 0 && format !== FORMAT) throw new OtherFormat()
    createTables(db)
    return db
  } catch (error) {
    db?.close()
    throw asStorageError(error, path)
  }
}

function createTables(db: DatabaseSync): void {
  transaction(db, () => {
    db.exec(CREATE_TABLES)
    db.exec(CREATE_STAGES)
    db.exec(`PRAGMA user_version = ${FORMAT}`)
  })
}

/** A file of another release. */
class OtherFormat extends Error {}

/** Whether a new mirror may replace the file: a damaged file or a link, but not a folder or a pipe. */
function canReplace(error: unknown, path: string): boolean {
  if (error instanceof OtherFormat) return true
  if (!(error instanceof StorageError) || error.kind !== 'damaged') return false
  const found = lstatSync(path, { throwIfNoEntry: false })
  return found === undefined || found.isFile() || found.isSymbolicLink()
}

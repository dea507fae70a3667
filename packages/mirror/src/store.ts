/** The file that holds the mirrors of one bot in one version. Readers never see half of a change. */
import { randomBytes } from 'node:crypto'
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
import { OWN_PREFIX, quoteName } from './names.ts'
import { RowWriter } from './row-writer.ts'
import { createIndexSql, createTableSql, type Shape } from './shape.ts'
import type { MirrorState, NewState } from './state.ts'
import type { SqlValue } from './values.ts'

const FORMAT = 2
const TABLES = `${OWN_PREFIX}_tables`
const STAGES = `${OWN_PREFIX}_stages`
/** So many records are written in one go while a table is read. */
const BATCH = 400
const BUSY_MS = 30_000
/** A reading that has not ended after this long belongs to nobody. */
const ABANDONED_MS = 24 * 3_600_000

export class MirrorFile {
  readonly path: string
  readonly #db: DatabaseSync

  /** Opens the file, and makes it where there is none, readable by its owner alone. @throws StorageError */
  constructor(path: string) {
    this.path = path
    ensurePrivateFolder(dirname(path))
    this.#db = open(path)
  }

  close(): void {
    this.#db.close()
  }

  state(tableId: string): MirrorState | undefined {
    const row = this.#db.prepare(`SELECT state FROM ${TABLES} WHERE id = ?`).get(tableId)
    return row === undefined ? undefined : parseState(row.state)
  }

  /** Begins a whole reading, beside what stands. */
  stage(shape: Shape): Stage {
    this.#sweep()
    return new Stage(this.#db, shape)
  }

  /** Takes away what is in no table of the bot any more. */
  keepOnly(tableIds: ReadonlySet<string>): void {
    const states = readStates(this.#db).filter(({ shape }) => !tableIds.has(shape.tableId))
    if (states.length === 0) return
    transaction(this.#db, () => {
      for (const { shape } of states) drop(this.#db, shape)
    })
  }

  /**
   * Puts changed records in and takes deleted ones out, at once. False, and nothing is done, when
   * somebody else has changed the mirror since `generation`.
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

  /** How many records were updated at or after an instant. */
  countSince(shape: Shape, since: string): number {
    const sql = `SELECT count(*) AS n FROM ${quoteName(shape.name)} WHERE "updated_at" >= ?`
    return Number(this.#db.prepare(sql).get(since)?.n ?? 0)
  }

  /** How many records have one value of a column, or none, at most. */
  crowding(shape: Shape, column: string): number {
    const counts = `SELECT count(*) AS n FROM ${quoteName(shape.name)} GROUP BY ${quoteName(column)}`
    return Number(this.#db.prepare(`SELECT max(n) AS n FROM (${counts})`).get()?.n ?? 0)
  }

  /** Stages of processes that have ended. */
  #sweep(): void {
    const stages = this.#db.prepare(`SELECT name, pid, at FROM ${STAGES}`).all()
    const now = Date.now()
    const dead = stages.filter(
      ({ pid, at }) => now - Number(at) > ABANDONED_MS || !isAlive(Number(pid)),
    )
    if (dead.length === 0) return
    transaction(this.#db, () => {
      for (const { name } of dead) discard(this.#db, String(name))
    })
  }
}

/** A whole reading under way: nobody sees it before it is committed. */
export class Stage {
  readonly #db: DatabaseSync
  readonly #shape: Shape
  readonly #name = `${OWN_PREFIX}_stage_${randomBytes(8).toString('hex')}`
  readonly #rounded: Record<string, number> = {}
  readonly #writer: RowWriter
  #waiting: TableRecord[] = []
  #records = 0

  constructor(db: DatabaseSync, shape: Shape) {
    this.#db = db
    this.#shape = shape
    transaction(db, () => {
      db.exec(createTableSql(shape, quoteName(this.#name)))
      db.prepare(`INSERT INTO ${STAGES} VALUES (?, ?, ?)`).run(this.#name, process.pid, Date.now())
    })
    this.#writer = new RowWriter(db, shape, quoteName(this.#name), this.#rounded)
  }

  get records(): number {
    return this.#records + this.#waiting.length
  }

  add(records: readonly TableRecord[]): void {
    this.#waiting.push(...records)
    if (this.#waiting.length >= BATCH) this.#flush()
  }

  #flush(): void {
    if (this.#waiting.length === 0) return
    const records = this.#waiting
    this.#waiting = []
    transaction(this.#db, () => {
      for (const record of records) this.#writer.write(record)
    })
    this.#records += records.length
  }

  /**
   * Takes the former mirror's place. A mirror that another process read later stays, and its state
   * is given back.
   */
  commit(next: NewState): MirrorState {
    this.#flush()
    const { tableId, name } = this.#shape
    return transaction(this.#db, () => {
      const held = readStates(this.#db)
      const former = held.find(({ shape }) => shape.tableId === tableId)
      const isNewer =
        former?.complete === true &&
        former.asOf > next.asOf &&
        JSON.stringify(former.shape) === JSON.stringify(this.#shape)
      if (isNewer) {
        discard(this.#db, this.#name)
        return former
      }
      for (const { shape } of held) {
        if (shape.tableId === tableId || shape.name === name) drop(this.#db, shape)
      }
      this.#db.exec(`ALTER TABLE ${quoteName(this.#name)} RENAME TO ${quoteName(name)}`)
      this.#db.exec(createIndexSql(this.#shape))
      this.#db.prepare(`DELETE FROM ${STAGES} WHERE name = ?`).run(this.#name)
      const generation = (former?.generation ?? 0) + 1
      const state = { ...next, records: this.#records, generation, rounded: this.#rounded }
      writeState(this.#db, state)
      return state
    })
  }

  discard(): void {
    transaction(this.#db, () => discard(this.#db, this.#name))
  }
}

function open(path: string): DatabaseSync {
  try {
    return prepare(path)
  } catch (error) {
    if (!canBeginAgain(error, path)) throw error
    // A mirror holds nothing that the gateway does not.
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
    db.exec(`CREATE TABLE IF NOT EXISTS ${TABLES} (id TEXT PRIMARY KEY, name TEXT, state TEXT)`)
    db.exec(`CREATE TABLE IF NOT EXISTS ${STAGES} (name TEXT PRIMARY KEY, pid INT, at INT)`)
    db.exec(`PRAGMA user_version = ${FORMAT}`)
  })
}

/** Written by another release. */
class OtherFormat extends Error {}

/** A damaged file, and a symbolic link, give way to a new mirror; a folder or a pipe does not. */
function canBeginAgain(error: unknown, path: string): boolean {
  if (error instanceof OtherFormat) return true
  if (!(error instanceof StorageError) || error.kind !== 'damaged') return false
  const found = lstatSync(path, { throwIfNoEntry: false })
  return found === undefined || found.isFile() || found.isSymbolicLink()
}

function drop(db: DatabaseSync, { tableId, name }: Shape): void {
  db.exec(`DROP TABLE IF EXISTS ${quoteName(name)}`)
  db.prepare(`DELETE FROM ${TABLES} WHERE id = ?`).run(tableId)
}

function discard(db: DatabaseSync, stage: string): void {
  db.exec(`DROP TABLE IF EXISTS ${quoteName(stage)}`)
  db.prepare(`DELETE FROM ${STAGES} WHERE name = ?`).run(stage)
}

function readStates(db: DatabaseSync): MirrorState[] {
  return db
    .prepare(`SELECT state FROM ${TABLES}`)
    .all()
    .flatMap((row) => parseState(row.state) ?? [])
}

function writeState(db: DatabaseSync, state: MirrorState): void {
  db.prepare(`INSERT OR REPLACE INTO ${TABLES} VALUES (?, ?, ?)`).run(
    state.shape.tableId,
    state.shape.name,
    JSON.stringify(state),
  )
}

/** Undefined for what no mirror has written: the table is read again then. */
function parseState(text: unknown): MirrorState | undefined {
  try {
    const state = JSON.parse(String(text)) as Partial<MirrorState> | null
    const { shape, asOf, generation } = state ?? {}
    const isState =
      typeof shape?.tableId === 'string' &&
      Array.isArray(shape.columns) &&
      typeof asOf === 'string' &&
      typeof generation === 'number'
    return isState ? (state as MirrorState) : undefined
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Writes a table to an SQLite database. */
import { createHash } from 'node:crypto'
import { closeSync, openSync, realpathSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { InvalidInputError } from '@chatlayer-tables/core'
import { writingError } from '@chatlayer-tables/files'
import { ensurePrivateFolder, type Lock, takeLock, tryLock } from '@chatlayer-tables/local'
import { SideError } from '../side-error.ts'
import { parseSqliteAddress, type SqliteAddress } from '../sqlite/sqlite-address.ts'
import { sqliteError } from '../sqlite/sqlite-error.ts'
import type { Cell } from './cells.ts'
import type { ExistingTable, PlannedColumn, TargetPlan } from './existing-table.ts'
import type { Holder } from './holders.ts'
import { withRejected } from './rejected-records.ts'
import type {
  LockRequest,
  MergeCounts,
  MergeRequest,
  Privilege,
  TableFacts,
  TargetSession,
} from './session.ts'
import { existingSqlite } from './sqlite-table.ts'
import {
  countSinceStatement,
  factsStatement,
  quoteFor,
  RUNS_TABLE,
  Statements,
  type WrittenTable,
} from './statements.ts'
import { lockedByExport, type TargetInput } from './target-input.ts'

const quote = quoteFor('sqlite')

/** How long a statement waits for another program that writes to the file. */
const BUSY_MS = 30_000
const CONSTRAINT = 19
const FULL = 13

/** @throws InvalidInputError for an invalid address or file, SideError where the file cannot be used */
export async function openSqliteTarget(input: TargetInput): Promise<TargetSession> {
  const address = parseSqliteAddress(input.address)
  if (address.table === undefined) throw noTable(address)
  // node:sqlite would create the file; it is created here so that a failure can remove it.
  const isNew = createFile(address)
  try {
    const database = new DatabaseSync(address.path, { timeout: BUSY_MS })
    return new SqliteSession(database, { address, table: address.table, isNew }, input)
  } catch (error) {
    throw writeError(error, address.file)
  }
}

function noTable({ file }: SqliteAddress): InvalidInputError {
  return new InvalidInputError('the address does not name the table to write to', {
    field: 'to',
    hint: `Such as sqlite:${file}#stores`,
  })
}

function createFile({ path, file }: SqliteAddress): boolean {
  try {
    const found = statSync(path, { throwIfNoEntry: false })
    if (found !== undefined) {
      if (!found.isFile()) throw new InvalidInputError(`${file} is not a regular file`)
      return false
    }
    closeSync(openSync(path, 'wx', 0o600))
    return true
  } catch (error) {
    throw writingError(error, file)
  }
}

interface Place {
  readonly address: SqliteAddress
  readonly table: string
  readonly isNew: boolean
}

class SqliteSession implements TargetSession {
  readonly kind = 'sqlite'
  readonly name: string
  readonly #database: DatabaseSync
  readonly #place: Place
  readonly #lockFolder: string
  readonly #table: WrittenTable
  #lock: Lock | undefined
  #statements: Statements
  #insert: StatementSync | undefined
  #columns: readonly PlannedColumn[] = []

  constructor(database: DatabaseSync, place: Place, { lockFolder }: TargetInput) {
    this.#database = database
    this.#place = place
    this.#lockFolder = lockFolder
    this.name = place.address.name
    const quoted = `main.${quote(place.table)}`
    const key = place.table.toLowerCase()
    this.#table = { kind: 'sqlite', quoted, runs: `main.${quote(RUNS_TABLE)}`, key }
    this.#statements = new Statements(this.#table, [])
  }

  async lock({ wait, signal, onWait }: LockRequest): Promise<void> {
    const { path } = this.#place.address
    const real = join(realpathSync(dirname(path)), basename(path))
    const hash = createHash('sha256').update(`${real}\n${this.#table.key}`).digest('hex')
    ensurePrivateFolder(this.#lockFolder)
    const file = join(this.#lockFolder, `target-${hash.slice(0, 32)}`)
    this.#lock = wait ? await takeLock(file, { signal, onWait }) : tryLock(file)
    if (this.#lock === undefined) throw lockedByExport(this.name)
  }

  async describe(_needs: readonly Privilege[]): Promise<ExistingTable | undefined> {
    return this.#do((database) => existingSqlite(database, this.#table.key, this.name))
  }

  addStatement(columns: readonly PlannedColumn[]): string {
    return this.#statements.addColumns(columns).join('; ')
  }

  async lastRun(updatedAt: string): Promise<{ state: string | undefined; facts: TableFacts }> {
    return this.#do((database) => {
      const exists = database
        .prepare('select 1 from main.sqlite_schema where name = ?')
        .get(RUNS_TABLE)
      const row =
        exists === undefined
          ? undefined
          : database
              .prepare(`select state from ${this.#table.runs} where target = ?`)
              .get(this.#table.key)
      return {
        state: row === undefined ? undefined : String(row.state),
        facts: this.#facts(updatedAt),
      }
    })
  }

  async countSince(updatedAt: string, instant: string): Promise<number> {
    const sql = countSinceStatement(this.#table, updatedAt, '?')
    return this.#do((database) => Number(database.prepare(sql).get(instant)?.n))
  }

  async stage({ columns }: TargetPlan): Promise<void> {
    this.#columns = columns
    this.#statements = new Statements(this.#table, columns)
    this.#do((database) => {
      database.exec(this.#statements.dropStage())
      database.exec(this.#statements.createStage())
      const places = columns.map(() => '?').join(', ')
      this.#insert = database.prepare(`${this.#statements.insertStage()}(${places})`)
    })
  }

  async add(rows: readonly (readonly Cell[])[]): Promise<void> {
    const insert = this.#insert
    this.#do((database) => {
      database.exec('begin')
      for (const row of rows) {
        insert?.run(...row.map((cell, index) => bound(cell, this.#columns[index]?.holder)))
      }
      database.exec('commit')
    })
  }

  async endStage(): Promise<void> {
    this.#do((database) => database.exec(this.#statements.prepareStage()))
  }

  async countDeletes(): Promise<number> {
    return this.#do((database) =>
      Number(database.prepare(this.#statements.countDeleted()).get()?.n),
    )
  }

  async merge(request: MergeRequest): Promise<MergeCounts> {
    try {
      return this.#do((database) => {
        database.exec('begin immediate')
        const counts = this.#change(request)
        if (request.dryRun) database.exec('rollback')
        else database.exec('commit')
        return counts
      })
    } catch (error) {
      throw await withRejected(error, (sql) => this.#rows(sql), this.#statements, request)
    }
  }

  /** A statement that is rejected leaves its transaction open. */
  async #rows(sql: string): Promise<unknown[][]> {
    try {
      return this.#database.prepare(sql).all().map(Object.values)
    } catch (error) {
      throw writeError(error, this.#place.address.file)
    }
  }

  #change({ plan, append, deletes, check, state }: MergeRequest): MergeCounts {
    const statements = this.#statements
    const run = (sql: string | undefined): number =>
      sql === undefined ? 0 : Number(this.#database.prepare(sql).run().changes)
    if (plan.isNew) run(statements.createTable(append === undefined))
    for (const sql of statements.addColumns(plan.added)) run(sql)
    const deleted = deletes ? run(statements.delete()) : 0
    const updated = append === undefined && !plan.isNew ? run(statements.update()) : 0
    const inserted = run(statements.insert(append ?? 'new'))
    check({ inserted, updated, deleted })
    if (state !== undefined) {
      const updatedAt = plan.columns.find(
        ({ source }) => 'field' in source && source.field === 'updatedAt',
      )
      this.#database.exec(
        `create table if not exists ${this.#table.runs} (target text primary key, state text not null)`,
      )
      this.#database
        .prepare(`insert or replace into ${this.#table.runs} values (?, ?)`)
        .run(this.#table.key, state(this.#facts(updatedAt?.name ?? '')))
    }
    return { inserted, updated, deleted }
  }

  #facts(updatedAt: string): TableFacts {
    const row = this.#database.prepare(factsStatement(this.#table, updatedAt)).get()
    return { rows: Number(row?.n), latest: row?.latest === null ? undefined : String(row?.latest) }
  }

  #do<T>(work: (database: DatabaseSync) => T): T {
    try {
      return work(this.#database)
    } catch (error) {
      if (this.#database.isOpen && this.#database.isTransaction) this.#database.exec('rollback')
      throw writeError(error, this.#place.address.file)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#database.isOpen) this.#database.close()
    const { isNew, address } = this.#place
    if (isNew && statSync(address.path, { throwIfNoEntry: false })?.size === 0) rmSync(address.path)
    this.#lock?.release()
  }
}

/** Numbers as numbers, so that a column without a type keeps them as such. */
function bound(cell: Cell, holder: Holder | undefined): SQLInputValue {
  if (cell === null) return null
  return holder?.holds === 'integer' || holder?.holds === 'boolean' ? BigInt(cell) : cell
}

function writeError(error: unknown, file: string): unknown {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0
  if (!(error instanceof Error)) return error
  if (code === CONSTRAINT) {
    return new SideError('SIDE_FAILED', `${file} rejects the records: ${error.message}`, {
      isAboutRow: true,
      cause: error,
    })
  }
  if (code === FULL) {
    return new SideError('SIDE_FAILED', `no space left for ${file}`, { cause: error })
  }
  return sqliteError(error, file)
}

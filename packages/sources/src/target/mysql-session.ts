/** Writes a table to a MySQL or MariaDB database. */
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { InvalidInputError } from '@chatlayer-tables/core'
import { databaseName } from '../database/database-address.ts'
import type { TableName } from '../database/table-name.ts'
import { MysqlConnection } from '../mysql/connection.ts'
import { mysqlAddress } from '../mysql/settings.ts'
import type { Cell } from './cells.ts'
import type { ExistingTable, PlannedColumn, TargetPlan } from './existing-table.ts'
import { existingMysql } from './mysql-table.ts'
import { ofCommit } from './outcome.ts'
import { withRejected } from './rejected-records.ts'
import type {
  LockRequest,
  MergeCounts,
  MergeRequest,
  Privilege,
  TableFacts,
  TargetSession,
} from './session.ts'
import {
  countSinceStatement,
  factsStatement,
  quoteFor,
  RUNS_TABLE,
  Statements,
  type WrittenTable,
} from './statements.ts'
import { lockedByExport, type TargetInput } from './target-input.ts'

const quote = quoteFor('mysql')

const LOCK_POLL_MS = 500
/** The size of an INSERT, in characters: far below the smallest usual max_allowed_packet, 16 MB. */
const MAX_STATEMENT = 512 * 1024

/**
 * Errors instead of changed values, whatever the server's default. Locks are waited for up to 30 s, and
 * the session may be idle while a slow gateway is read.
 */
const SESSION = [
  "set session sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
  "set session time_zone = '+00:00', wait_timeout = 86400, lock_wait_timeout = 30, innodb_lock_wait_timeout = 30",
  'set session transaction isolation level read committed',
]

/** @throws InvalidInputError for an invalid address, SideError when the server cannot be reached */
export async function openMysqlTarget(input: TargetInput): Promise<TargetSession> {
  const { env, secret, signal } = input
  const [address, settings] = mysqlAddress(input.address, env)
  const name = databaseName(address)
  if (address.table === undefined) {
    throw new InvalidInputError('the address does not name the table to write to', {
      field: 'to',
      hint: `Such as ${name}#stores`,
    })
  }
  const connection = await MysqlConnection.open({
    settings,
    context: { name },
    env,
    secret,
    signal,
  })
  try {
    for (const statement of SESSION) await connection.rows(statement)
    const [[database] = []] = await connection.rows('select database()')
    const schema = address.table.schema ?? database
    if (typeof schema !== 'string') {
      throw new InvalidInputError('the address does not name a database', {
        field: 'to',
        hint: 'Such as mysql://user@host/database#table',
      })
    }
    return new MysqlSession(connection, name, { schema, name: address.table.name }, signal)
  } catch (error) {
    connection.destroy()
    throw error
  }
}

class MysqlSession implements TargetSession {
  readonly kind = 'mysql'
  readonly name: string
  readonly #connection: MysqlConnection
  readonly #given: TableName & { readonly schema: string }
  readonly #table: WrittenTable
  readonly #signal: AbortSignal | undefined
  readonly #abort: () => void
  /** Rejects when the signal is aborted: statements in flight never end then. */
  readonly #aborted: Promise<never>
  #statements: Statements
  #columns: readonly PlannedColumn[] = []

  constructor(
    connection: MysqlConnection,
    name: string,
    given: TableName & { readonly schema: string },
    signal: AbortSignal | undefined,
  ) {
    this.#connection = connection
    this.name = name
    this.#given = given
    const schema = quote(given.schema)
    this.#table = {
      kind: 'mysql',
      quoted: `${schema}.${quote(given.name)}`,
      runs: `${schema}.${quote(RUNS_TABLE)}`,
      key: given.name,
    }
    this.#statements = new Statements(this.#table, [])
    this.#signal = signal
    const { promise, reject } = Promise.withResolvers<never>()
    promise.catch(() => undefined)
    this.#aborted = promise
    this.#abort = () => {
      connection.destroy()
      reject(signal?.reason)
    }
    signal?.addEventListener('abort', this.#abort)
  }

  async lock({ wait, onWait, signal }: LockRequest): Promise<void> {
    const { schema, name } = this.#given
    // Names of locks have up to 64 characters.
    const hash = createHash('sha256').update(`${schema}\n${name}`.toLowerCase()).digest('hex')
    let isWaiting = false
    for (;;) {
      const [[taken] = []] = await this.#run(`select get_lock(?, 0)`, [
        `chatlayer-tables-${hash.slice(0, 40)}`,
      ])
      if (Number(taken) === 1) return
      if (!wait) throw lockedByExport(this.name)
      if (!isWaiting) onWait?.()
      isWaiting = true
      await sleep(LOCK_POLL_MS, undefined, { signal })
    }
  }

  async describe(_needs: readonly Privilege[]): Promise<ExistingTable | undefined> {
    return await existingMysql(this.#connection, this.#given, this.name)
  }

  addStatement(columns: readonly PlannedColumn[]): string {
    return this.#statements.addColumns(columns).join('; ')
  }

  async lastRun(updatedAt: string): Promise<{ state: string | undefined; facts: TableFacts }> {
    const facts = await this.#facts(updatedAt)
    if (!(await this.#hasRuns())) return { state: undefined, facts }
    const { runs, key } = this.#table
    const [[state] = []] = await this.#run(`select state from ${runs} where target = ?`, [key])
    return { state: state === undefined ? undefined : String(state), facts }
  }

  async #hasRuns(): Promise<boolean> {
    const rows = await this.#run(
      'select 1 from information_schema.tables where table_schema = ? and table_name = ?',
      [this.#given.schema, RUNS_TABLE],
    )
    return rows.length > 0
  }

  async countSince(updatedAt: string, instant: string): Promise<number> {
    const sql = countSinceStatement(this.#table, updatedAt, '?')
    const [[count] = []] = await this.#run(sql, [instant.replace('T', ' ').slice(0, -1)])
    return Number(count)
  }

  async stage({ columns }: TargetPlan): Promise<void> {
    this.#columns = columns
    this.#statements = new Statements(this.#table, columns)
    // A temporary table belongs to a database, though only this session sees it.
    await this.#run(`use ${quote(this.#given.schema)}`)
    await this.#run(this.#statements.dropStage())
    await this.#run(this.#statements.createStage())
  }

  async add(rows: readonly (readonly Cell[])[]): Promise<void> {
    const begin = this.#statements.insertStage()
    let text = ''
    for (const row of rows) {
      text += `${text === '' ? begin : ','}(${row.map(literal).join(',')})`
      if (text.length < MAX_STATEMENT) continue
      await this.#run(text)
      text = ''
    }
    if (text !== '') await this.#run(text)
  }

  async endStage(): Promise<void> {
    await this.#run(this.#statements.prepareStage())
  }

  async countDeletes(): Promise<number> {
    const [[count] = []] = await this.#run(this.#statements.countDeleted())
    return Number(count)
  }

  async merge(request: MergeRequest): Promise<MergeCounts> {
    const { plan, append, dryRun } = request
    if (dryRun && (plan.isNew || plan.added.length > 0)) return await this.#foresee(plan)
    // These are transactions of their own in MySQL: a new table is empty for a moment.
    if (plan.isNew) await this.#run(this.#statements.createTable(append === undefined))
    for (const sql of this.#statements.addColumns(plan.added)) await this.#run(sql)
    if (request.state !== undefined && !(await this.#hasRuns())) {
      await this.#run(
        `create table ${this.#table.runs} (target varchar(191) character set utf8mb4 collate utf8mb4_bin primary key, state longtext not null)`,
      )
    }
    await this.#run('start transaction')
    try {
      const counts = await this.#change(request)
      if (dryRun) await this.#run('rollback')
      else await this.#commit()
      return counts
    } catch (error) {
      await this.#run('rollback').catch(() => undefined)
      const run = (sql: string) => this.#run(sql)
      const described = await withRejected(error, run, this.#statements, request)
      if (plan.isNew) await this.#run(`drop table ${this.#table.quoted}`).catch(() => undefined)
      throw described
    }
  }

  async #commit(): Promise<void> {
    try {
      await this.#run('commit')
    } catch (error) {
      throw ofCommit(error)
    }
  }

  /** What a merge would do that begins with a new table or column. */
  async #foresee({ isNew }: TargetPlan): Promise<MergeCounts> {
    const [[staged] = []] = await this.#run(`select count(*) from ${this.#statements.stage}`)
    if (isNew) return { inserted: Number(staged), updated: 0, deleted: 0 }
    throw new InvalidInputError('MySQL cannot show what would change while columns are missing', {
      field: 'dryRun',
      hint: `Add the columns first: ${this.addStatement(this.#columns)}`,
    })
  }

  async #change({ plan, append, deletes, check, state }: MergeRequest): Promise<MergeCounts> {
    const sql = this.#statements
    const deleted = deletes ? await this.#count(sql.delete()) : 0
    const update = append === undefined && !plan.isNew ? sql.update() : undefined
    const updated = update === undefined ? 0 : await this.#count(update)
    const inserted = await this.#count(sql.insert(append ?? 'new'))
    check({ inserted, updated, deleted })
    if (state !== undefined) {
      const dated = plan.columns.find(
        ({ source }) => 'field' in source && source.field === 'updatedAt',
      )
      const { runs, key } = this.#table
      const text = state(await this.#facts(dated?.name ?? ''))
      await this.#run(`replace into ${runs} (target, state) values (?, ?)`, [key, text])
    }
    return { inserted, updated, deleted }
  }

  async #facts(updatedAt: string): Promise<TableFacts> {
    const [[rows, latest] = []] = await this.#run(factsStatement(this.#table, updatedAt))
    return { rows: Number(rows), latest: latest == null ? undefined : String(latest) }
  }

  async #count(sql: string): Promise<number> {
    return await Promise.race([this.#connection.change(sql), this.#aborted])
  }

  async #run(sql: string, values: readonly string[] = []): Promise<unknown[][]> {
    return await Promise.race([this.#connection.rows(sql, values), this.#aborted])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#abort)
    await this.#connection[Symbol.asyncDispose]()
  }
}

function literal(cell: Cell): string {
  return cell === null ? 'null' : `'${cell.replace(/['\\]/g, '\\$&')}'`
}

/** Writes a table to a PostgreSQL database. */
import { setTimeout as sleep } from 'node:timers/promises'
import { InvalidInputError } from '@chatlayer-tables/core'
import { databaseName } from '../database/database-address.ts'
import type { TableName } from '../database/table-name.ts'
import { PostgresConnection, type TextRow } from '../postgres/connection.ts'
import { postgresAddress } from '../postgres/settings.ts'
import type { Cell } from './cells.ts'
import type { ExistingTable, PlannedColumn, TargetPlan } from './existing-table.ts'
import { ofCommit } from './outcome.ts'
import {
  checkOwner,
  describePostgres,
  existingPostgres,
  type FoundTable,
} from './postgres-table.ts'
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

const quote = quoteFor('postgres')

/** How long the merge waits for a lock that another session holds. */
const LOCK_TIMEOUT = '30s'
const LOCK_POLL_MS = 500

/** Settings of the session. Those that an older server does not have are skipped. */
const SETTINGS: Readonly<Record<string, string>> = {
  TimeZone: 'UTC',
  DateStyle: 'ISO, YMD',
  // Policies that hide rows are errors.
  row_security: 'off',
  lock_timeout: LOCK_TIMEOUT,
  statement_timeout: '0',
  // The session is idle while a slow gateway is read.
  idle_session_timeout: '0',
}

/** @throws InvalidInputError for an invalid address, SideError when the server cannot be reached */
export async function openPostgresTarget(input: TargetInput): Promise<TargetSession> {
  const { env, secret, signal } = input
  const [address, settings] = postgresAddress(input.address, env)
  const name = databaseName(address)
  if (address.table === undefined) {
    throw new InvalidInputError('the address does not name the table to write to', {
      field: 'to',
      hint: `Such as ${name}#stores`,
    })
  }
  const context = { name }
  const connection = await PostgresConnection.open({ settings, context, env, secret, signal })
  try {
    await connection.identify()
    await connection.rows(
      `select set_config(name, value, false) from pg_settings join json_each_text($1::json) s(key, value) on name = key`,
      [JSON.stringify(SETTINGS)],
    )
    return new PostgresSession(connection, name, address.table, signal)
  } catch (error) {
    await connection.cancel()
    throw error
  }
}

class PostgresSession implements TargetSession {
  readonly kind = 'postgres'
  readonly name: string
  readonly #connection: PostgresConnection
  readonly #given: TableName
  readonly #signal: AbortSignal | undefined
  readonly #abort: () => void
  #found: FoundTable | undefined
  #isNew = false
  #statements: Statements | undefined

  constructor(
    connection: PostgresConnection,
    name: string,
    table: TableName,
    signal: AbortSignal | undefined,
  ) {
    this.#connection = connection
    this.name = name
    this.#given = table
    this.#signal = signal
    this.#abort = () => void connection.cancel()
    signal?.addEventListener('abort', this.#abort)
  }

  async lock({ wait, onWait, signal }: LockRequest): Promise<void> {
    this.#found = await describePostgres(this.#connection, this.#given, this.name)
    const { schema, table } = this.#found
    const key = `chatlayer-tables ${JSON.stringify([schema, table])}`
    let isWaiting = false
    for (;;) {
      const [[taken] = []] = await this.#connection.rows(
        'select pg_try_advisory_lock(hashtextextended($1, 0))',
        [key],
      )
      if (taken === 't') return
      if (!wait) throw lockedByExport(this.name)
      if (!isWaiting) onWait?.()
      isWaiting = true
      await sleep(LOCK_POLL_MS, undefined, { signal })
    }
  }

  async describe(needs: readonly Privilege[]): Promise<ExistingTable | undefined> {
    // It may have been created while the lock was waited for.
    this.#found = await describePostgres(this.#connection, this.#given, this.name)
    this.#statements = new Statements(this.#table, [])
    return await existingPostgres(this.#connection, this.#found, this.name, needs)
  }

  get #table(): WrittenTable {
    const { schema, table } = this.#foundTable
    return {
      kind: 'postgres',
      quoted: `${quote(schema)}.${quote(table)}`,
      runs: `${quote(schema)}.${quote(RUNS_TABLE)}`,
      key: table,
    }
  }

  get #foundTable(): FoundTable {
    if (this.#found === undefined) throw new Error('not described yet')
    return this.#found
  }

  get #sql(): Statements {
    if (this.#statements === undefined) throw new Error('not described yet')
    return this.#statements
  }

  addStatement(columns: readonly PlannedColumn[]): string {
    return this.#sql.addColumns(columns).join('; ')
  }

  async lastRun(updatedAt: string): Promise<{ state: string | undefined; facts: TableFacts }> {
    const facts = await this.#facts(updatedAt)
    const { runs, key } = this.#table
    const [[exists] = []] = await this.#run('select to_regclass($1)', [runs])
    if (exists === null) return { state: undefined, facts }
    const [[state] = []] = await this.#run(`select state from ${runs} where target = $1`, [key])
    return { state: state ?? undefined, facts }
  }

  async countSince(updatedAt: string, instant: string): Promise<number> {
    const sql = countSinceStatement(this.#table, updatedAt, '$1')
    const [[count] = []] = await this.#run(sql, [instant])
    return Number(count)
  }

  async stage({ columns, isNew, added }: TargetPlan): Promise<void> {
    if (added.length > 0) await checkOwner(this.#connection, this.#foundTable.id, this.name)
    this.#isNew = isNew
    this.#statements = new Statements(this.#table, columns)
    await this.#run(this.#sql.dropStage())
    await this.#run(this.#sql.createStage())
  }

  async add(rows: readonly (readonly Cell[])[]): Promise<void> {
    await this.#connection.copyIn(`copy ${this.#sql.stage} from stdin`, copyText(rows))
  }

  async endStage(): Promise<void> {
    // Nothing is joined with a table that is created.
    if (!this.#isNew) await this.#run(this.#sql.prepareStage())
  }

  async countDeletes(): Promise<number> {
    const [[count] = []] = await this.#run(this.#sql.countDeleted())
    return Number(count)
  }

  async merge(request: MergeRequest): Promise<MergeCounts> {
    await this.#run('begin')
    try {
      const counts = await this.#change(request)
      if (request.dryRun) await this.#run('rollback')
      else await this.#commit()
      return counts
    } catch (error) {
      await this.#run('rollback').catch(() => undefined)
      throw await withRejected(error, (sql) => this.#run(sql), this.#sql, request)
    }
  }

  async #change({ plan, append, deletes, check, state }: MergeRequest): Promise<MergeCounts> {
    const sql = this.#sql
    if (plan.isNew) await this.#run(sql.createTable(false))
    else if (append === undefined) {
      // Readers go on; what others write waits, so that the counts are exact.
      await this.#run(`lock table ${this.#table.quoted} in share row exclusive mode`)
    }
    for (const statement of sql.addColumns(plan.added)) await this.#run(statement)
    const deleted = deletes ? await this.#count(sql.delete()) : 0
    const updated = append === undefined && !plan.isNew ? await this.#count(sql.update()) : 0
    const inserted = await this.#count(sql.insert(plan.isNew ? 'all' : (append ?? 'new')))
    // An index is built faster of all rows than row by row.
    if (plan.isNew && append === undefined) await this.#run(sql.addKey())
    check({ inserted, updated, deleted })
    if (state !== undefined) await this.#keep(state(await this.#facts(updatedAtOf(plan))))
    return { inserted, updated, deleted }
  }

  /** Stores the state of the run next to the table. */
  async #keep(state: string): Promise<void> {
    const { runs, key } = this.#table
    const [[exists] = []] = await this.#run('select to_regclass($1)', [runs])
    if (exists === null) {
      await this.#run(`create table ${runs} (target text primary key, state text not null)`)
    }
    await this.#run(
      `insert into ${runs} (target, state) values ($1, $2) on conflict (target) do update set state = excluded.state`,
      [key, state],
    )
  }

  async #commit(): Promise<void> {
    try {
      await this.#run('commit')
    } catch (error) {
      throw ofCommit(error)
    }
  }

  async #facts(updatedAt: string): Promise<TableFacts> {
    const [[rows, latest] = []] = await this.#run(factsStatement(this.#table, updatedAt))
    return { rows: Number(rows), latest: latest ?? undefined }
  }

  async #count(sql: string | undefined): Promise<number> {
    return sql === undefined ? 0 : await this.#connection.change(sql)
  }

  async #run(sql: string, values: readonly unknown[] = []): Promise<TextRow[]> {
    return await this.#connection.rows(sql, values)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#abort)
    await this.#connection[Symbol.asyncDispose]()
  }
}

function updatedAtOf({ columns }: TargetPlan): string {
  const column = columns.find(({ source }) => 'field' in source && source.field === 'updatedAt')
  return column?.name ?? ''
}

const SPECIAL = /[\\\n\r\t]/g
const ESCAPED: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

/** Rows in the text format of COPY. */
export function copyText(rows: readonly (readonly Cell[])[]): string {
  let text = ''
  for (const row of rows) {
    for (let index = 0; index < row.length; index += 1) {
      const cell = row[index]
      if (index > 0) text += '\t'
      if (cell === null || cell === undefined) text += '\\N'
      else text += cell.search(SPECIAL) === -1 ? cell : cell.replace(SPECIAL, escapeOf)
    }
    text += '\n'
  }
  return text
}

function escapeOf(character: string): string {
  return ESCAPED[character] ?? character
}

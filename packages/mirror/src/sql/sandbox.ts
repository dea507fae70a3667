/**
 * A separate process that runs queries and nothing else. Another thread cannot interrupt SQLite or limit
 * its memory; a process can be ended at any moment without other effects. It has no environment, opens
 * mirrors read-only, and lets SQLite prepare only what `access.ts` allows.
 */

import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { OWN_PREFIX, quoteName, quoteText } from '../names.ts'
import { typeOfDeclared } from '../shape.ts'
import type { SqlValue } from '../values.ts'
import { type Access, readingOnly, tableKey } from './access.ts'
import { compute } from './compute.ts'
import { failed, placeOf } from './failed.ts'
import { addFunctions } from './functions.ts'
import { noteJoinedTables } from './joined-tables.ts'
import { prepareSorted } from './prepare-sorted.ts'
import {
  CHANGED,
  type OutColumn,
  type OutValue,
  type PlanRequest,
  type Reply,
  type Request,
  type RunRequest,
  type RunSchema,
} from './protocol.ts'

/** Bytes of one value, and of the text of a query. */
const MAX_CELL_BYTES = 64 * 1024 * 1024
const MAX_SQL_BYTES = 256 * 1024
/** Rows and bytes of one message. */
const BATCH_ROWS = 1_000
const BATCH_BYTES = 1024 * 1024
/** How often the watchdog checks. */
const WATCH_MS = 10

interface Watched {
  readonly pid: number
  readonly parent: number
  readonly maxBytes: number
}

if (isMainThread) main()
else watch(workerData as Watched)

function main(): void {
  const maxBytes = Number(process.argv[2])
  const watched: Watched = { pid: process.pid, parent: process.ppid, maxBytes }
  const dog = new Worker(new URL(import.meta.url), { workerData: watched })
  dog.once('message', () => send({ kind: 'ready' }))
  // Without its watchdog the process runs no query; without a parent it ends.
  dog.once('exit', () => process.disconnect?.())
  dog.unref()
  process.on('message', (request: Request | { kind: 'more' }) => {
    if (request.kind === 'more') resume?.()
    else void handle(request)
  })
}

/** Ends the process when it uses too much memory, or when its parent has ended. */
function watch({ pid, parent, maxBytes }: Watched): void {
  const most = process.memoryUsage.rss() + maxBytes
  parentPort?.postMessage('watching')
  setInterval(() => {
    if (process.memoryUsage.rss() > most || process.ppid !== parent) process.kill(pid, 'SIGKILL')
  }, WATCH_MS)
}

function send(reply: Reply): void {
  process.send?.(reply)
}

let resume: (() => void) | undefined

function nextAsked(): Promise<void> {
  return new Promise((resolve) => {
    resume = resolve
  })
}

async function handle(request: Request): Promise<void> {
  let access: Access | undefined
  let db: DatabaseSync | undefined
  try {
    db = openNothing()
    if (request.kind === 'compute') return send(compute(db, request))
    access = readingOnly(allowedTables(request))
    if (request.kind === 'plan') plan(db, request, access)
    else await run(db, request, access)
  } catch (error) {
    const at = request.kind === 'compute' ? undefined : placeOf(db, request, error)
    send(failed(error, access, at))
  } finally {
    db?.close()
  }
}

function allowedTables(request: PlanRequest | RunRequest): Set<string> {
  return new Set(
    request.schemas.flatMap(({ name, tables }) => tables.map((table) => tableKey(name, table))),
  )
}

/** A connection to no file, with strict limits. */
function openNothing(): DatabaseSync {
  const db = new DatabaseSync(':memory:', {
    allowExtension: false,
    enableDoubleQuotedStringLiterals: false,
    limits: {
      length: MAX_CELL_BYTES,
      sqlLength: MAX_SQL_BYTES,
      exprDepth: 200,
      compoundSelect: 200,
      functionArg: 127,
      variableNumber: 2_000,
      likePatternLength: 10_000,
      vdbeOp: 1_000_000,
    },
  })
  if (typeof db.setAuthorizer !== 'function' || db.limits?.length !== MAX_CELL_BYTES) {
    throw new Error('this Node cannot limit what SQL does')
  }
  db.enableDefensive(true)
  // Sorting and grouping use memory, which the watchdog sees.
  db.exec('PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON')
  addFunctions(db)
  return db
}

function plan(db: DatabaseSync, request: PlanRequest, access: Access): void {
  for (const { name, create } of request.schemas) {
    db.exec(`ATTACH ':memory:' AS ${quoteName(name)}`)
    for (const statement of create) db.exec(statement)
  }
  db.exec('PRAGMA query_only = ON')
  db.setAuthorizer(access.authorize)
  const { sql } = prepareSorted(db, request.sql)
  const steps: string[] = []
  if (request.explain && !/^\s*explain\b/i.test(request.sql)) {
    const rows = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all()
    steps.push(...rows.map(({ detail }) => String(detail)))
  }
  noteJoinedTables(db, request, access)
  const reads = [...access.reads.values()].map((read) => ({
    ...read,
    columns: [...read.columns],
  }))
  send({ kind: 'planned', reads, steps })
}

async function run(db: DatabaseSync, request: RunRequest, access: Access): Promise<void> {
  for (const { name, file } of request.schemas) {
    const url = pathToFileURL(file)
    url.searchParams.set('mode', 'ro')
    db.exec(`ATTACH ${quoteText(url.href)} AS ${quoteName(name)}`)
  }
  db.exec('PRAGMA query_only = ON; PRAGMA cache_size = -32768; BEGIN')
  for (const schema of request.schemas) checkStates(db, schema)
  db.setAuthorizer(access.authorize)
  const { statement, written } = prepareSorted(db, request.sql)
  const columns = columnsOf(written)
  statement.setReturnArrays(true)
  statement.setReadBigInts(true)
  send({ kind: 'columns', columns })
  const toOut = columns.map(({ type }) => (type === 'bool' ? outBoolean : outValue))

  const { maxRows, maxBytes } = request
  let rows: OutValue[][] = []
  let batchBytes = 0
  let count = 0
  let bytes = 0
  let truncated: 'rows' | 'bytes' | undefined
  const flush = async (): Promise<void> => {
    if (rows.length === 0) return
    const asked = nextAsked()
    send({ kind: 'rows', rows })
    rows = []
    batchBytes = 0
    await asked
  }
  for (const cells of iterate(statement, request.params)) {
    if (count >= maxRows) {
      truncated = 'rows'
      break
    }
    const row = cells.map((cell, index) => (toOut[index] ?? outValue)(cell))
    const size = sizeOf(row)
    if (bytes + size > maxBytes) {
      truncated = 'bytes'
      break
    }
    rows.push(row)
    count += 1
    bytes += size
    batchBytes += size
    if (rows.length >= BATCH_ROWS || batchBytes >= BATCH_BYTES) await flush()
  }
  await flush()
  send({ kind: 'done', truncated })
}

/**
 * From here on the query reads its mirrors as they are now. Another process may have brought one up to
 * date, or changed its columns, since they were checked.
 */
function checkStates(db: DatabaseSync, { name, states }: RunSchema): void {
  for (const [id, state] of Object.entries(states)) {
    const sql = `SELECT state FROM ${quoteName(name)}.${OWN_PREFIX}_tables WHERE id = ?`
    if (db.prepare(sql).get(id)?.state !== state) throw new Error(CHANGED)
  }
}

type Cell = SqlValue | NodeJS.ArrayBufferView

/** With `setReturnArrays` rows are arrays, which the types of node:sqlite do not show. */
function* iterate(statement: StatementSync, params: RunRequest['params']): Generator<Cell[]> {
  const rows = isList(params) ? statement.iterate(...params) : statement.iterate({ ...params })
  for (const row of rows) yield Array.isArray(row) ? (row as Cell[]) : Object.values(row)
}

function isList(params: RunRequest['params']): params is readonly SqlValue[] {
  return Array.isArray(params)
}

function columnsOf(statement: StatementSync): OutColumn[] {
  return statement.columns().map(({ name, type }) => ({ name, type: typeOfDeclared(type) }))
}

function outBoolean(cell: Cell): OutValue {
  return cell === 0n || cell === 1n ? cell === 1n : outValue(cell)
}

/** Integers become numbers where these are exact; bytes become SQL literals. */
function outValue(cell: Cell): OutValue {
  if (typeof cell === 'bigint') {
    const number = Number(cell)
    return Number.isSafeInteger(number) ? number : cell
  }
  if (typeof cell === 'object' && cell !== null) {
    const { buffer, byteOffset, byteLength } = cell
    return `x'${Buffer.from(buffer, byteOffset, byteLength).toString('hex')}'`
  }
  return cell
}

function sizeOf(row: readonly OutValue[]): number {
  return row.reduce<number>((sum, cell) => sum + (typeof cell === 'string' ? cell.length : 8), 8)
}

/**
 * Evaluates expressions over records, in the process of `sandbox.ts`. A table in memory holds one record
 * at a time, so no expression can see another record, and there is no file.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { quoteName } from '../names.ts'
import type { SqlValue } from '../values.ts'
import { type Access, ALLOWED_FUNCTIONS, readingOnly, tableKey } from './access.ts'
import { failed, messageOf, placeOf } from './failed.ts'
import { prepareSorted } from './prepare-sorted.ts'
import { type ComputedCell, type ComputeRequest, RECORD_TABLE, type Reply } from './protocol.ts'

/** A preview shows the values that are written, so they must not differ each time. */
const FUNCTIONS = new Set(ALLOWED_FUNCTIONS)
for (const name of ['random', 'randomblob']) FUNCTIONS.delete(name)

/** SQLite's result code for a process without memory. */
const NO_MEMORY = 7

const RECORD = `main.${quoteName(RECORD_TABLE)}`

export function compute(db: DatabaseSync, request: ComputeRequest): Reply {
  const { create, alias, expressions, rows, maxBytes } = request
  db.exec(create)
  const key = tableKey('main', RECORD_TABLE)
  const access = readingOnly(new Set([key]), FUNCTIONS)
  db.setAuthorizer(access.authorize)
  const from = `FROM ${RECORD} AS ${quoteName(alias)}`
  const statements: StatementSync[] = []
  for (const [index, expression] of expressions.entries()) {
    const prepared = prepare(db, expression, from, access)
    if ('kind' in prepared) return { ...prepared, expression: index }
    statements.push(prepared)
  }
  const reads = [...(access.reads.get(key)?.columns ?? [])]
  // The expressions are prepared, and remain as they were checked. These two are not theirs.
  db.setAuthorizer(null)
  const places = (rows[0] ?? []).map(() => '?').join(', ')
  const insert =
    rows.length > 0 ? db.prepare(`INSERT INTO ${RECORD} VALUES (${places})`) : undefined
  const clear = db.prepare(`DELETE FROM ${RECORD}`)
  db.exec('BEGIN')
  let bytes = 0
  const computed = rows.map((row) => {
    insert?.run(...row)
    const cells = statements.map((statement) => evaluate(statement))
    clear.run()
    for (const cell of cells) bytes += sizeOf(cell)
    if (bytes > maxBytes) throw new Error('string or blob too big')
    return cells
  })
  return { kind: 'computed', reads, rows: computed }
}

type Failed = Extract<Reply, { kind: 'failed' }>

function prepare(
  db: DatabaseSync,
  { text, ends }: ComputeRequest['expressions'][number],
  from: string,
  access: Access,
): StatementSync | Failed {
  // The line break ends a comment.
  const start = 'SELECT ('
  const sql = `${start}${text}\n) ${from}`
  try {
    const { statement } = prepareSorted(db, sql)
    // A condition takes no aggregates and no window functions.
    db.prepare(`SELECT 1 ${from} WHERE (${text}\n)`)
    statement.setReadBigInts(true)
    statement.setReturnArrays(true)
    return statement
  } catch (error) {
    const places = ends.map((end) => end + start.length)
    return failed(error, access, placeOf(db, { sql, ends: places }, error))
  }
}

/** @throws for a process without memory */
function evaluate(statement: StatementSync): ComputedCell {
  try {
    const row: unknown = statement.get()
    const [cell] = row as [SqlValue | NodeJS.ArrayBufferView]
    return typeof cell === 'object' && cell !== null ? { reason: 'gives bytes' } : { value: cell }
  } catch (error) {
    const reply = failed(error, undefined, undefined)
    if (reply.code === NO_MEMORY) throw error
    return { reason: `fails: ${messageOf(error)}` }
  }
}

function sizeOf(cell: ComputedCell): number {
  const value = 'value' in cell ? cell.value : cell.reason
  return typeof value === 'string' ? value.length : 8
}

/** Rows of a statement as they arrive, with bounded memory. */
import type { Query } from 'mysql2'
import type { JsonText } from '../database/json-lines.ts'
import { rowEncoder } from '../database/row-encoder.ts'
import { SideError } from '../side-error.ts'
import type { MysqlConnection, Statement } from './connection.ts'
import { type ErrorContext, mysqlError } from './errors.ts'
import { type MysqlCell, type MysqlField, markJson, mysqlRule, readTextAsBytes } from './types.ts'

/** Rows that are handed on at once, and that are held until the server has to wait. */
const BATCH = 200

export interface StreamInput {
  readonly connection: MysqlConnection
  readonly statement: Statement
  /** Of the columns that were described. */
  readonly names: readonly string[]
  /** Names of text columns that hold JSON. */
  readonly checked: ReadonlySet<string>
  readonly context: ErrorContext
  readonly signal: AbortSignal | undefined
}

/** The rows as they arrive. The server waits while the reader of the rows is slower. */
export async function* streamRows({
  connection,
  statement,
  names,
  checked,
  context,
  signal,
}: StreamInput): AsyncGenerator<JsonText[][], void, undefined> {
  const query: Query = statement.execute([])
  let encode = rowEncoder<MysqlCell>([])
  query.on('fields', (fields: unknown) => {
    const found = fields as readonly MysqlField[]
    if (found.map(({ name }) => name).join('\0') !== names.join('\0')) {
      query.emit('error', new SideError('SIDE_FAILED', CHANGED, { isTransient: true }))
    }
    markJson(found, checked)
    encode = rowEncoder(
      found.map((field) => ({ name: field.name, encode: mysqlRule(field).encode ?? refuse })),
    )
    readTextAsBytes(found)
  })
  const stream = query.stream({ highWaterMark: 2 * BATCH })
  // The library tells a command that streams nothing of a connection that is lost, or closed by us.
  const closed = () => stream.destroy(Object.assign(new Error(), { code: 'ECONNRESET' }))
  connection.socket.once('close', closed)
  connection.isBusy = true
  try {
    let batch: JsonText[][] = []
    for await (const row of stream) {
      batch.push(encode(row as MysqlCell[]))
      if (batch.length < BATCH) continue
      yield batch
      batch = []
    }
    connection.isBusy = false
    yield batch
  } catch (error) {
    signal?.throwIfAborted()
    throw mysqlError(error, context)
  } finally {
    connection.socket.off('close', closed)
  }
}

const CHANGED = 'the columns of the table were changed while it was opened'

function refuse(): never {
  throw new Error('a column of bytes')
}

/** One reading of a table or a query: one transaction, which sees one snapshot. */
import { InvalidInputError } from '@chatlayer-tables/core'
import type { Query } from 'mysql2'
import { checkReads } from '../database/check-reads.ts'
import { type JsonText, jsonLines } from '../database/json-lines.ts'
import { noSuchTable } from '../database/no-such-table.ts'
import { checkQueryColumns } from '../database/query-columns.ts'
import { rowEncoder } from '../database/row-encoder.ts'
import { type TableName, tableNameText } from '../database/table-name.ts'
import type { SideColumn, SideReading } from '../side.ts'
import { SideError } from '../side-error.ts'
import { type ConnectInput, MysqlConnection, type Statement } from './connection.ts'
import { type ErrorContext, mysqlError } from './errors.ts'
import {
  declaredType,
  type MysqlCell,
  type MysqlField,
  mysqlRule,
  readTextAsBytes,
} from './types.ts'

export interface ReadingInput {
  readonly connect: ConnectInput
  readonly target: { readonly table: TableName | undefined } | { readonly query: string }
}

/** @throws InvalidInputError for a table, column or query that cannot be read, SideError */
export async function beginReading(input: ReadingInput): Promise<SideReading> {
  const { connect, target } = input
  const { signal } = connect
  const connection = await MysqlConnection.open(connect)
  const abort = () => connection.destroy()
  signal?.addEventListener('abort', abort)
  const end = async () => {
    signal?.removeEventListener('abort', abort)
    await connection[Symbol.asyncDispose]()
  }
  try {
    await connection.begin()
    const context = { ...connect.context, isQuery: 'query' in target }
    const statement = await prepareTarget(connection, input, context)
    const columns = describeColumns(statement.columns, target)
    return {
      format: 'ndjson',
      columns,
      count: undefined,
      notes: zonelessNote(statement.columns),
      async *bytes() {
        const names = columns.map(({ name }) => name)
        const rows = streamRows({ connection, statement, names, context, signal })
        yield* jsonLines(names, rows)
      },
      [Symbol.asyncDispose]: end,
    }
  } catch (error) {
    await end()
    signal?.throwIfAborted()
    throw error
  }
}

async function prepareTarget(
  connection: MysqlConnection,
  { connect, target }: ReadingInput,
  context: ErrorContext,
): Promise<Statement> {
  if ('query' in target) {
    checkReads(target.query)
    const statement = await connection.prepare(target.query, context)
    if (statement.parameters.length > 0) {
      throw new InvalidInputError('the query has parameters (?)', {
        field: 'query',
        hint: 'Write the values into the query, texts in single quotes.',
      })
    }
    return statement
  }
  const { table } = target
  const schema = table?.schema ?? connect.settings.database
  if (schema === undefined) {
    throw new InvalidInputError('the address names no database', {
      field: 'address',
      hint: `Such as mysql://user@host/database#table.`,
    })
  }
  if (table === undefined) throw noSuchTable(undefined, await listTables(connection, schema))
  try {
    return await connection.prepare(
      `select * from ${identifier(schema)}.${identifier(table.name)}`,
      context,
    )
  } catch (error) {
    if (!isMissingTable(error)) throw error
    throw noSuchTable(table, await listTables(connection, schema))
  }
}

/** ER_NO_SUCH_TABLE and ER_WRONG_TABLE_NAME, as `mysqlError` words them. */
function isMissingTable(error: unknown): boolean {
  return error instanceof Error && /\((?:1146|1103)\)$/.test(error.message)
}

async function listTables(connection: MysqlConnection, schema: string): Promise<string[]> {
  const rows = await connection.rows(
    'select table_name from information_schema.tables where table_schema = ? order by 1 limit 5000',
    [schema],
  )
  return rows.map(([name]) => tableNameText({ schema: undefined, name: String(name) }))
}

function identifier(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

/** @throws InvalidInputError for columns whose values no table keeps */
function describeColumns(
  fields: readonly MysqlField[],
  target: ReadingInput['target'],
): SideColumn[] {
  if ('query' in target) {
    checkQueryColumns(
      fields.map(({ name }) => name),
      (name) => name.trim() === '',
    )
  }
  const columns = fields.map((field) => ({
    name: field.name,
    type: mysqlRule(field).type,
    declared: declaredType(field),
  }))
  const refused = columns.filter((_, index) => {
    const field = fields[index]
    return field !== undefined && mysqlRule(field).encode === undefined
  })
  if (refused.length === 0) return columns
  const named = refused.map(({ name, declared }) => `"${name}" (${declared})`).join(', ')
  throw new InvalidInputError(`no table keeps bytes, which are in ${named}`, {
    field: refused[0]?.name ?? '',
    hint: 'Read the other columns with a query, or bytes as text: to_base64(photo) as photo.',
  })
}

function zonelessNote(fields: readonly MysqlField[]): string[] {
  const names = fields.flatMap(({ name, type }) => (type === DATETIME ? [`"${name}"`] : []))
  return names.length === 0
    ? []
    : [`datetime has no time zone, and is read as UTC: ${names.join(', ')}`]
}

const DATETIME = 12

/** Rows that are handed on at once, and that are held until the server has to wait. */
const BATCH = 200

interface StreamInput {
  readonly connection: MysqlConnection
  readonly statement: Statement
  /** Of the columns that were described. */
  readonly names: readonly string[]
  readonly context: ErrorContext
  readonly signal: AbortSignal | undefined
}

/** The rows as they arrive. The server waits while the reader of the rows is slower. */
async function* streamRows({
  connection,
  statement,
  names,
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

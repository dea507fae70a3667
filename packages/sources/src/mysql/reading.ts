/** One reading of a table or a query: one transaction, which sees one snapshot. */
import { InvalidInputError } from '@chatlayer-tables/core'
import { checkReads } from '../database/check-reads.ts'
import { jsonLines } from '../database/json-lines.ts'
import { noSuchTable } from '../database/no-such-table.ts'
import { checkQueryColumns, checkTableColumns, isBlank } from '../database/query-columns.ts'
import { type TableName, tableNameText } from '../database/table-name.ts'
import type { SideColumn, SideReading } from '../side.ts'
import { type ConnectInput, MysqlConnection, type Statement } from './connection.ts'
import type { ErrorContext } from './errors.ts'
import { streamRows } from './row-stream.ts'
import { declaredType, type MysqlField, markJson, mysqlRule } from './types.ts'

export interface ReadingInput {
  readonly connect: ConnectInput
  readonly target: { readonly table: TableName | undefined } | { readonly query: string }
}

/** @throws InvalidInputError for a table, column or query that cannot be read, SideError */
export async function beginReading(input: ReadingInput): Promise<SideReading> {
  const { connect, target } = input
  const { signal } = connect
  const connection = await MysqlConnection.open(connect)
  const abort = () => void connection.cancel()
  signal?.addEventListener('abort', abort)
  const end = async () => {
    signal?.removeEventListener('abort', abort)
    await connection[Symbol.asyncDispose]()
  }
  try {
    await connection.begin()
    const context = { ...connect.context, isQuery: 'query' in target }
    const { statement, checked } = await prepareTarget(connection, input, context)
    markJson(statement.columns, checked)
    const columns = describeColumns(statement.columns, target)
    return {
      format: 'ndjson',
      columns,
      count: undefined,
      notes: zonelessNote(statement.columns),
      async *bytes() {
        const names = columns.map(({ name }) => name)
        const rows = streamRows({ connection, statement, names, checked, context, signal })
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

interface Prepared {
  readonly statement: Statement
  /** Names of text columns that hold JSON. */
  readonly checked: ReadonlySet<string>
}

async function prepareTarget(
  connection: MysqlConnection,
  { connect, target }: ReadingInput,
  context: ErrorContext,
): Promise<Prepared> {
  if ('query' in target) {
    checkReads(target.query)
    const statement = await connection.prepare(target.query, context)
    if (statement.parameters.length > 0) {
      throw new InvalidInputError('the query has parameters (?)', {
        field: 'query',
        hint: 'Write the values into the query, texts in single quotes.',
      })
    }
    return { statement, checked: new Set() }
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
    const statement = await connection.prepare(
      `select * from ${identifier(schema)}.${identifier(table.name)}`,
      context,
    )
    const checked = await columnsOfJson(connection, schema, table.name)
    return { statement, checked }
  } catch (error) {
    if (!isMissingTable(error)) throw error
    throw noSuchTable(table, await listTables(connection, schema))
  }
}

/**
 * The text columns that a check of MySQL lets hold JSON only, as an export creates them. MariaDB describes
 * such columns as JSON itself. Older servers have no checks.
 */
async function columnsOfJson(
  connection: MysqlConnection,
  schema: string,
  table: string,
): Promise<ReadonlySet<string>> {
  const rows = await connection.rows(CHECKS, [schema, table]).catch(() => [])
  return new Set(
    rows.flatMap(([clause]) => {
      const name = /^\(?json_valid\(`((?:[^`]|``)+)`\)\)?$/i.exec(String(clause))?.[1]
      return name === undefined ? [] : [name.replaceAll('``', '`')]
    }),
  )
}

const CHECKS = `select c.check_clause from information_schema.table_constraints t
  join information_schema.check_constraints c
    on c.constraint_schema = t.constraint_schema and c.constraint_name = t.constraint_name
  where t.table_schema = ? and t.table_name = ? and t.constraint_type = 'CHECK'
    and version() not like '%mariadb%'`

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
  const names = fields.map(({ name }) => name)
  if ('query' in target) checkQueryColumns(names, isBlank)
  else if (target.table !== undefined) checkTableColumns(names, tableNameText(target.table))
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

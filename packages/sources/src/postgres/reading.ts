/** One reading of a table or a query: one transaction, which sees one snapshot. */
import { InvalidInputError } from '@chatlayer-tables/core'
import pg from 'pg'
import { checkReads } from '../database/check-reads.ts'
import { jsonLines } from '../database/json-lines.ts'
import { noSuchTable } from '../database/no-such-table.ts'
import { checkQueryColumns, checkTableColumns, isBlank } from '../database/query-columns.ts'
import type { EncodedColumn } from '../database/row-encoder.ts'
import { type TableName, tableNameText } from '../database/table-name.ts'
import type { SideColumn, SideReading } from '../side.ts'
import {
  type CatalogColumn,
  type CatalogTable,
  findTable,
  formatTypes,
  listTables,
  loadTypes,
  tableColumns,
} from './catalog.ts'
import type { ConnectInput } from './connect.ts'
import { PostgresConnection } from './connection.ts'
import type { ErrorContext } from './errors.ts'
import { streamRows } from './row-stream.ts'
import { type CatalogType, ruleOf } from './types.ts'

export interface ReadingInput {
  readonly connect: ConnectInput
  readonly target: { readonly table: TableName | undefined } | { readonly query: string }
  /** Whether the rows of a small table are counted. */
  readonly counts: boolean
}

export interface BegunReading extends AsyncDisposable {
  readonly reading: SideReading
  /** With its schema; undefined for a query. */
  readonly table: TableName | undefined
}

/**
 * Settings of the transaction. The text of values must not depend on those of a user or database. Limits of
 * time are for programs that wait: a reader may be slow.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  client_encoding: 'UTF8',
  DateStyle: 'ISO',
  IntervalStyle: 'iso_8601',
  TimeZone: 'UTC',
  extra_float_digits: '3',
  bytea_output: 'hex',
  quote_all_identifiers: 'off',
  // A large table is then read from its start, in the same order each time.
  synchronize_seqscans: 'off',
}

/** Kept where the user sets them, in the address or the environment. */
const LIMITS = ['statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout']

/** A larger table is not counted first: that would take a noticeable part of the time to read it. */
const MAX_COUNTED_BYTES = 128 * 1024 * 1024

/** @throws InvalidInputError for a table, column or query that cannot be read, SideError */
export async function beginReading(input: ReadingInput): Promise<BegunReading> {
  const { connect, target } = input
  const connection = await PostgresConnection.open(connect)
  const { signal } = connect
  const abort = () => void connection.cancel()
  signal?.addEventListener('abort', abort)
  try {
    await connection.rows('begin isolation level repeatable read, read only')
    await applySettings(connection)
    await connection.identify()
    const context = { ...connect.context, isQuery: 'query' in target }
    const described = await describe(connection, input, context)
    const { table, text, columns, count, notes } = described
    const names = columns.map(({ name }) => name)
    const types = await loadTypes(
      connection,
      columns.map(({ typeOid }) => typeOid),
    )
    const rules = streamColumns(columns, types)
    const reading: SideReading = {
      format: 'ndjson',
      columns: columns.map(
        ({ name, declared, typeOid }): SideColumn => ({
          name,
          declared,
          type: ruleOf(typeOid, types)?.type,
        }),
      ),
      count,
      notes,
      async *bytes() {
        try {
          const rows = streamRows({ connection, text, columns: rules, context, signal })
          yield* jsonLines(names, rows)
        } finally {
          await connection[Symbol.asyncDispose]()
        }
      },
      [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
    }
    return { reading, table, [Symbol.asyncDispose]: reading[Symbol.asyncDispose] }
  } catch (error) {
    await connection[Symbol.asyncDispose]()
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}

async function applySettings(connection: PostgresConnection): Promise<void> {
  const wanted = [...Object.entries(SETTINGS), ...LIMITS.map((name) => [name, '0'] as const)]
  // Older servers do not have all of them.
  await connection.rows(
    `select set_config(s.name, w.value, true)
     from unnest($1::text[], $2::text[]) w(name, value) join pg_settings s on s.name = w.name
     where not (s.source = 'client' and s.name = any ($3::text[]))`,
    [wanted.map(([name]) => name), wanted.map(([, value]) => value), LIMITS],
  )
}

interface Described {
  readonly table: TableName | undefined
  readonly text: string
  readonly columns: readonly CatalogColumn[]
  readonly count: number | undefined
  readonly notes: readonly string[]
}

async function describe(
  connection: PostgresConnection,
  { target, counts }: ReadingInput,
  context: ErrorContext,
): Promise<Described> {
  if ('query' in target) return await describeQuery(connection, target.query, context)
  if (target.table === undefined) throw noSuchTable(undefined, await listTables(connection))
  const table = await findTable(connection, target.table)
  const columns = await tableColumns(connection, table)
  if (columns.length === 0) {
    throw new InvalidInputError(`${tableNameText(table)} has no columns`, { field: 'address' })
  }
  checkTableColumns(
    columns.map(({ name }) => name),
    tableNameText(table),
  )
  const names = columns.map(({ name }) => pg.escapeIdentifier(name)).join(', ')
  const from = `${pg.escapeIdentifier(table.schema)}.${pg.escapeIdentifier(table.name)}`
  return {
    table: { schema: table.schema, name: table.name },
    text: `select ${names} from ${from}`,
    columns,
    count: counts ? await countRows(connection, table, from) : undefined,
    notes: table.hasPolicies
      ? [`row-level security: only rows of ${tableNameText(table)} that this user may see are read`]
      : [],
  }
}

async function countRows(
  connection: PostgresConnection,
  { size }: CatalogTable,
  from: string,
): Promise<number | undefined> {
  if (size === undefined || size > MAX_COUNTED_BYTES) return undefined
  const [[count] = []] = await connection.rows(`select count(*) from ${from}`)
  return Number(count)
}

const DECLARE = 'declare chatlayer_query no scroll cursor for '

/** A cursor takes one statement that reads and nothing else, and shows its columns without its rows. */
async function describeQuery(
  connection: PostgresConnection,
  query: string,
  context: ErrorContext,
): Promise<Described> {
  checkReads(query)
  await connection.fields(`${DECLARE}${query}`, { ...context, positionOffset: DECLARE.length })
  const fields = await connection.fields('fetch 0 from chatlayer_query', context)
  await connection.rows('close chatlayer_query')
  checkQueryColumns(
    fields.map(({ name }) => name),
    (name) => name === '?column?' || isBlank(name),
  )
  const declared = await formatTypes(
    connection,
    fields.map((field) => ({ oid: field.dataTypeID, modifier: field.dataTypeModifier })),
  )
  return {
    table: undefined,
    text: query,
    columns: fields.map((field, index) => ({
      name: field.name,
      typeOid: String(field.dataTypeID),
      declared: declared[index] ?? '',
    })),
    count: undefined,
    notes: [],
  }
}

/** @throws InvalidInputError for columns whose values no table keeps */
function streamColumns(
  columns: readonly CatalogColumn[],
  types: ReadonlyMap<string, CatalogType>,
): EncodedColumn<string | null>[] {
  const refused: CatalogColumn[] = []
  const found = columns.flatMap((column) => {
    const rule = ruleOf(column.typeOid, types)
    if (rule === undefined) refused.push(column)
    return rule === undefined ? [] : [{ name: column.name, encode: rule.encode }]
  })
  const [first] = refused
  if (first === undefined) return found
  const named = refused.map(({ name, declared }) => `"${name}" (${declared})`).join(', ')
  const name = pg.escapeIdentifier(first.name)
  throw new InvalidInputError(`no table keeps bytes, which are in ${named}`, {
    field: first.name,
    hint: `Read the other columns with a query, or bytes as text: encode(${name}, 'base64') as ${name}.`,
  })
}

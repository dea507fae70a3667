/** Mirrors of tables, and SQL over them. */
import type { Client } from '@chatlayer-tables/core'
import { BotSchemas, type MirrorsOptions } from './bot-schemas.ts'
import { Calculator } from './computed/calculator.ts'
import { SqlError } from './errors.ts'
import { type Held, namesOf, shapeNamed, sourceOf } from './held.ts'
import { DEFAULT_LIMITS, DEFAULT_MAX_MEMORY } from './limits.ts'
import {
  checkParameters,
  failure,
  onlyStatement,
  type Prepared,
  prepareQuery,
  replaceFiles,
} from './prepare.ts'
import { pullWhole } from './pull.ts'
import { QueryFiles } from './query-files.ts'
import { FILES, type QuerySchema } from './query-names.ts'
import { bringUpToDate, bringUpToDateAgain, type PullOptions, sourceFor } from './query-reads.ts'
import type {
  QueryOptions,
  QueryPlan,
  QueryResult,
  QueryResultFacts,
  QuerySource,
  RowHandlers,
  SqlTable,
} from './query-types.ts'
import { refresh } from './refresh.ts'
import type { Source } from './source.ts'
import { Engine, QueryFailure } from './sql/engine.ts'
import { suspectsOf } from './sql/messages.ts'
import {
  CHANGED,
  type OutColumn,
  type OutValue,
  type RunRequest,
  type RunSchema,
} from './sql/protocol.ts'
import { requireAuthorizer } from './sql/require-authorizer.ts'
import { fileReferences } from './sql/rewrite.ts'
import { tokenize } from './sql/tokens.ts'
import type { MirrorState } from './state.ts'

/** How often a query is started again because another process changed a mirror before it was read. */
const MAX_ATTEMPTS = 10

/** Mirrors of tables, and SQL over them. Close it when done, or declare it with `using`. */
export function openMirrors(options: MirrorsOptions): Mirrors {
  return new Mirrors(options)
}

export class Mirrors {
  readonly #options: MirrorsOptions
  readonly #engine: Engine
  readonly #schemas: BotSchemas
  /** Computes values of records, in the process that runs queries. */
  readonly calculator: Calculator

  /** @internal */
  constructor(options: MirrorsOptions) {
    this.#options = options
    this.#schemas = new BotSchemas(options)
    this.#engine = new Engine({ maxMemory: options.maxMemory ?? DEFAULT_MAX_MEMORY })
    this.calculator = new Calculator(this.#engine)
  }

  /**
   * Reads a table as a whole into its mirror.
   *
   * @throws NotFoundError, the errors of a request, the reason of the caller's abort
   */
  async pull(client: Client, table: string, options: PullOptions = {}): Promise<QuerySource> {
    return this.#bring(client, table, options, pullWhole)
  }

  /** Reads the changes of a table into its mirror; the whole table where changes cannot be determined. */
  async refresh(client: Client, table: string, options: PullOptions = {}): Promise<QuerySource> {
    return this.#bring(client, table, options, refresh)
  }

  /**
   * Runs a query.
   *
   * @throws SqlError for a query that is not run, SqlLimitError for one that was stopped,
   *   NoMirrorError; the errors of a request, the reason of the caller's abort
   */
  async query(sql: string, options: QueryOptions): Promise<QueryResult> {
    const rows: (readonly OutValue[])[] = []
    const facts = await this.each(sql, options, {
      rows: (batch) => {
        rows.push(...batch)
      },
    })
    return { ...facts, rows }
  }

  /** Runs a query and passes its rows on in batches; the next is fetched when the handler is done. */
  async each(sql: string, options: QueryOptions, handlers: RowHandlers): Promise<QueryResultFacts> {
    using files = new QueryFiles(this.#options.folder)
    const prepared = await this.#prepare(sql, options, files, false)
    checkParameters(sql, prepared.tokens, options.params ?? [])
    let held = await bringUpToDate(this.#schemas, prepared.reads, options)
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#run(prepared, held, options, handlers)
      } catch (error) {
        if (!(error instanceof QueryFailure)) throw error
        const isChanged = error.reply.message === CHANGED && attempt < MAX_ATTEMPTS
        if (!isChanged) throw failure(error, prepared.sql, prepared.schemas)
      }
      held = await bringUpToDateAgain(this.#schemas, prepared.reads, options)
    }
  }

  async #run(
    prepared: Prepared,
    held: readonly Held[],
    options: QueryOptions,
    handlers: RowHandlers,
  ): Promise<QueryResultFacts> {
    const { timeMs, ...most } = { ...DEFAULT_LIMITS, ...options.limits }
    let columns: readonly OutColumn[] = []
    const request: RunRequest = {
      kind: 'run',
      sql: prepared.sql,
      schemas: runSchemas(prepared, held, (schema) => this.#schemas.path(schema)),
      params: options.params ?? [],
      ...most,
      ends: suspectsOf(tokenize(prepared.sql)).map(({ end }) => end),
    }
    const taking = {
      rows: handlers.rows,
      columns: async (found: readonly OutColumn[]) => {
        columns = found
        await handlers.columns?.(found)
      },
    }
    const truncated = await this.#engine.run(request, taking, { timeMs, signal: options.signal })
    const sources = held.flatMap(({ source }) => (source === undefined ? [] : [source]))
    return { columns, truncated, sources, notices: held.flatMap(({ notices }) => notices) }
  }

  /** Describes what a query reads, and how. @throws like `query` */
  async explain(sql: string, options: QueryOptions): Promise<QueryPlan> {
    using files = new QueryFiles(this.#options.folder)
    const { reads, steps } = await this.#prepare(sql, options, files, true)
    const sources = reads.flatMap(({ schema, name }) => {
      if (schema.kind === 'files') return []
      const shape = shapeNamed(schema, name)
      const state = this.#schemas.file(schema).state(shape.tableId)
      const held = state && { asOf: state.asOf, complete: state.complete, records: state.records }
      return [{ ...namesOf(schema, shape), held }]
    })
    return { sources, steps }
  }

  /** The tables that queries can name, and their columns. */
  async tables(options: Pick<QueryOptions, 'connect' | 'fresh' | 'signal'>): Promise<SqlTable[]> {
    const schemas = await this.#schemas.defaults(options)
    return schemas.flatMap(({ name: schema, shapes }) =>
      shapes.map(({ name, table, columns }) => ({
        schema,
        name,
        table,
        columns: columns.map((column) => ({ name: column.name, type: column.type })),
      })),
    )
  }

  /** Ends running queries and closes the files. */
  close(): void {
    this.#engine.close()
    this.#schemas.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async #prepare(
    sql: string,
    options: QueryOptions,
    files: QueryFiles,
    explain: boolean,
  ): Promise<Prepared> {
    requireAuthorizer()
    const { signal } = options
    const tokens = onlyStatement(sql)
    const names = await files.load(fileReferences(tokens), options)
    const schemas: QuerySchema[] = [...(await this.#schemas.defaults(options))]
    const file = files.file
    if (file !== undefined) {
      schemas.push({ kind: 'files', name: FILES, path: file.path, tables: file.tables })
    }
    return prepareQuery(sql, tokens, replaceFiles(tokens, names), {
      engine: this.#engine,
      schemas,
      schemaOf: (name) => this.#schemas.ofProfile(name, options),
      explain,
      signal,
    })
  }

  async #bring(
    client: Client,
    table: string,
    options: PullOptions,
    how: (source: Source) => Promise<MirrorState>,
  ): Promise<QuerySource> {
    const { version = client.connection.version, signal } = options
    const schema = await this.#schemas.ofClient({ client, version }, { signal })
    const { id } = await client.tables.definition(table)
    const shape = schema.shapes.find(({ tableId }) => tableId === id)
    if (shape === undefined) {
      throw new SqlError(`"${table}" may not be read`, { kind: 'refused' })
    }
    return sourceOf(schema, await how(sourceFor(this.#schemas, schema, shape, options)))
  }
}

/** The schemas whose tables are read, in the order of name resolution. */
function runSchemas(
  { reads, schemas }: Prepared,
  held: readonly Held[],
  pathOf: (schema: QuerySchema) => string,
): RunSchema[] {
  return schemas.flatMap((schema) => {
    const own = reads.map((read, index) => ({ ...read, state: held[index]?.state }))
    const read = own.filter((one) => one.schema === schema)
    if (read.length === 0) return []
    const states = read.flatMap(({ state }) =>
      state === undefined ? [] : [[state.shape.tableId, JSON.stringify(state)]],
    )
    return [
      {
        name: schema.name,
        file: pathOf(schema),
        tables: read.map(({ name }) => name),
        states: Object.fromEntries(states),
      },
    ]
  })
}

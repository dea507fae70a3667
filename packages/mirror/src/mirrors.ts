import { join } from 'node:path'
import type { CallOptions, Client, Table, Version } from '@chatlayer-tables/core'
import { botFolder, listTables } from './catalog.ts'
import { NoMirrorError, SqlError } from './errors.ts'
import type { Freshness } from './freshness.ts'
import {
  describeHeld,
  type Held,
  isFreshEnough,
  namesOf,
  roundedNotices,
  shapeNamed,
  sourceOf,
} from './held.ts'
import { DEFAULT_LIMITS, DEFAULT_MAX_MEMORY } from './limits.ts'
import {
  checkParameters,
  failure,
  onlyStatement,
  type Prepared,
  type PreparedRead,
  prepareQuery,
  replaceFiles,
} from './prepare.ts'
import { pullWhole } from './pull.ts'
import { QueryFiles } from './query-files.ts'
import {
  type BotSchema,
  FILES,
  type MirrorConnection,
  parseSchemaName,
  type QuerySchema,
  schemaName,
} from './query-names.ts'
import type {
  Answer,
  AnswerFacts,
  QueryOptions,
  QueryPlan,
  QuerySource,
  RowHandlers,
  SqlTable,
} from './query-types.ts'
import { refresh } from './refresh.ts'
import { type Shape, shapesOf, type Visibility } from './shape.ts'
import type { Source } from './source.ts'
import { Engine, Failed } from './sql/engine.ts'
import { suspectsOf } from './sql/messages.ts'
import {
  CHANGED,
  type OutColumn,
  type OutValue,
  type RunRequest,
  type RunSchema,
} from './sql/protocol.ts'
import { fileReferences } from './sql/rewrite.ts'
import { tokenize } from './sql/tokens.ts'
import type { MirrorState } from './state.ts'
import { MirrorFile } from './store.ts'

/** So often a query is begun anew because another process changed what it was about to read. */
const MAX_ATTEMPTS = 10

export interface MirrorsOptions {
  /** Where the mirrors are kept. What is in it is readable by its owner alone. */
  readonly folder: string
  /**
   * What may be seen. What is hidden is never brought here, so that no query can reach it. Mirrors
   * of another `view` are apart: give one to each set of rules.
   */
  readonly visible?: Visibility | undefined
  /** Names the rules of `visible`. */
  readonly view?: string | undefined
  /** What one query may take of memory, in bytes; 512 MiB when left out. */
  readonly maxMemory?: number | undefined
}

export type PullOptions = CallOptions & {
  readonly version?: Version | undefined
  readonly onRecords?: ((records: number) => void) | undefined
}

/** Mirrors of tables, and SQL over them. Close it when done, or declare it with `using`. */
export function openMirrors(options: MirrorsOptions): Mirrors {
  return new Mirrors(options)
}

export class Mirrors {
  readonly #options: MirrorsOptions
  readonly #engine: Engine
  readonly #files = new Map<string, MirrorFile>()

  /** @internal */
  constructor(options: MirrorsOptions) {
    this.#options = options
    this.#engine = new Engine({ maxMemory: options.maxMemory ?? DEFAULT_MAX_MEMORY })
  }

  /**
   * Reads a table as a whole into its mirror.
   *
   * @throws NotFoundError, the errors of a request, the reason of the caller's abort
   */
  async pull(client: Client, table: string, options: PullOptions = {}): Promise<QuerySource> {
    return this.#bring(client, table, options, pullWhole)
  }

  /** Brings into a table's mirror what changed; everything where there is none, or in doubt. */
  async refresh(client: Client, table: string, options: PullOptions = {}): Promise<QuerySource> {
    return this.#bring(client, table, options, refresh)
  }

  /**
   * Answers a query.
   *
   * @throws SqlError for a query that is not run, SqlLimitError for one that was stopped,
   *   NoMirrorError; the errors of a request, the reason of the caller's abort
   */
  async query(sql: string, options: QueryOptions): Promise<Answer> {
    const rows: (readonly OutValue[])[] = []
    const facts = await this.each(sql, options, {
      rows: (batch) => {
        rows.push(...batch)
      },
    })
    return { ...facts, rows }
  }

  /** Answers a query row by row, in batches; the next is fetched when the handler is done. */
  async each(sql: string, options: QueryOptions, handlers: RowHandlers): Promise<AnswerFacts> {
    using files = new QueryFiles(this.#options.folder)
    const prepared = await this.#prepare(sql, options, files, false)
    checkParameters(sql, prepared.tokens, options.params ?? [])
    let held = await Promise.all(prepared.reads.map((read) => this.#hold(read, options)))
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#run(prepared, held, options, handlers)
      } catch (error) {
        if (!(error instanceof Failed)) throw error
        const isChanged = error.reply.message === CHANGED && attempt < MAX_ATTEMPTS
        if (!isChanged) throw failure(error, prepared.sql, prepared.schemas)
      }
      held = await Promise.all(prepared.reads.map((read) => this.#holdAgain(read, options)))
    }
  }

  async #run(
    prepared: Prepared,
    held: readonly Held[],
    options: QueryOptions,
    handlers: RowHandlers,
  ): Promise<AnswerFacts> {
    const { timeMs, ...most } = { ...DEFAULT_LIMITS, ...options.limits }
    let columns: readonly OutColumn[] = []
    const request: RunRequest = {
      kind: 'run',
      sql: prepared.sql,
      schemas: runSchemas(prepared, held, (schema) => this.#path(schema)),
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

  /** Tells what a query reads, and how. @throws like `query` */
  async explain(sql: string, options: QueryOptions): Promise<QueryPlan> {
    using files = new QueryFiles(this.#options.folder)
    const { reads, steps } = await this.#prepare(sql, options, files, true)
    const sources = reads.flatMap(({ schema, name }) => {
      if (schema.kind === 'files') return []
      const shape = shapeNamed(schema, name)
      const state = this.#file(schema).state(shape.tableId)
      const held = state && { asOf: state.asOf, complete: state.complete, records: state.records }
      return [{ ...namesOf(schema, shape), held }]
    })
    return { sources, steps }
  }

  /** The tables that queries can name, and their columns. */
  async tables(options: Pick<QueryOptions, 'connect' | 'fresh' | 'signal'>): Promise<SqlTable[]> {
    const schemas = await this.#defaultSchemas(options)
    return schemas.flatMap(({ name: schema, shapes }) =>
      shapes.map(({ name, table, columns }) => ({
        schema,
        name,
        table,
        columns: columns.map((column) => ({ name: column.name, type: column.type })),
      })),
    )
  }

  /** Ends what runs, and lets go of the files. */
  close(): void {
    this.#engine.close()
    for (const file of this.#files.values()) file.close()
    this.#files.clear()
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
    const schemas: QuerySchema[] = [...(await this.#defaultSchemas(options))]
    const file = files.file
    if (file !== undefined) {
      schemas.push({ kind: 'files', name: FILES, path: file.path, tables: file.tables })
    }
    return prepareQuery(sql, tokens, replaceFiles(tokens, names), {
      engine: this.#engine,
      schemas,
      schemaOf: (name) => this.#profileSchema(name, options),
      explain,
      signal,
    })
  }

  /** The version that is meant when none is said comes first. */
  async #defaultSchemas(
    options: Pick<QueryOptions, 'connect' | 'fresh' | 'signal'>,
  ): Promise<BotSchema[]> {
    const connection = await options.connect(undefined)
    if (connection === undefined) return []
    const tables = await this.#tablesOf(connection, options)
    const versions: Version[] =
      connection.version === 'LIVE' ? ['LIVE', 'DRAFT'] : ['DRAFT', 'LIVE']
    return versions.map((version) =>
      this.#schema(schemaName(undefined, version), undefined, version, connection, tables),
    )
  }

  async #profileSchema(name: string, options: QueryOptions): Promise<BotSchema | undefined> {
    const { profile, version: said } = parseSchemaName(name)
    const connection = await options.connect(profile)
    if (connection === undefined) return undefined
    const tables = await this.#tablesOf(connection, options)
    const version = said ?? connection.version
    return this.#schema(name, profile, version, connection, tables)
  }

  #tablesOf(
    { client }: MirrorConnection,
    { fresh = 'always', signal }: Pick<QueryOptions, 'fresh' | 'signal'>,
  ): Promise<readonly Table[]> {
    return listTables(botFolder(this.#options.folder, client), client, fresh, signal)
  }

  #schema(
    name: string,
    profile: string | undefined,
    version: Version,
    connection: MirrorConnection,
    tables: readonly Table[],
  ): BotSchema {
    const folder = botFolder(this.#options.folder, connection.client)
    const shapes = shapesOf(tables, this.#options.visible)
    return { kind: 'bot', name, profile, version, connection, folder, tables, shapes }
  }

  #path(schema: QuerySchema): string {
    if (schema.kind === 'files') return schema.path
    const { visible, view = visible === undefined ? 'all' : 'some' } = this.#options
    const readable = view.replace(/[^\w-]/g, (sign) => `%${sign.codePointAt(0)?.toString(16)}`)
    return join(schema.folder, `${readable}.${schema.version.toLowerCase()}.db`)
  }

  #file(schema: BotSchema): MirrorFile {
    const path = this.#path(schema)
    let file = this.#files.get(path)
    if (file === undefined) {
      file = new MirrorFile(path)
      this.#files.set(path, file)
    }
    return file
  }

  /** Sees to it that a table is held, and as fresh as it is wanted. */
  async #hold(read: PreparedRead, options: QueryOptions): Promise<Held> {
    const { schema, name, columns } = read
    if (schema.kind === 'files') {
      const table = schema.tables.find((held) => held.name === name)
      return {
        source: undefined,
        state: undefined,
        notices: roundedNotices(`${FILES}.${name}`, table?.rounded ?? {}, columns),
      }
    }
    const shape = shapeNamed(schema, name)
    const file = this.#file(schema)
    const { fresh = 'always', signal, onProgress } = options
    const held = file.state(shape.tableId)
    const state = isFreshEnough(held, shape, fresh)
      ? held
      : await this.#refreshOrThrow(schema, shape, fresh, {
          signal,
          onRecords: onProgress && ((records) => onProgress(shape.table, records)),
        })
    return describeHeld(schema, state, columns)
  }

  /** What another process has made of a mirror since it was looked at. */
  async #holdAgain(read: PreparedRead, options: QueryOptions): Promise<Held> {
    const { schema, name, columns } = read
    if (schema.kind === 'files') return this.#hold(read, options)
    const shape = shapeNamed(schema, name)
    const state = this.#file(schema).state(shape.tableId)
    const isUsable = isFreshEnough(state, shape, 'never')
    return isUsable ? describeHeld(schema, state, columns) : this.#hold(read, options)
  }

  async #refreshOrThrow(
    schema: BotSchema,
    shape: Shape,
    fresh: Freshness,
    call: PullOptions,
  ): Promise<MirrorState> {
    if (fresh === 'never') {
      throw new NoMirrorError(`"${shape.table}" (${schema.version}) was never read`, {
        hint: 'Query once with another freshness than "never".',
      })
    }
    const state = await refresh(this.#source(schema, shape, call))
    this.#file(schema).keepOnly(new Set(schema.tables.map(({ id }) => id)))
    return state
  }

  #source(schema: BotSchema, shape: Shape, { signal, timeoutMs, onRecords }: PullOptions): Source {
    const { client } = schema.connection
    return {
      client,
      handle: client.table(shape.tableId, { version: schema.version }),
      shape,
      file: this.#file(schema),
      call: { signal, timeoutMs },
      onRecords,
    }
  }

  async #bring(
    client: Client,
    table: string,
    options: PullOptions,
    how: (source: Source) => Promise<MirrorState>,
  ): Promise<QuerySource> {
    const { version = client.connection.version, signal } = options
    const connection = { client, version }
    const tables = await this.#tablesOf(connection, { signal })
    const { id } = await client.tables.definition(table)
    const schema = this.#schema(
      schemaName(undefined, version),
      undefined,
      version,
      connection,
      tables,
    )
    const shape = schema.shapes.find(({ tableId }) => tableId === id)
    if (shape === undefined)
      throw new SqlError(`"${table}" may not be read`, { trouble: 'refused' })
    const state = await how(this.#source(schema, shape, options))
    return sourceOf(schema, state)
  }
}

/** The schemas whose tables are read, in the order in which names are looked for. */
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

/** Without it nothing would keep a query from doing more than reading. */
function requireAuthorizer(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 24 || (major === 24 && minor >= 15)) return
  throw new SqlError(`SQL needs Node 24.15 or newer; this is ${process.versions.node}`, {
    trouble: 'refused',
    hint: 'Older releases cannot bound what a query may do.',
  })
}

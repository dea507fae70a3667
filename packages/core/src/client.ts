import { isDeepStrictEqual } from 'node:util'
import {
  type Customer,
  Dialect,
  type DialectInput,
  VERSIONS,
  type Version,
} from '@chatlayer-tables/contract'
import type * as z from 'zod'
import {
  ANYTHING,
  CALL,
  COUNT,
  checkOptions,
  objectWith,
  oneOf,
  type Rules,
  TEXT,
  wholeNumber,
} from './check-options.ts'
import { type Connection, type ConnectionOptions, resolveConnection } from './connection.ts'
import { ConfigurationError, InvalidInputError } from './errors.ts'
import { showAs } from './inspect.ts'
import { PROBE, type ProbeOptions, type ProbeReport, probe } from './probe/probe.ts'
import { DEFAULT_MAX_ATTEMPTS } from './send/retry-policy.ts'
import {
  type ClientStats,
  createSender,
  SENDING,
  type Sender,
  type SendingOptions,
} from './send/sender.ts'
import { TableHandle } from './table.ts'
import { Tables } from './tables.ts'
import type { CallOptions } from './types.ts'
import { nearest } from './values/nearest.ts'
import { createGatewayClock, type GatewayMoment } from './write/clock.ts'
import { createInsertLedger } from './write/ledger.ts'
import type { WriteListener } from './write/listener.ts'
import type { WriteContext } from './write/write-context.ts'

/** Everything but the connection is optional. */
export interface ClientOptions extends ConnectionOptions, SendingOptions {
  /** Settings of the dialect, from a probe or set by hand (default: careful ones). */
  readonly dialect?: DialectInput | undefined
  /** Called before and after every write, with the record before the change. */
  readonly onWrite?: WriteListener | undefined
}

const CLIENT: Rules<Partial<ClientOptions>> = {
  ...SENDING,
  // Checked with the rest of the connection, which may come from the environment.
  token: ANYTHING,
  region: ANYTHING,
  baseUrl: ANYTHING,
  teamId: ANYTHING,
  botId: ANYTHING,
  version: ANYTHING,
  dialect: ANYTHING,
  onWrite: objectWith('before', 'after'),
}

/**
 * A client for the tables of one bot. It holds a pool of connections: close it when done, or
 * declare it with `await using`.
 *
 * @throws ConfigurationError for a connection or dialect that is missing or malformed
 * @throws InvalidInputError for an option that is unknown or of another type; nothing is sent
 */
export function createClient(options: ClientOptions): Client {
  return new Client(options)
}

/** The tables of one bot over one set of connections. Made by {@link createClient}. */
export class Client {
  readonly connection: Connection
  readonly tables: Tables
  readonly customers: Customers
  /** What the handles of all tables share. */
  readonly #shared: Omit<WriteContext, 'table' | 'version' | 'definition'>
  #dialect: Dialect

  static {
    showAs(Client, (client: Client) => {
      const { origin, teamId, botId, version } = client.connection
      return { gateway: origin, teamId, botId, version, dialect: changedSettings(client.#dialect) }
    })
  }

  constructor(options: ClientOptions) {
    const checked = checkOptions<Partial<ClientOptions>>(options, 'createClient', CLIENT)
    const { dialect, onWrite, token, region, baseUrl, teamId, botId, version, ...sending } = checked
    const { connection, authorization } = resolveConnection({
      token,
      region,
      baseUrl,
      teamId,
      botId,
      version,
    })
    const clock = createGatewayClock()
    const sender = createSender({
      ...sending,
      connection,
      authorization,
      noteDate: clock.noteDate,
    })
    this.connection = connection
    this.#dialect = parseDialect(dialect)
    this.#shared = {
      sender,
      dialect: () => this.#dialect,
      clock,
      ledger: createInsertLedger(),
      idFilters: new Map(),
      changes: { areShown: false },
      altered: new Map(),
      listener: onWrite,
      maxSends: checked.maxAttempts ?? DEFAULT_MAX_ATTEMPTS,
    }
    this.tables = new Tables(sender)
    this.customers = new Customers(sender)
  }

  /** The effective dialect: the defaults, the options, and what a probe has learned. */
  get dialect(): Dialect {
    return this.#dialect
  }

  /**
   * A table by its name or id. Nothing is sent until the handle is used. With a zod schema of its
   * values, records are validated on the way in and out, and typed by it.
   */
  table(nameOrId: string, options?: TableOptions): TableHandle
  table<S extends z.ZodObject>(nameOrId: string, schema: S, options?: TableOptions): TableHandle<S>
  table(
    nameOrId: string,
    schemaOrOptions?: z.ZodObject | TableOptions,
    options: TableOptions = {},
  ): TableHandle {
    const schema = isSchema(schemaOrOptions) ? schemaOrOptions : undefined
    const passed = isSchema(schemaOrOptions) ? options : schemaOrOptions
    const { version = this.connection.version } = checkOptions(passed, 'table', TABLE)
    return new TableHandle(this.#context(checkName(nameOrId), version), schema)
  }

  /** The gateway's time now, as far as its responses of the last minute or two show it. */
  gatewayMoment(): GatewayMoment | undefined {
    return this.#shared.clock.moment()
  }

  /**
   * The gateway's clock minus ours, in milliseconds, by recent Date headers: at most that, to a
   * second.
   */
  clockOffsetMs(): number | undefined {
    return this.#shared.clock.offsetMs()
  }

  /** Requests and waits since the client was made. */
  stats(): ClientStats {
    return this.#shared.sender.stats()
  }

  /**
   * Takes over settings that an earlier probe of the same gateway has learned.
   *
   * @throws ConfigurationError for an unknown setting or an invalid value
   */
  useDialect(dialect: DialectInput): void {
    this.#dialect = parseDialect({ ...this.#dialect, ...dialect })
  }

  /**
   * Learns the dialect from the gateway by reads alone; with `scratchTable` also by writes to that
   * table, which it reverts. This client uses the result from then on. It is a plain object that a
   * profile can keep.
   */
  async probe(options: ProbeOptions = {}): Promise<ProbeReport> {
    checkOptions(options, 'probe', PROBE)
    const report = await probe(
      {
        dialect: this.#dialect,
        tables: this.tables,
        contextOf: (tableId) => this.#context(tableId, this.connection.version),
      },
      options,
    )
    this.#dialect = parseDialect({ ...this.#dialect, ...report.dialect })
    return report
  }

  /** Waits for requests in flight, then closes the connections. */
  close(): Promise<void> {
    return this.#shared.sender.close()
  }

  #context(nameOrId: string, version: Version): WriteContext {
    const definition = (call?: CallOptions) => this.tables.find(nameOrId, call)
    return { ...this.#shared, table: nameOrId, version, definition }
  }

  /** Closes the client at the end of an `await using` declaration. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** Options of `client.table`; the version is the client's by default. */
export interface TableOptions {
  readonly version?: Version | undefined
}

const TABLE: Rules<TableOptions> = { version: oneOf(VERSIONS) }

/** Which customers to list. */
export interface CustomerPage {
  /** 0 to 100 (default: 20). */
  readonly limit?: number | undefined
  /** From 1 (default: 1). */
  readonly page?: number | undefined
}

const CUSTOMER_PAGE: Rules<CustomerPage> = { limit: COUNT, page: wholeNumber(1) }

/** The customers (contacts) of the team. Read-only: the API has no more. */
export class Customers {
  readonly #sender: Sender

  /** @internal */
  constructor(sender: Sender) {
    this.#sender = sender
  }

  /** One page. */
  async list(
    query: CustomerPage = {},
    call: CallOptions = {},
  ): Promise<{ customers: readonly Customer[]; total: number | undefined }> {
    const { limit, page } = checkOptions(query, 'customers.list', CUSTOMER_PAGE)
    checkOptions(call, 'customers.list', CALL)
    const input = { params: {}, query: { limit, page } }
    const { body } = await this.#sender.send('listCustomers', input, call)
    return { customers: body.data, total: body.meta?.total }
  }
}

function checkName(nameOrId: string): string {
  if (TEXT.test(nameOrId)) return nameOrId
  throw new InvalidInputError(`the name or id of a table must be ${TEXT.expected}`, {
    field: 'table',
  })
}

function isSchema(value: z.ZodObject | TableOptions | undefined): value is z.ZodObject {
  return typeof value === 'object' && value !== null && 'safeParse' in value
}

/** The settings that differ from the defaults. */
function changedSettings(dialect: Dialect): Partial<Dialect> {
  const defaults: Readonly<Record<string, unknown>> = Dialect.parse({})
  const changed = Object.entries(dialect).filter(
    ([name, value]) => !isDeepStrictEqual(value, defaults[name]),
  )
  return Object.fromEntries(changed)
}

const DIALECT_HINT = 'See the documentation of the dialect for its settings.'

function parseDialect(input: DialectInput | undefined): Dialect {
  const parsed = Dialect.safeParse(input ?? {})
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const [unknown] = issue?.code === 'unrecognized_keys' ? issue.keys : []
  if (unknown !== undefined) {
    const near = nearest(unknown, Object.keys(Dialect.shape))
    throw new ConfigurationError(`invalid dialect: there is no setting "${unknown}"`, {
      hint: near === undefined ? DIALECT_HINT : `Did you mean "${near}"?`,
    })
  }
  throw new ConfigurationError(
    `invalid dialect at ${issue?.path.join('.') || 'the top level'}: ${issue?.message ?? 'invalid'}`,
    { hint: DIALECT_HINT },
  )
}

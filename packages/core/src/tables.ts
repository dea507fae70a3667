/** Tables by name or id; definitions are read once and kept for a while. */
import type { Table } from '@chatlayer-tables/contract'
import { CALL, checkOptions } from './check-options.ts'
import { InvalidInputError, NotFoundError } from './errors.ts'
import type { Sender, SendOptions } from './send/sender.ts'
import type { CallOptions } from './types.ts'
import { nearest } from './values/nearest.ts'

/** Definitions are read again after this time, because columns can change in the web app. */
const KEPT_MS = 60_000
const LISTED = 20

/** The tables of a bot: `client.tables`. */
export class Tables {
  readonly #sender: Sender
  readonly #now: () => number
  #kept: { readonly tables: readonly Table[]; readonly at: number } | undefined
  /** A read in progress, shared by all callers that need definitions. */
  #reading: Promise<readonly Table[]> | undefined

  /** @internal */
  constructor(sender: Sender, now: () => number = Date.now) {
    this.#sender = sender
    this.#now = now
  }

  /** Reads all tables of the bot. */
  async list(call: CallOptions = {}): Promise<readonly Table[]> {
    return await this.read(checkOptions(call, 'tables.list', CALL))
  }

  /** @internal `list` with options of a request. */
  async read(call: SendOptions): Promise<readonly Table[]> {
    const at = this.#now()
    const { body } = await this.#sender.send('listTables', { params: {}, query: {} }, call)
    this.#kept = { tables: body.data, at }
    return body.data
  }

  /**
   * Reads the table of that name or id. A name takes precedence over an id.
   *
   * @throws NotFoundError with the nearest table; InvalidInputError when several have the name
   */
  async get(nameOrId: string, call: CallOptions = {}): Promise<Table> {
    return pick(await this.read(checkOptions(call, 'tables.get', CALL)), nameOrId)
  }

  /** Reads the table of that id. @throws NotFoundError on the gateway's 404 */
  async getById(tableId: string, call: CallOptions = {}): Promise<Table> {
    checkOptions(call, 'tables.getById', CALL)
    const { body } = await this.#sender.send('getTable', { params: { tableId }, query: {} }, call)
    return body.data
  }

  /** Like {@link get}, from a definition that is at most a minute old. */
  async definition(nameOrId: string, call: CallOptions = {}): Promise<Table> {
    return await this.find(nameOrId, checkOptions(call, 'tables.definition', CALL))
  }

  /** @internal `definition` with options of a request. */
  async find(nameOrId: string, call: SendOptions = {}): Promise<Table> {
    const kept = this.#kept
    const age = kept === undefined ? Number.POSITIVE_INFINITY : this.#now() - kept.at
    if (kept !== undefined && age >= 0 && age < KEPT_MS) {
      const isKnown = kept.tables.some(({ name, id }) => name === nameOrId || id === nameOrId)
      if (isKnown) return pick(kept.tables, nameOrId)
    }
    // All callers share one read, unless one of them may abort it.
    if (call.signal !== undefined || call.timeoutMs !== undefined) {
      return pick(await this.read(call), nameOrId)
    }
    this.#reading ??= this.read({}).finally(() => {
      this.#reading = undefined
    })
    return pick(await this.#reading, nameOrId)
  }
}

function pick(tables: readonly Table[], nameOrId: string): Table {
  const named = tables.filter((table) => table.name === nameOrId)
  if (named.length > 1) {
    throw new InvalidInputError(`${named.length} tables are named "${nameOrId}"`, {
      field: 'table',
      hint: `Pass the id of one: ${named.map((table) => table.id).join(', ')}.`,
    })
  }
  const table = named[0] ?? tables.find(({ id }) => id === nameOrId)
  if (table !== undefined) return table
  const names = tables.map(({ name }) => name)
  const near = nearest(nameOrId, names)
  const listed = names.slice(0, LISTED).join(', ') + (names.length > LISTED ? ', …' : '')
  throw new NotFoundError(`the bot has no table "${nameOrId}"`, {
    hint:
      near !== undefined
        ? `Did you mean "${near}"?`
        : names.length > 0
          ? `Its tables: ${listed}.`
          : 'It has no tables that this token can see; create one in the web app.',
  })
}

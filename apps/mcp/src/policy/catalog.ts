import { type Client, nearest } from '@chatlayer-tables/core'
import { unlessAborted } from '../call/unless-aborted.ts'
import type { Logger } from '../logger.ts'
import { ToolError } from '../result/tool-error.ts'
import type { Settings } from '../settings.ts'
import { unmatchedEntries, type VisibleTable, visibleTables } from './policy.ts'

/** An older list is read again. Slightly less than the client caches definitions. */
const MAX_AGE_MS = 55_000
const MAX_LISTED = 20

interface CachedList {
  /** Names of all tables, including hidden ones. */
  readonly names: ReadonlySet<string>
  readonly visible: readonly VisibleTable[]
  /** By the monotonic clock: setting the system clock back must not keep a list alive. */
  readonly at: number
}

/** A read of the list that is in progress. */
interface Reading {
  readonly list: Promise<CachedList>
  readonly stop: AbortController
  /** The number of calls that wait for it. */
  waiting: number
}

/** The tables as the tools see them, read once for all calls and cached. */
export class Catalog {
  readonly #client: Client
  readonly #settings: Settings
  readonly #log: Logger
  #cached: CachedList | undefined
  #reading: Reading | undefined

  constructor(client: Client, settings: Settings, log: Logger) {
    this.#client = client
    this.#settings = settings
    this.#log = log
  }

  /** All visible tables, read again. @throws the reason of an abort */
  async list(signal: AbortSignal): Promise<readonly VisibleTable[]> {
    return (await this.#read(signal)).visible
  }

  /**
   * The visible table with that name or id; a name takes precedence.
   *
   * @throws ToolError naming the nearest visible table; the reason of an abort
   */
  async find(nameOrId: string, signal: AbortSignal): Promise<VisibleTable> {
    const cached = this.#fresh
    const known = cached && pick(cached, nameOrId)
    if (known !== undefined) return known
    const read = await this.#read(signal)
    const found = pick(read, nameOrId)
    if (found !== undefined) return found
    throw notFound(
      nameOrId,
      read.visible.map(({ table }) => table.name),
    )
  }

  /** All visible tables, from a list at most a minute old. @throws the reason of an abort */
  async visible(signal: AbortSignal): Promise<readonly VisibleTable[]> {
    return (this.#fresh ?? (await this.#read(signal))).visible
  }

  /** The visible table with that id from the last list, however old. */
  known(id: string): VisibleTable | undefined {
    return this.#cached?.visible.find(({ table }) => table.id === id)
  }

  /** The names of hidden columns, from the last list. */
  get hiddenNames(): readonly string[] {
    return (this.#cached?.visible ?? []).flatMap(({ hidden }) => [...hidden])
  }

  get #fresh(): CachedList | undefined {
    const cached = this.#cached
    return cached !== undefined && performance.now() - cached.at < MAX_AGE_MS ? cached : undefined
  }

  /** One read for all calls that wait. It is aborted when none of them waits any more. */
  async #read(signal: AbortSignal): Promise<CachedList> {
    this.#reading ??= this.#start()
    const reading = this.#reading
    reading.waiting += 1
    try {
      return await unlessAborted(reading.list, signal)
    } finally {
      reading.waiting -= 1
      if (reading.waiting === 0) {
        if (this.#reading === reading) this.#reading = undefined
        reading.stop.abort()
      }
    }
  }

  #start(): Reading {
    const stop = new AbortController()
    const reading: Reading = { list: this.#list(stop.signal), stop, waiting: 0 }
    const forget = () => {
      if (this.#reading === reading) this.#reading = undefined
    }
    reading.list.then(forget, forget)
    return reading
  }

  async #list(signal: AbortSignal): Promise<CachedList> {
    const at = performance.now()
    const all = await this.#client.tables.list({ signal })
    const unmatched = unmatchedEntries(all, this.#settings)
    if (unmatched.length > 0) {
      this.#log.error(
        `unknown table or column: ${unmatched.join(', ')} (--tables, --hide-columns, --mask-columns)`,
      )
      throw new ToolError(
        'CONFIGURATION',
        'An option of this server names an unknown table or column.',
        { hint: 'Ask the operator to fix the option; the log of the server (stderr) names it.' },
      )
    }
    const names = new Set(all.map(({ name }) => name))
    this.#cached = { names, visible: visibleTables(all, this.#settings), at }
    return this.#cached
  }
}

function pick({ visible, names }: CachedList, nameOrId: string): VisibleTable | undefined {
  const named = visible.filter(({ table }) => table.name === nameOrId)
  if (named.length > 1) {
    throw new ToolError('INVALID_INPUT', `${named.length} tables are named "${nameOrId}".`, {
      field: 'table',
      hint: `Pass the id of one: ${named.map(({ table }) => table.id).join(', ')}.`,
    })
  }
  const found = named[0] ?? visible.find(({ table }) => table.id === nameOrId)
  // The client prefers names over ids, so the id must not be the name of another table.
  if (found === undefined || found.table.name === found.table.id) return found
  return names.has(found.table.id) ? undefined : found
}

function notFound(nameOrId: string, names: readonly string[]): ToolError {
  const near = nearest(nameOrId, names)
  const listed = names.slice(0, MAX_LISTED).join(', ') + (names.length > MAX_LISTED ? ', …' : '')
  return new ToolError('NOT_FOUND', `There is no table "${nameOrId}".`, {
    field: 'table',
    hint:
      near !== undefined
        ? `Did you mean "${near}"?`
        : names.length > 0
          ? `Tables: ${listed}.`
          : 'This server shows no tables.',
  })
}

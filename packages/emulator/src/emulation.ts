/** The emulator's state, without any socket. */
import { randomUUID } from 'node:crypto'
import { Dialect, type DialectInput, type Version } from '@chatlayer-tables/contract'
import { keptVersion } from './actions.ts'
import { type CustomerDefinition, type Customers, makeCustomers } from './customers.ts'
import { EmulatorError } from './errors.ts'
import { FaultBox } from './fault-box.ts'
import type { FaultInput } from './faults.ts'
import type { HandlerContext } from './handlers.ts'
import { makeRandom, type Random } from './prng.ts'
import { RequestLog } from './request-log.ts'
import { type SeedRecord, seedAssignments } from './seed-values.ts'
import { Store } from './store.ts'
import { type ColumnDefinition, TableDefinition, type TableInfo } from './tables.ts'

/** A table to create at the start. */
export interface TableSeed {
  readonly name: string
  readonly description?: string | undefined
  readonly columns: readonly ColumnDefinition[]
  /** Records by column name; an omitted column is null. */
  readonly records?: Iterable<SeedRecord> | undefined
  /** The version to store the records in (default: DRAFT). */
  readonly version?: Version | undefined
}

export interface EmulationOptions {
  readonly storage: string
  readonly teamId: string | undefined
  readonly botId: string | undefined
  readonly dialect: DialectInput
  readonly faults: readonly FaultInput[]
  readonly faultSeed: number
  readonly tables: readonly TableSeed[]
  readonly customers: readonly CustomerDefinition[]
  readonly clock: () => Date
}

export class Emulation {
  readonly store: Store
  readonly faults: FaultBox
  readonly requests = new RequestLog()
  readonly teamId: string
  readonly botId: string
  readonly clock: () => Date
  readonly #options: EmulationOptions
  readonly #seeds: readonly TableSeed[]
  readonly #shuffle: Random
  /** A seeded table keeps its id through a reset. */
  readonly #ids = new Map<string, string>()
  #dialect: Dialect
  #customers: Customers

  constructor(options: EmulationOptions) {
    this.#options = options
    // A reset needs them again, and an iterable may be readable only once.
    this.#seeds = options.tables.map((seed) => ({ ...seed, records: [...(seed.records ?? [])] }))
    this.clock = options.clock
    this.#dialect = Dialect.parse(options.dialect)
    this.faults = new FaultBox(options.faultSeed)
    this.faults.set(options.faults)
    this.#shuffle = makeRandom(options.faultSeed)
    this.#customers = makeCustomers(options.customers, options.clock())
    this.store = new Store(options.storage)
    try {
      this.teamId = this.#lasting('team', options.teamId)
      this.botId = this.#lasting('bot', options.botId)
      this.#plant()
    } catch (error) {
      this.store.close()
      throw error
    }
  }

  #lasting(name: string, given: string | undefined): string {
    if (given !== undefined) this.store.setFact(name, given)
    return this.store.fact(name, () => randomUUID().replaceAll('-', '').slice(0, 24))
  }

  get dialect(): Dialect {
    return this.#dialect
  }

  /** Omitted settings keep their values. @throws ZodError */
  setDialect(settings: DialectInput): void {
    this.#dialect = Dialect.parse({ ...this.#dialect, ...settings })
  }

  /** Restores the seeds and the dialect of the start, without faults and with an empty log. */
  reset(): void {
    this.store.transaction(() => {
      for (const table of this.store.tables()) this.store.dropTable(table)
    })
    this.#dialect = Dialect.parse(this.#options.dialect)
    this.#customers = makeCustomers(this.#options.customers, this.clock())
    this.faults.clear()
    this.requests.clear()
    this.#plant()
  }

  /** A table that is in the storage file already is left unchanged. */
  #plant(): void {
    for (const seed of this.#seeds) {
      const table =
        this.store.tableNamed(seed.name) ?? this.createTable(seed, this.#ids.get(seed.name))
      this.#ids.set(seed.name, table.id)
    }
  }

  /** @throws EmulatorError, ZodError */
  createTable(seed: TableSeed, id?: string): TableInfo {
    const { records, version, ...rest } = seed
    const definition = TableDefinition.parse(rest)
    return this.store.transaction(() => {
      const table = this.store.createTable(definition, id)
      if (records !== undefined) this.insert(table, records, version)
      return table
    })
  }

  /** Returns the new records' ids. @throws EmulatorError */
  insert(table: TableInfo, records: Iterable<SeedRecord>, version: Version = 'DRAFT'): string[] {
    const now = this.now()
    const into = keptVersion(this.#dialect, version)
    return this.store.transaction(() =>
      Array.from(records, (record) => {
        return this.store.insert(table, into, seedAssignments(table, record), now).id
      }),
    )
  }

  /** By name or id. @throws EmulatorError */
  tableOf(nameOrId: string): TableInfo {
    const table = this.store.tableNamed(nameOrId) ?? this.store.table(nameOrId)
    if (table === undefined) throw new EmulatorError(`there is no table "${nameOrId}"`)
    return table
  }

  now(): bigint {
    return BigInt(this.clock().getTime()) * 1000n
  }

  /** The context of a handler. */
  handlerContext(unstableOrder: boolean): HandlerContext {
    const shuffled = unstableOrder || this.#dialect.pageOrder === 'unstable'
    return {
      store: this.store,
      dialect: this.#dialect,
      now: this.now(),
      shuffle: shuffled ? 1 + Math.floor(this.#shuffle() * 2 ** 30) : undefined,
      botId: this.botId,
      customers: this.#customers,
    }
  }
}

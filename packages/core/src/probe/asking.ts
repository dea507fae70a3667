/** Requests of a probe: single actions and pages, without the planner. A rejection is a result. */
import {
  DATA_PAGE,
  type Filter,
  recordsOf,
  selectAction,
  type Table,
  type TableAction,
  VERSIONS,
  type Version,
  type WireRecord,
} from '@chatlayer-tables/contract'
import { GatewayError, RejectedError } from '../errors.ts'
import type { SendOptions } from '../send/sender.ts'
import type { TableContext } from '../table-context.ts'
import { performAction } from '../write/perform.ts'
import type { Trail } from './trail.ts'

export interface ReadResult {
  readonly records: readonly WireRecord[]
  readonly total: number | undefined
}

/** The result, or `refused` where the gateway rejected the request (400 and the like). */
export type ProbeResult = ReadResult | 'refused'

export class Asking {
  readonly table: Table
  readonly #context: TableContext
  readonly #call: SendOptions
  readonly #trail: Trail

  constructor(context: TableContext, table: Table, call: SendOptions, trail: Trail) {
    this.#context = context
    this.table = table
    this.#call = { ...call, onExchange: trail.onExchange }
    this.#trail = trail
  }

  get trail(): Trail {
    return this.#trail
  }

  get version(): Version {
    return this.#context.version
  }

  /** The same table in the other version. */
  inOtherVersion(): Asking {
    const version = VERSIONS.find((one) => one !== this.version) ?? this.version
    return new Asking({ ...this.#context, version }, this.table, this.#call, this.#trail)
  }

  /** The first records that match filters, one more than any question expects. */
  select(filters: readonly Filter[], limit = 4): Promise<ProbeResult> {
    return this.perform(selectAction({ filters, skip: 0, limit }), true)
  }

  /** The ids of the matching records; undefined when the filter is rejected. */
  async find(...filters: readonly Filter[]): Promise<readonly string[] | undefined> {
    const result = await this.select(filters)
    return result === 'refused' ? undefined : result.records.map(({ id }) => id)
  }

  async page(offset: number, limit: number = DATA_PAGE.max): Promise<ReadResult> {
    this.#trail.requests++
    const query = { version: this.#context.version, limit, offset }
    const input = { params: { tableId: this.table.id }, query }
    const { body } = await this.#context.sender.send('getTableData', input, this.#call)
    return { records: body.data, total: body.meta?.total }
  }

  /** Reads the definition of a table, of this one unless another id is given. */
  async definition(tableId: string = this.table.id): Promise<void> {
    this.#trail.requests++
    await this.#context.sender.send('getTable', { params: { tableId }, query: {} }, this.#call)
  }

  async customers(limit: number): Promise<void> {
    this.#trail.requests++
    await this.#context.sender.send('listCustomers', { params: {}, query: { limit } }, this.#call)
  }

  /** @throws ChatlayerError for any error but a rejection */
  async perform(action: TableAction, repeatable = false): Promise<ProbeResult> {
    this.#trail.requests++
    try {
      const call = { ...this.#call, repeatable }
      const { body } = await performAction(this.#context, this.table, action, call)
      return { records: recordsOf(body), total: body.meta?.total }
    } catch (error) {
      if (isRefusal(error)) return 'refused'
      throw error
    }
  }
}

/**
 * A 500 that persists after retries means that the gateway cannot handle the request: a rejection,
 * for a probe.
 */
function isRefusal(error: unknown): boolean {
  return error instanceof RejectedError || (error instanceof GatewayError && error.status === 500)
}

/** Whether exactly the records of these ids were found, in any order. */
export function areExactly(found: readonly string[] | undefined, ids: readonly string[]): boolean {
  return found?.length === ids.length && ids.every((id) => found.includes(id))
}

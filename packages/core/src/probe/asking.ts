/** How a probe asks: raw actions and pages, below the planner, with refusals as answers. */
import {
  DATA_PAGE,
  type Filter,
  recordsOf,
  selectAction,
  type Table,
  type TableAction,
  type WireRecord,
} from '@chatlayer-tables/contract'
import { GatewayError, RejectedError } from '../errors.ts'
import type { TableContext } from '../table-context.ts'
import type { CallOptions } from '../types.ts'

export interface Answer {
  readonly records: readonly WireRecord[]
  readonly total: number | undefined
}

/** An answer, or `refused` where the gateway said no to what was asked (400 and the like). */
export type Asked = Answer | 'refused'

export class Asking {
  readonly table: Table
  readonly #context: TableContext
  readonly #call: CallOptions
  requests = 0

  constructor(context: TableContext, table: Table, call: CallOptions) {
    this.#context = context
    this.table = table
    this.#call = call
  }

  select(filters: readonly Filter[], limit: number = DATA_PAGE.max): Promise<Asked> {
    return this.perform(selectAction({ filters, skip: 0, limit }), true)
  }

  async page(offset: number, limit: number): Promise<Answer> {
    this.requests++
    const { body } = await this.#context.sender.send(
      'getTableData',
      {
        params: { tableId: this.table.id },
        query: { version: this.#context.version, limit, offset },
      },
      this.#call,
    )
    return { records: body.data, total: body.meta?.total }
  }

  /** @throws ChatlayerError for anything but a refusal */
  async perform(action: TableAction, repeatable: boolean): Promise<Asked> {
    this.requests++
    try {
      const { body } = await this.#context.sender.send(
        'performTableAction',
        {
          params: { tableId: this.table.id },
          query: { version: this.#context.version },
          body: action,
        },
        { ...this.#call, repeatable },
      )
      return { records: recordsOf(body), total: body.meta?.total }
    } catch (error) {
      if (isRefusal(error)) return 'refused'
      throw error
    }
  }
}

/** A 500 that outlasts the repeats is a gateway stumbling over the question: for a probe, a no. */
function isRefusal(error: unknown): boolean {
  return error instanceof RejectedError || (error instanceof GatewayError && error.status === 500)
}

/** Whether an answer holds exactly the records of these ids, in any order. */
export function holdsExactly(answer: Asked, ids: readonly string[]): boolean {
  if (answer === 'refused') return false
  const got = new Set(answer.records.map((record) => record.id))
  return (
    got.size === ids.length &&
    answer.records.length === ids.length &&
    ids.every((id) => got.has(id))
  )
}

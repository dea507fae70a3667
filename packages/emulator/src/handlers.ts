/** One handler for each operation of the contract; a missing one does not compile. */
import {
  DATA_PAGE,
  type EndpointParams,
  type EndpointQuery,
  type Endpoints,
  type OperationId,
  type ReceivedAction,
} from '@chatlayer-tables/contract'
import type { z } from 'zod'
import { type ActionContext, perform, readPage } from './actions.ts'
import { type Customers, customerPage } from './customers.ts'
import { notFound } from './errors.ts'
import type { TableInfo } from './tables.ts'
import { EVERY } from './where.ts'

export interface HandlerContext extends ActionContext {
  readonly botId: string
  readonly customers: Customers
}

export interface Input<K extends OperationId> {
  readonly params: EndpointParams<K>
  readonly query: EndpointQuery<K>
  /** Only for the operation with a body. */
  readonly action: ReceivedAction | undefined
}

/** Returns the body of a 200 response as JSON text. */
export type Handler<K extends OperationId = OperationId> = (
  context: HandlerContext,
  input: Input<K>,
) => string

export const handlers: { readonly [K in OperationId]: Handler<K> } = {
  listTables({ store, botId }) {
    return json<'listTables'>({ data: store.tables().map((table) => describe(table, botId)) })
  },
  getTable(context, { params }) {
    return json<'getTable'>({ data: describe(tableOf(context, params.tableId), context.botId) })
  },
  getTableData(context, { params, query }) {
    const { version, limit = DATA_PAGE.default, offset = 0 } = query
    const table = tableOf(context, params.tableId)
    return readPage(context, { table, version }, EVERY, { limit, offset })
  },
  performTableAction(context, { params, query, action }) {
    if (action === undefined) throw new TypeError('the action operation was called without a body')
    const table = tableOf(context, params.tableId)
    return perform(context, { table, version: query.version }, action)
  },
  listCustomers({ customers }, { query }) {
    return json<'listCustomers'>(customerPage(customers, query))
  },
}

/** @throws Rejection 404 */
export function tableOf({ store }: Pick<ActionContext, 'store'>, id: string): TableInfo {
  const table = store.table(id)
  if (table === undefined) throw notFound(`there is no table with the id ${JSON.stringify(id)}`)
  return table
}

type Response<K extends OperationId> = z.infer<Endpoints[K]['response']>

function json<K extends OperationId>(body: Response<K>): string {
  return JSON.stringify(body)
}

function describe(table: TableInfo, botId: string): Response<'getTable'>['data'] {
  const { id, name, description, columns } = table
  return {
    id,
    botId,
    name,
    description,
    columns: columns.map((column) => ({ name: column.name, type: column.declared })),
  }
}

/** The five operations of the gateway as data. There are no others. */
import * as z from 'zod'
import {
  ActionResponse,
  CustomerListResponse,
  TableDataResponse,
  TableGetResponse,
  TableListResponse,
} from './responses.ts'
import { Customer, Table, TableAction, TableData, Version } from './schemas.ts'
import { type Standing, stated } from './standing.ts'

export interface Endpoint {
  readonly method: 'GET' | 'POST'
  /** Path below the API's prefix, with `{name}` for each path parameter. */
  readonly path: string
  readonly summary: string
  readonly standing: Standing
  /** Whether the operation can change data. For the action operation that depends on its body. */
  readonly writes: 'never' | 'by-action'
  readonly params: z.ZodObject
  readonly query: z.ZodObject
  readonly body: z.ZodType | undefined
  /** The 200 body as declared. */
  readonly response: z.ZodType
  /** The 200 body as the client reads it. */
  readonly lenient: z.ZodType
  /** Statuses on the API page; an insert returns 200, not 201. */
  readonly statuses: readonly number[]
}

const STATUSES = [200, 400, 401] as const
const TABLES = '/teams/{teamId}/bots/{botId}/tables'

const teamParams = z.strictObject({ teamId: z.string() })
const botParams = teamParams.extend({ botId: z.string() })
const tableParams = botParams.extend({ tableId: z.string() })
const none = z.strictObject({})

/** The largest and the default page of a data read. */
export const DATA_PAGE = { max: 100, default: 100 } as const
/** The largest and the default page of a customer list. */
export const CUSTOMER_PAGE = { max: 100, default: 20 } as const

export const endpoints = {
  listTables: {
    method: 'GET',
    path: TABLES,
    summary: 'The tables of a bot',
    standing: 'T',
    writes: 'never',
    params: botParams,
    query: none,
    body: undefined,
    response: stated(
      'TableList',
      'T',
      'Transcribed from the API page of the vendor.',
      z.object({ data: z.array(Table) }),
    ),
    lenient: TableListResponse,
    statuses: STATUSES,
  },
  getTable: {
    method: 'GET',
    path: `${TABLES}/{tableId}`,
    summary: 'One table and its columns',
    standing: 'T',
    writes: 'never',
    params: tableParams,
    query: none,
    body: undefined,
    response: stated(
      'TableOne',
      'T',
      'Transcribed from the API page of the vendor.',
      z.object({ data: Table }),
    ),
    lenient: TableGetResponse,
    statuses: STATUSES,
  },
  getTableData: {
    method: 'GET',
    path: `${TABLES}/{tableId}/data`,
    summary: 'A page of the records of a table',
    standing: 'T',
    writes: 'never',
    params: tableParams,
    query: z.strictObject({
      version: Version,
      limit: z.int().min(1).max(DATA_PAGE.max).optional().meta({ default: DATA_PAGE.default }),
      offset: z.int().min(0).optional().meta({ default: 0 }),
    }),
    body: undefined,
    response: TableData,
    lenient: TableDataResponse,
    statuses: STATUSES,
  },
  performTableAction: {
    method: 'POST',
    path: `${TABLES}/{tableId}/action`,
    summary: 'Insert, select, update or delete records of a table',
    standing: 'T',
    writes: 'by-action',
    params: tableParams,
    query: z.strictObject({ version: Version }),
    body: TableAction,
    response: TableData,
    lenient: ActionResponse,
    statuses: STATUSES,
  },
  listCustomers: {
    method: 'GET',
    path: '/teams/{teamId}/customers',
    summary: 'A page of the customers of a team',
    standing: 'T',
    writes: 'never',
    params: teamParams,
    query: z.strictObject({
      limit: z
        .int()
        .min(0)
        .max(CUSTOMER_PAGE.max)
        .optional()
        .meta({ default: CUSTOMER_PAGE.default }),
      page: z.int().min(1).optional().meta({ default: 1 }),
    }),
    body: undefined,
    response: stated(
      'CustomerList',
      'T',
      'Transcribed from the API page of the vendor.',
      z.object({ data: z.array(Customer), meta: z.object({ total: z.int().min(0) }) }),
    ),
    lenient: CustomerListResponse,
    statuses: STATUSES,
  },
} as const satisfies Record<string, Endpoint>

export type Endpoints = typeof endpoints
export type OperationId = keyof Endpoints

export type EndpointParams<K extends OperationId> = z.infer<Endpoints[K]['params']>
export type EndpointQuery<K extends OperationId> = z.infer<Endpoints[K]['query']>
export type EndpointResponse<K extends OperationId> = z.infer<Endpoints[K]['lenient']>

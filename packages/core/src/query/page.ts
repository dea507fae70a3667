import {
  type Filter,
  recordsOf,
  selectAction,
  type Table,
  type WireRecord,
} from '@chatlayer-tables/contract'
import type { SendOptions } from '../send/sender.ts'
import type { TableContext } from '../table-context.ts'
import { withLearnedLimit } from './page-limit.ts'

/** One response of the gateway to a read by offset. */
export interface Page {
  /** Records that the request skipped. */
  readonly skip: number
  readonly records: readonly WireRecord[]
  /** The total in the response; undefined where there is none. */
  readonly total: number | undefined
  /** The page size in the response, at most the requested one; otherwise the requested one. */
  readonly limit: number
  /** Whether the response contains a page size. */
  readonly isLimitReported: boolean
}

export type FetchPage = (skip: number, limit: number, signal?: AbortSignal) => Promise<Page>

/** Pages of the data read, which has no filters. */
export function dataPages(context: TableContext, table: Table, options: SendOptions): FetchPage {
  const { sender, version } = context
  const fetch: FetchPage = async (skip, limit, signal) => {
    const query = { version, limit, ...(skip > 0 && { offset: skip }) }
    const input = { params: { tableId: table.id }, query }
    const { body } = await sender.send('getTableData', input, withSignal(options, signal))
    return pageOf(body.data, body.meta, skip, limit)
  }
  return withLearnedLimit(fetch, sender, 'getTableData')
}

/** Pages of a SELECT action. */
export function selectPages(
  context: TableContext,
  table: Table,
  filters: readonly Filter[],
  options: SendOptions,
): FetchPage {
  const { sender, version } = context
  const fetch: FetchPage = async (skip, limit, signal) => {
    const input = {
      params: { tableId: table.id },
      query: { version },
      body: selectAction({ filters, skip, limit }),
    }
    const { body } = await sender.send('performTableAction', input, withSignal(options, signal))
    return pageOf(recordsOf(body), body.meta, skip, limit)
  }
  return withLearnedLimit(fetch, sender, 'performTableAction')
}

function withSignal(options: SendOptions, signal: AbortSignal | undefined): SendOptions {
  return signal === undefined ? options : { ...options, signal }
}

interface Meta {
  readonly total?: number | undefined
  readonly limit?: number | undefined
}

function pageOf(
  records: readonly WireRecord[],
  meta: Meta | null | undefined,
  skip: number,
  asked: number,
): Page {
  const reported = meta?.limit
  const isLimitReported = reported !== undefined && reported >= 1
  const limit = isLimitReported ? Math.min(reported, asked) : asked
  const total = meta?.total
  return { skip, records, limit, isLimitReported, total: isCount(total) ? total : undefined }
}

function isCount(total: number | undefined): boolean {
  return total !== undefined && Number.isSafeInteger(total) && total >= 0
}

/**
 * Whether a first page is the whole list: its total is reached, and is not just the size of the
 * page.
 */
export function isWholeList({ skip, records, total, limit, isLimitReported }: Page): boolean {
  if (total !== skip + records.length) return false
  return skip > 0 || (isLimitReported && records.length < limit)
}

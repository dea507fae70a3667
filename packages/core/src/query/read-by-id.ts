/**
 * Reads records by their ids without a query plan: one request for a list of ids, whose records are
 * decoded and returned. {@link RecordQuery} reads them only where that is not certain to be right.
 */
import {
  type Dialect,
  type Filter,
  type Table,
  wireFilter,
  writeList,
} from '@chatlayer-tables/contract'
import type { SendOptions } from '../send/sender.ts'
import type { TableContext } from '../table-context.ts'
import type { CallOptions, TableRecord } from '../types.ts'
import { decodeRecord, decoderOf } from '../values/decode.ts'
import { canonicalUuid } from '../values/uuid.ts'
import type { Subject } from './condition.ts'
import { filterColumn, MAX_LIST } from './filter-column.ts'
import { inOrder } from './in-order.ts'
import { isWholeList, type Page, selectPages } from './page.ts'
import { AHEAD } from './parse-query.ts'
import { RecordQuery } from './record-query.ts'

const ID: Subject = { kind: 'record', field: 'id', type: 'id' }

/** One request: a filter that matches the records of these canonical ids. */
interface IdRequest {
  readonly filter: Filter
  readonly ids: ReadonlySet<string>
}

/** Reads one record. Resolves to undefined when there is none. */
export async function readById(
  context: TableContext,
  id: string,
  call: CallOptions = {},
): Promise<TableRecord | undefined> {
  return (await readByIds(context, [id], call)).get(id)
}

/**
 * Reads records by their ids, in any form of a uuid.
 *
 * @returns the records that exist, by the ids as they were passed
 */
export async function readByIds(
  context: TableContext,
  ids: readonly string[],
  { signal, timeoutMs }: CallOptions = {},
): Promise<Map<string, TableRecord>> {
  const deadline = timeoutMs === undefined ? undefined : performance.now() + timeoutMs
  signal?.throwIfAborted()
  const table = await context.definition({ signal, timeoutMs })
  const send: SendOptions = { signal, deadline }
  const requests = planRequests(ids, table, context.dialect())
  const found = new Map<string, TableRecord>()
  const records =
    requests === undefined
      ? await query(context, ids, send)
      : await readAll(context, table, requests, send)
  for (const record of records) found.set(canonicalId(record.id), record)
  const pairs = ids.map((id) => [id, found.get(canonicalId(id))] as const)
  return new Map(pairs.filter((pair): pair is [string, TableRecord] => pair[1] !== undefined))
}

/**
 * @returns undefined where a query plan has to decide how to read these ids: the gateway does not
 *   filter by id, or not by lists; or an id is not a uuid
 */
function planRequests(
  ids: readonly string[],
  table: Table,
  dialect: Dialect,
): readonly IdRequest[] | undefined {
  const column = filterColumn(ID, table, dialect)
  const texts = [
    ...new Set(ids.map((id) => (typeof id === 'string' ? canonicalUuid(id) : undefined))),
  ]
  if (column === undefined || !texts.every((text) => text !== undefined)) return undefined
  const [only] = texts
  if (only !== undefined && texts.length === 1) {
    return [{ filter: wireFilter(column, 'eq', only), ids: new Set(texts) }]
  }
  const requests: IdRequest[] = []
  // A list is as long as one page at most, so that one request suffices.
  const size = Math.min(MAX_LIST, dialect.maxSelectLimit)
  for (let start = 0; start < texts.length; start += size) {
    const chunk = texts.slice(start, start + size)
    const list =
      dialect.listEncoding === 'unknown' ? undefined : writeList(chunk, dialect.listEncoding)
    if (list === undefined) return undefined
    requests.push({ filter: wireFilter(column, 'in', list), ids: new Set(chunk) })
  }
  return requests
}

async function readAll(
  context: TableContext,
  table: Table,
  requests: readonly IdRequest[],
  send: SendOptions,
): Promise<TableRecord[]> {
  const left = [...requests]
  const read = async ({ filter, ids }: IdRequest, signal: AbortSignal | undefined) => {
    const options = { ...send, signal }
    const page = await selectPages(context, table, [filter], options)(0, ids.size)
    if (!isComplete(page, ids)) return query(context, [...ids], options)
    const decoder = decoderOf(table)
    return page.records.map((record) => decodeRecord(record, decoder))
  }
  const next = (signal: AbortSignal | undefined) => {
    const request = left.shift()
    return request && read(request, signal)
  }
  const records: TableRecord[] = []
  for await (const part of inOrder(next, () => AHEAD, send.signal)) records.push(...part)
  return records
}

/** Whether a page holds what was requested and nothing else, and certainly all of it that exists. */
function isComplete(page: Page, ids: ReadonlySet<string>): boolean {
  const found = new Set(page.records.map(({ id }) => canonicalId(id)))
  if (found.size < page.records.length || ![...found].every((id) => ids.has(id))) return false
  return found.size === ids.size || found.size === 0 || isWholeList(page)
}

async function query(
  context: TableContext,
  ids: readonly string[],
  { signal, deadline }: SendOptions,
): Promise<TableRecord[]> {
  const timeoutMs = deadline === undefined ? undefined : Math.max(1, deadline - performance.now())
  const [only] = ids
  const id = ids.length === 1 ? { eq: only as string } : { in: ids }
  const limit = ids.length === 1 ? 1 : undefined
  return new RecordQuery(context, { where: { id }, limit }, { signal, timeoutMs }).toArray()
}

function canonicalId(id: string): string {
  return canonicalUuid(id) ?? id
}

/** Reads records by their ids. */
import type { TableHandle, TableRecord } from '@chatlayer-tables/core'

/** Ids of one query. */
const AT_ONCE = 200
/** Records of a page: the cost of a read of the whole table is calculated with it. */
const PAGE = 100

/** The records that exist, by id, in as few requests as possible. */
export async function readById(
  table: TableHandle,
  ids: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Map<string, TableRecord>> {
  const found = new Map<string, TableRecord>()
  const call = { signal }
  if (ids.length > PAGE && (await table.count(undefined, call)) / PAGE < ids.length) {
    const wanted = new Set(ids)
    for await (const record of table.records({}, call)) {
      if (wanted.has(record.id)) found.set(record.id, record)
    }
    return found
  }
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const where = { id: { in: ids.slice(at, at + AT_ONCE) } }
    for await (const record of table.records({ where }, call)) found.set(record.id, record)
  }
  return found
}

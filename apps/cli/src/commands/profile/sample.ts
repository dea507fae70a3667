/** Records to profile: all records of a query, or an evenly spread sample. */
import type { CallOptions, QueryOptions, TableHandle, TableRecord } from '@chatlayer-tables/core'

/** Number of adjacent records in a sample: one page. */
const BLOCK = 100

export interface Sample {
  /** Number of records to read, if known in advance. */
  readonly expected: number | undefined
  /** Number of records of the query, if counted. */
  readonly total: number | undefined
  readonly records: AsyncIterable<readonly TableRecord[]>
}

/** @param size number of records; undefined means all */
export async function sampleRecords(
  handle: TableHandle,
  query: QueryOptions,
  size: number | undefined,
  call: CallOptions,
): Promise<Sample> {
  const { where } = query
  const total = size === undefined && where !== undefined ? undefined : await count()
  if (size === undefined || total === undefined || total <= size) {
    return { expected: total, total, records: handle.records(query, call).pages() }
  }
  const plan = await handle.records({ where }, call).explain()
  const canSkip = plan.local.length === 0 && plan.wire.length <= 1
  const records = canSkip
    ? blocks(handle, query, { size, total }, call)
    : thinned(handle.records(query, call).pages(), { size, total })
  return { expected: size, total, records }

  async function count(): Promise<number> {
    return await handle.count(where, call)
  }
}

interface Sizes {
  readonly size: number
  readonly total: number
}

/** Reads only blocks at equal distances. */
async function* blocks(
  handle: TableHandle,
  query: QueryOptions,
  { size, total }: Sizes,
  call: CallOptions,
): AsyncGenerator<readonly TableRecord[]> {
  const count = Math.ceil(size / BLOCK)
  for (let index = 0; index < count; index += 1) {
    const [begin, end] = [share(size, index, count), share(size, index + 1, count)]
    const offset = share(total, index, count)
    yield await handle.records({ ...query, offset, limit: end - begin }, call).toArray()
  }
}

/** Selects records evenly from all pages, for queries that cannot skip records. */
async function* thinned(
  pages: AsyncIterable<readonly TableRecord[]>,
  { size, total }: Sizes,
): AsyncGenerator<readonly TableRecord[]> {
  let index = 0
  for await (const page of pages) {
    yield page.filter(() => {
      const isChosen = share(size, index + 1, total) > share(size, index, total)
      index += 1
      return isChosen
    })
  }
}

/** Start of a part if `whole` is divided into `parts` parts as evenly as possible. */
export function share(whole: number, part: number, parts: number): number {
  return Math.floor((whole * part) / parts)
}

/** Records to be looked at: all of a query, or some that are spread evenly over it. */
import type { CallOptions, QueryOptions, TableHandle, TableRecord } from '@chatlayer-tables/core'

/** Of a sample so many records are next to one another: a page's worth. */
const BLOCK = 100

export interface Sample {
  /** How many there are to look at, as far as that is known beforehand. */
  readonly expected: number | undefined
  /** How many records the query gives in all, where that was counted. */
  readonly total: number | undefined
  readonly records: AsyncIterable<readonly TableRecord[]>
}

/** @param size how many records; all when left out */
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

/** Reads blocks at even distances, and nothing between them. */
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

/** Where the gateway cannot skip, everything is read, and some of it looked at. */
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

/** The beginning of a part, when `whole` is parted as evenly as whole numbers can be. */
export function share(whole: number, part: number, parts: number): number {
  return Math.floor((whole * part) / parts)
}

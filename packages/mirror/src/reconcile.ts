/** Finds the records that a mirror is missing, and deleted ones, by comparing counts of ever smaller ranges. */
import type { TableRecord, Where } from '@chatlayer-tables/core'
import type { SqlValue } from './values.ts'

/** Reads of the gateway's records for the comparison. */
export interface Ranges {
  readonly count: (where: Where) => Promise<number>
  readonly read: (where: Where) => Promise<TableRecord[]>
}

/** The records of a mirror in the order of a key that the gateway can filter by ranges. */
export interface Axis {
  /** The name by which core's conditions know the key. */
  readonly column: string
  /** No value is below it. Records without a value are not on the axis. */
  readonly least: SqlValue
  readonly entries: readonly { readonly id: string; readonly key: SqlValue }[]
}

export interface Found {
  readonly upserts: TableRecord[]
  readonly deletes: string[]
}

/** Comparing would cost more than reading everything, or finds no difference. */
export class Inconclusive extends Error {
  override readonly name = 'Inconclusive'
}

export interface ReconcileOptions {
  /** Ranges of up to this many records are read, not split. */
  readonly leaf: number
  /** The cost limit in requests; a hundred records count as one. */
  readonly budget: number
  /** The number of records with a key on the gateway. */
  readonly total: number
}

/** A count takes two requests: for the total, and for the end of the list. */
const COUNT_COST = 2

/**
 * Compares the gateway with a mirror, range by range, and reads the ranges that differ. Where
 * `changes` of `records` differ, this takes some `changes × log(records)` requests.
 *
 * @throws Inconclusive
 */
export async function reconcile(
  axis: Axis,
  ranges: Ranges,
  { leaf, budget, total }: ReconcileOptions,
): Promise<Found> {
  const { entries, column } = axis
  const found: Found = { upserts: [], deletes: [] }
  let spent = 0
  const spend = (cost: number): void => {
    spent += cost
    if (spent > budget) throw new Inconclusive('comparing costs more than reading everything')
  }

  const compare = async (range: Range, remote: number): Promise<void> => {
    const local = range.end - range.start
    if (local === remote) return
    const middle = Math.max(local, remote) <= leaf ? undefined : splitPoint(entries, range)
    if (middle === undefined) {
      if (remote > 10 * leaf) throw new Inconclusive('many records have one value')
      return readRange(range, remote)
    }
    const boundary = entries[middle]?.key
    if (boundary === undefined) throw new Inconclusive('no boundary')
    const left = { ...range, end: middle, to: boundary }
    const right = { ...range, start: middle, from: boundary }
    spend(COUNT_COST)
    const inLeft = await ranges.count(whereOf(column, left))
    if (inLeft > remote) throw new Inconclusive('the table is changing')
    await Promise.all([compare(left, inLeft), compare(right, remote - inLeft)])
  }

  const readRange = async (range: Range, remote: number): Promise<void> => {
    spend(1 + Math.ceil(remote / 100))
    const records = await ranges.read(whereOf(column, range))
    const ids = new Set(records.map(({ id }) => id))
    found.upserts.push(...records)
    for (const { id } of entries.slice(range.start, range.end)) {
      if (!ids.has(id)) found.deletes.push(id)
    }
  }

  const all = { start: 0, end: entries.length, from: axis.least, to: undefined }
  await compare(all, total)
  return found
}

/** Entries from `start` to before `end`, whose keys are at least `from` and below `to`. */
interface Range {
  readonly start: number
  readonly end: number
  readonly from: SqlValue
  readonly to: SqlValue | undefined
}

function whereOf(column: string, { from, to }: Range): Where {
  return { [column]: { gte: from, ...(to !== undefined && { lt: to }) } }
}

/** The place nearest to the middle at which the key changes; undefined where it never does. */
function splitPoint(entries: Axis['entries'], { start, end }: Range): number | undefined {
  const middle = (start + end) >> 1
  const changesAt = (at: number): boolean => entries[at]?.key !== entries[at - 1]?.key
  for (let step = 0; middle - step > start || middle + step < end; step += 1) {
    if (middle - step > start && changesAt(middle - step)) return middle - step
    if (middle + step > start && middle + step < end && changesAt(middle + step)) {
      return middle + step
    }
  }
  return undefined
}

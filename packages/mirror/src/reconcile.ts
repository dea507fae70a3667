/** Finds what a mirror lacks, or has too much of, by comparing counts of ever smaller ranges. */
import type { TableRecord, Where } from '@chatlayer-tables/core'
import type { SqlValue } from './values.ts'

/** What of the gateway's records the comparing needs. */
export interface Ranges {
  readonly count: (where: Where) => Promise<number>
  readonly read: (where: Where) => Promise<TableRecord[]>
}

/** The records of a mirror in the order of a key that the gateway can filter by ranges. */
export interface Axis {
  /** The name by which core's conditions know the key. */
  readonly column: string
  /** No value is below it. Records without a value are none of the axis. */
  readonly least: SqlValue
  readonly entries: readonly { readonly id: string; readonly key: SqlValue }[]
}

export interface Found {
  readonly upserts: TableRecord[]
  readonly deletes: string[]
}

/** Comparing would cost more than reading everything, or leads nowhere. */
export class InDoubt extends Error {
  override readonly name = 'InDoubt'
}

export interface ReconcileOptions {
  /** Ranges with so many records are read rather than parted. */
  readonly leaf: number
  /** What all of it may cost, in requests, a hundred records counting as one. */
  readonly budget: number
  /** How many records with a key the gateway holds. */
  readonly total: number
}

/** A count asks for the total, and looks whether the list ends there. */
const COUNT_COST = 2

/**
 * Compares the gateway with a mirror, range by range, and reads the ranges that differ. Where
 * `changes` of `records` differ, this takes some `changes × log(records)` requests.
 *
 * @throws InDoubt
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
    if (spent > budget) throw new InDoubt('comparing costs more than reading everything')
  }

  const compare = async (range: Range, remote: number): Promise<void> => {
    const local = range.end - range.start
    if (local === remote) return
    const middle = Math.max(local, remote) <= leaf ? undefined : splitPoint(entries, range)
    if (middle === undefined) {
      if (remote > 10 * leaf) throw new InDoubt('many records have one value')
      return readRange(range, remote)
    }
    const boundary = entries[middle]?.key
    if (boundary === undefined) throw new InDoubt('no boundary')
    const left = { ...range, end: middle, to: boundary }
    const right = { ...range, start: middle, from: boundary }
    spend(COUNT_COST)
    const inLeft = await ranges.count(whereOf(column, left))
    if (inLeft > remote) throw new InDoubt('the table is changing')
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

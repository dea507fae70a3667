/**
 * Settling: an INSERT whose answer never came is looked for, not repeated. What is found is counted
 * against the equal rows that are already accounted for; see `ledger.ts`.
 */
import type { ChatlayerError } from '../errors.ts'
import { RecordQuery } from '../query/record-query.ts'
import type { CallOptions, TableRecord } from '../types.ts'
import type { EarlierAttempt } from './earlier.ts'
import type { InsertRequest } from './insert-request.ts'
import type { InsertGroup } from './ledger.ts'
import type { WriteContext } from './write-context.ts'

/** What one look found. Records that rows are known to own are left out, but for `ids`. */
export interface Sighting {
  /** Made since the attempt began, and equal: this row's, or an equal row's. */
  readonly free: readonly TableRecord[]
  /** Records that may be the row's or not, with what speaks against it. */
  readonly doubtful: readonly { readonly id: string; readonly why: string }[]
  /** How many of all these belong to equal rows that landed under ids we were not told. */
  readonly owed: number
  /** Every record that was found and is not known to be older. */
  readonly ids: ReadonlySet<string>
}

/** Whose record is looked for, and since when it can have been made (our clock). */
export interface Sought {
  readonly request: InsertRequest
  readonly group: InsertGroup
  readonly startedAt: number
}

/**
 * How long to wait before each look, by what went wrong: a request that was answered has been
 * worked off, one that was cut off or timed out may still be at work over there.
 */
export function lookDelays(error: ChatlayerError): readonly number[] {
  if (error.code === 'TIMEOUT') return [0, 500, 2_000]
  if (error.code === 'CONNECTION') return [0, 150, 600]
  return [0, 250]
}

const MAYBE_OLDER = 'may have been there before'
const OTHER_VALUES = 'holds other values than were sent'

/** Looks once. */
export async function look(
  { ledger, clock, ...context }: WriteContext,
  { request, group, startedAt }: Sought,
  earlier: EarlierAttempt | undefined,
  call: CallOptions,
): Promise<Sighting> {
  const { identity } = request
  const landed = earlier?.anonymous()
  const since = Math.min(group.since(startedAt), landed?.since ?? startedAt)
  const free: TableRecord[] = []
  const doubtful: { id: string; why: string }[] = []
  const ids = new Set<string>()
  for await (const record of new RecordQuery(context, { where: identity.where }, call)) {
    const { id } = record
    const likeness = identity.compare(record)
    const made = clock.whenMade(record.createdAt, since)
    if (likeness === 'other' || made === 'before') continue
    ids.add(id)
    if (ledger.isTaken(request.table.id, id) || earlier?.isTaken(id) === true) continue
    if (likeness === 'similar') {
      if (!request.isOfOtherRow(record)) doubtful.push({ id, why: OTHER_VALUES })
    } else if (made === 'after' || identity.isKeyed) free.push(record)
    else doubtful.push({ id, why: MAYBE_OLDER })
  }
  return { free, doubtful, owed: group.anonymous + (landed?.count ?? 0), ids }
}

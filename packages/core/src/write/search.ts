/**
 * A search for the record of an INSERT whose response never came. What is found is counted against
 * the equal rows that are already accounted for; see `ledger.ts`.
 */
import { RecordQuery } from '../query/record-query.ts'
import type { TableRecord } from '../types.ts'
import { earlierMoment, type GatewayMoment } from './clock.ts'
import type { EarlierAttempt } from './earlier.ts'
import { identityOf } from './identity.ts'
import { type InsertRequest, isOfOtherRow } from './insert-request.ts'
import type { InsertGroup } from './ledger.ts'
import type { WriteContext } from './write-context.ts'

/** One row under way. */
export interface Attempt {
  readonly request: InsertRequest
  readonly group: InsertGroup
  /** Before its record can have been made; undefined where the gateway's time was not known then. */
  readonly moment: GatewayMoment | undefined
  readonly earlier: EarlierAttempt | undefined
  readonly call: {
    readonly signal: AbortSignal | undefined
    readonly timeoutMs: number | undefined
    /** For all that is done about the row, in milliseconds of performance.now(). */
    readonly deadline: number
    readonly onSend?: (() => void) | undefined
  }
}

/** What one look found. Records that rows are known to own are left out, but for `ids`. */
export interface SearchResult {
  /** Made since the attempt began, and equal: this row's, or an equal row's. */
  readonly free: readonly TableRecord[]
  /** Records that may be the row's or not, with what speaks against it. */
  readonly uncertain: readonly { readonly id: string; readonly why: string }[]
  /** How many of all these belong to equal rows that landed under ids we were not told. */
  readonly owed: number
  /** Every record that was found and is not known to be older. */
  readonly ids: ReadonlySet<string>
}

/** The columns in which the gateway is known to store values otherwise than they are sent. */
function alteredColumns({ altered }: WriteContext, { request, earlier }: Attempt): Set<string> {
  return new Set([...(altered.get(request.table.id) ?? []), ...(earlier?.altered ?? [])])
}

/**
 * @returns undefined where the gateway changes every value that the record could be searched by
 * @throws the errors of a request, the caller's abort, and Error when the row's time is over
 */
export async function searchRecord(
  context: WriteContext,
  attempt: Attempt,
): Promise<SearchResult | undefined> {
  const { request, group, moment, earlier, call } = attempt
  const left = call.deadline - performance.now()
  if (left <= 0) throw new Error('no time is left')
  const timeoutMs = left === Number.POSITIVE_INFINITY ? undefined : left
  const identity = identityOf(request, context.dialect(), alteredColumns(context, attempt))
  if (identity === undefined) return undefined
  const { where, isKeyed, isEqual } = identity
  const landed = earlier?.anonymous()
  const own = group.since(moment)
  const since = landed === undefined ? own : earlierMoment(own, landed.since)
  // Only of a row that an earlier process may have sent: while such rows are resolved, the ledger
  // forgets no record of this process.
  const isNew = earlier?.attempted !== undefined && earlier.wasEmpty
  const free: TableRecord[] = []
  const uncertain: { id: string; why: string }[] = []
  const ids = new Set<string>()
  const query = new RecordQuery(context, { where }, { signal: call.signal, timeoutMs })
  for await (const record of query) {
    const { id } = record
    const made = isNew ? 'after' : context.clock.whenMade(record.createdAt, since)
    if (made === 'before') continue
    ids.add(id)
    if (context.ledger.isTaken(request.table.id, id) || earlier?.isTaken(id)) continue
    if (!isEqual(record)) {
      if (isOfOtherRow(context, request, record)) continue
      uncertain.push({ id, why: 'holds other values than were sent' })
    } else if (made === 'after' || isKeyed) free.push(record)
    else uncertain.push({ id, why: 'may have been there before' })
  }
  return { free, uncertain, owed: group.anonymous + (landed?.count ?? 0), ids }
}

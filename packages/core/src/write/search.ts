/**
 * The search for the record of an INSERT without a response. The results are counted against the
 * equal rows that are accounted for; see `ledger.ts`.
 */
import { RecordQuery } from '../query/record-query.ts'
import type { SendCheck } from '../send/sender.ts'
import type { TableRecord } from '../types.ts'
import { earlierMoment, type GatewayMoment } from './clock.ts'
import type { EarlierAttempt } from './earlier.ts'
import { identityOf } from './identity.ts'
import { type InsertRequest, isOfOtherRow } from './insert-request.ts'
import type { InsertGroup } from './ledger.ts'
import type { WriteContext } from './write-context.ts'

/** One row in flight. */
export interface Attempt {
  readonly request: InsertRequest
  readonly group: InsertGroup
  /**
   * A moment before its record can have been created; undefined where the gateway's time was
   * unknown.
   */
  readonly moment: GatewayMoment | undefined
  readonly earlier: EarlierAttempt | undefined
  readonly call: {
    readonly signal: AbortSignal | undefined
    readonly timeoutMs: number | undefined
    /** Deadline for the row, in milliseconds of performance.now(). */
    readonly deadline: number
    readonly check?: SendCheck | undefined
    readonly onSend?: (() => void) | undefined
  }
}

/**
 * Result of one search. Records that are known to belong to other rows are omitted, except in
 * `ids`.
 */
export interface SearchResult {
  /** Equal records created since the attempt started: this row's, or an equal row's. */
  readonly free: readonly TableRecord[]
  /** Records that may or may not be the row's, with the reason for doubt. */
  readonly uncertain: readonly { readonly id: string; readonly why: string }[]
  /** Number of these that belong to equal rows that were written under unknown ids. */
  readonly owed: number
  /** Every record that was found and is not known to be older. */
  readonly ids: ReadonlySet<string>
}

/** Columns in which the gateway is known to store values differently from what was sent. */
function alteredColumns({ altered }: WriteContext, { request, earlier }: Attempt): Set<string> {
  return new Set([...(altered.get(request.table.id) ?? []), ...(earlier?.altered ?? [])])
}

/**
 * @param isLast whether it shows that there is none; only then a request that may be waiting unread is
 *   waited for, since a busy server takes few new connections
 * @returns undefined where the gateway changes every value that the record could be searched by
 * @throws the errors of a request, the caller's abort, and Error when the time for the row is over
 */
export async function searchRecord(
  context: WriteContext,
  attempt: Attempt,
  isLast: boolean,
): Promise<SearchResult | undefined> {
  const { request, group, moment, earlier, call } = attempt
  const left = call.deadline - performance.now()
  if (left <= 0) throw new Error('no time is left')
  const timeoutMs = left === Number.POSITIVE_INFINITY ? undefined : left
  const identity = identityOf(request, context.dialect(), alteredColumns(context, attempt))
  if (identity === undefined) return undefined
  const { where, isKeyed, isEqual } = identity
  const written = await earlier?.anonymous()
  const own = group.since(moment)
  const since = written === undefined ? own : earlierMoment(own, written.since)
  // This is used only for a row that an earlier process may have sent: while such rows are
  // resolved, the ledger forgets no record of this process.
  const isNew = earlier?.attempted !== undefined && earlier.wasEmpty
  const free: TableRecord[] = []
  const uncertain: { id: string; why: string }[] = []
  const ids = new Set<string>()
  const query = new RecordQuery(
    context,
    { where },
    { signal: call.signal, timeoutMs, newConnection: isLast && group.mayBeUnread },
  )
  for await (const page of query.pages()) {
    const found = page.flatMap((record) => {
      const made = isNew ? 'after' : context.clock.whenMade(record.createdAt, since)
      return made === 'before' ? [] : [{ record, made }]
    })
    if (found.length === 0) continue
    const taken = await earlier?.takenOf(found.map(({ record }) => record.id))
    for (const { record, made } of found) {
      const { id } = record
      ids.add(id)
      if (context.ledger.isTaken(request.table.id, id) || taken?.has(id)) continue
      if (!isEqual(record)) {
        if (isOfOtherRow(context, request, record)) continue
        uncertain.push({ id, why: 'has other values than were sent' })
      } else if (made === 'after' || isKeyed) free.push(record)
      else uncertain.push({ id, why: 'may have existed before' })
    }
  }
  return { free, uncertain, owed: group.anonymous + (written?.count ?? 0), ids }
}

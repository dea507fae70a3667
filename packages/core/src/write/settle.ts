/** Settling: an INSERT whose answer never came is looked for, not repeated. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type ChatlayerError, NotFoundError } from '../errors.ts'
import type { Outcome } from '../types.ts'
import { earlierLookDelays } from './earlier.ts'
import { noteLanded, sendInsert } from './insert-request.ts'
import { type Attempt, look, type Sighting } from './look.ts'
import { done, messageOf, notSent, type Place, rejected, unknown } from './outcomes.ts'
import { differencesOf } from './stored.ts'
import type { WriteContext } from './write-context.ts'

/**
 * How long to wait before each look, by what went wrong: a request that was answered has been
 * worked off, one that was cut off or timed out may still be at work over there.
 */
function lookDelays(error: ChatlayerError): readonly number[] {
  if (error.code === 'TIMEOUT') return [0, 500, 2_000]
  if (error.code === 'CONNECTION') return [0, 150, 600]
  return [0, 250]
}

/**
 * Finds out how a row ended, and sends it again where it did not land.
 *
 * @param error what became of the first send; without it, an earlier process may have sent the row
 */
export async function settleInsert<Row>(
  context: WriteContext,
  attempt: Attempt,
  place: Place<Row>,
  error?: ChatlayerError,
): Promise<Outcome<Row>> {
  const { request, group, moment, earlier } = attempt
  const tried: string[] = []
  let isSentAgain = false
  /** Whether what an earlier process sent was searched for and not found, and this one sent nothing. */
  let isAbsent = false
  const call: Attempt['call'] = {
    ...attempt.call,
    onSend() {
      isAbsent = false
      attempt.call.onSend?.()
    },
  }

  function inDoubt(last: string, cause?: unknown): Outcome<Row> {
    return unknown(place, {
      question: `the record was inserted${isSentAgain ? ' once or twice' : ''}`,
      hint: 'Look for the record before inserting it again; what was tried names what was found.',
      tried: [...tried, last],
      cause,
      request: error?.request,
    })
  }

  /** Waits and looks, until something is concluded from a look; undefined at the end of the delays. */
  async function conclude(
    delays: readonly number[],
    fromLook: (seen: Sighting, isLast: boolean) => Outcome<Row> | undefined,
  ): Promise<Outcome<Row> | undefined> {
    for (const [turn, delay] of delays.entries()) {
      const ms = Math.min(delay, call.deadline - performance.now())
      if (ms > 0) await sleep(ms, undefined, { signal: call.signal })
      const concluded = await group.alone(async () => {
        let seen: Sighting | undefined
        try {
          seen = await look(context, attempt)
        } catch (cause) {
          return inDoubt(`could not look for it: ${messageOf(cause)}`, cause)
        }
        if (seen === undefined) return inDoubt(UNSEARCHABLE)
        return fromLook(seen, turn === delays.length - 1)
      })
      if (concluded !== undefined) return concluded
    }
    return undefined
  }

  /** Is it there? */
  function findOut(seen: Sighting, isLast: boolean): Outcome<Row> | undefined {
    const { free, doubtful, owed } = seen
    if (free.length > owed) {
      // Among equal records it does not matter which row owns which, but the youngest are sure to be
      // new to rows that began later; with some owed, none can be named.
      const [oldest] = free.toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1))
      const id = owed === 0 ? oldest?.id : undefined
      noteLanded(context, request, group, id, moment)
      const stored = oldest && differencesOf(oldest.values, request.values, request.table)
      return done({ ...place, id }, 'inserted', stored)
    }
    const mayBeThere = free.length + doubtful.length > owed
    return isLast && mayBeThere ? inDoubt(`found ${tell(seen)}`) : undefined
  }

  /**
   * After it was sent again: the first try may have landed late, or in a form in which it was not
   * found, and then the row stands twice.
   */
  function findTwin(seen: Sighting, isLast: boolean, id?: string): Outcome<Row> | undefined {
    const { owed, ids } = seen
    const found = seen.free.length + seen.doubtful.length
    // Equal rows that wait to be settled will find theirs among these.
    if (found > owed + group.unsettled) {
      return inDoubt(`found ${id === undefined ? '' : `${id}; `}${tell(seen)}`)
    }
    const isVisible = id === undefined ? found >= owed : ids.has(id)
    // Who does not find the record just made cannot tell that the first try made none.
    return isLast && !isVisible ? inDoubt('did not find that one either') : undefined
  }

  async function settle(): Promise<Outcome<Row>> {
    let sends = 1
    for (;;) {
      tried.push(
        error === undefined ? 'an earlier process may have sent it' : `sent it: ${error.message}`,
      )
      const delays =
        error === undefined ? earlierLookDelays(earlier?.endedAt ?? 0) : lookDelays(error)
      group.unsettled++
      const settled = await conclude(delays, findOut).finally(() => group.unsettled--)
      if (settled !== undefined) return settled
      tried.push('looked for it: not there')
      isAbsent = error === undefined
      if (earlier?.onlyLook) return rejected(place, new NotFoundError('the record was not made'))
      if (error !== undefined && sends >= context.maxSends) return rejected(place, error)
      sends++
      const sent = await sendInsert(context, request, group, call)
      if (sent.ok) {
        isSentAgain = true
        tried.push('sent it again')
        const { id, stored } = sent
        const twice = await conclude(delays, (seen, isLast) => findTwin(seen, isLast, id))
        if (twice !== undefined) return twice
        return done({ ...place, id }, 'inserted', stored)
      }
      error = sent.error
      if (error.executed === 'no') return rejected(place, error)
    }
  }

  if (error?.executed === 'no') return rejected(place, error)
  try {
    return await settle()
  } catch (abort) {
    if (call.signal?.aborted !== true) throw abort
    if (isAbsent) return notSent(place, abort, call.signal)
    return inDoubt('stopped by the caller before the answer came', abort)
  }
}

const UNSEARCHABLE = 'the gateway changes every value that the record could be searched by'

/** Records that an account names at most. */
const NAMED = 5

function tell({ free, doubtful }: Sighting): string {
  const found = [
    ...free.map(({ id }) => id),
    ...doubtful.map(({ id, why }) => `${id}, which ${why}`),
  ]
  const more = found.length > NAMED ? `; and ${found.length - NAMED} more` : ''
  return found.slice(0, NAMED).join('; ') + more
}

/** Finds out whether an INSERT without a response took effect, and sends it again only if it did not. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type ChatlayerError, NotFoundError } from '../errors.ts'
import type { Outcome } from '../types.ts'
import { earlierSearchDelays } from './earlier.ts'
import { noteInserted, sendInsert } from './insert-request.ts'
import { done, messageOf, notSent, type Place, rejected, unknown } from './outcomes.ts'
import { type Attempt, type SearchResult, searchRecord } from './search.ts'
import { differencesOf } from './stored.ts'
import type { WriteContext } from './write-context.ts'

/**
 * Delays before each search, by error: the gateway has finished a request that it answered, but may
 * still be working on one that was cut off or timed out.
 */
function searchDelays(error: ChatlayerError): readonly number[] {
  if (error.code === 'TIMEOUT') return [0, 500, 2_000]
  if (error.code === 'CONNECTION') return [0, 150, 600]
  return [0, 250]
}

/**
 * Resolves the outcome of a row, and sends it again if it was not written.
 *
 * @param error the error of the first send; without it, an earlier process may have sent the row
 */
export async function resolveInsert<Row>(
  context: WriteContext,
  attempt: Attempt,
  place: Place<Row>,
  error?: ChatlayerError,
): Promise<Outcome<Row>> {
  if (error?.executed === 'no') return rejected(place, error)
  return new InsertResolver(context, attempt, place, error).run()
}

class InsertResolver<Row> {
  readonly #context: WriteContext
  readonly #attempt: Attempt
  readonly #place: Place<Row>
  readonly #call: Attempt['call']
  /** What was done so far, for the error of an unknown outcome. */
  readonly #tried: string[] = []
  /** The error of the last send; undefined while only an earlier process may have sent the row. */
  #error: ChatlayerError | undefined
  #isSentAgain = false
  /** Whether the row of an earlier process was searched for and not found, and this one sent nothing. */
  #isAbsent = false

  constructor(
    context: WriteContext,
    attempt: Attempt,
    place: Place<Row>,
    error: ChatlayerError | undefined,
  ) {
    this.#context = context
    this.#attempt = attempt
    this.#place = place
    this.#error = error
    this.#call = {
      ...attempt.call,
      onSend: () => {
        this.#isAbsent = false
        attempt.call.onSend?.()
      },
    }
  }

  async run(): Promise<Outcome<Row>> {
    const { signal } = this.#call
    try {
      return await this.#resolve()
    } catch (abort) {
      if (signal?.aborted !== true) throw abort
      if (this.#isAbsent) return notSent(this.#place, abort, signal)
      return this.#unknown('stopped by the caller before a response came', abort)
    }
  }

  async #resolve(): Promise<Outcome<Row>> {
    const { earlier } = this.#attempt
    let sends = 1
    for (;;) {
      const error = this.#error
      this.#tried.push(
        error === undefined ? 'an earlier process may have sent it' : `sent it: ${error.message}`,
      )
      const delays =
        error === undefined ? earlierSearchDelays(earlier?.endedAt ?? 0) : searchDelays(error)
      const resolved = await this.#searchFirst(delays)
      if (resolved !== undefined) return resolved
      this.#tried.push('searched for it: not there')
      this.#isAbsent = error === undefined
      if (earlier?.onlyLook) {
        return rejected(this.#place, new NotFoundError('the record was not inserted'))
      }
      if (error !== undefined && sends >= this.#context.maxSends)
        return rejected(this.#place, error)
      sends++
      const outcome = await this.#sendAgain(delays)
      if (outcome !== undefined) return outcome
    }
  }

  async #searchFirst(delays: readonly number[]): Promise<Outcome<Row> | undefined> {
    const { group } = this.#attempt
    group.unresolved++
    try {
      return await this.#search(delays, (seen, isLast) => this.#checkFound(seen, isLast))
    } finally {
      group.unresolved--
    }
  }

  /** @returns undefined when it failed so that the row has to be searched for again */
  async #sendAgain(delays: readonly number[]): Promise<Outcome<Row> | undefined> {
    const { request, group } = this.#attempt
    const sent = await sendInsert(this.#context, request, group, this.#call)
    if (!sent.ok) {
      this.#error = sent.error
      return sent.error.executed === 'no' ? rejected(this.#place, sent.error) : undefined
    }
    this.#isSentAgain = true
    this.#tried.push('sent it again')
    const { id, stored } = sent
    const twice = await this.#search(delays, (seen, isLast) => this.#checkTwice(seen, isLast, id))
    return twice ?? done({ ...this.#place, id }, 'inserted', stored)
  }

  /** Waits and searches until a result decides the outcome; undefined after the last delay. */
  async #search(
    delays: readonly number[],
    decide: (seen: SearchResult, isLast: boolean) => Outcome<Row> | undefined,
  ): Promise<Outcome<Row> | undefined> {
    const { group } = this.#attempt
    for (const [turn, delay] of delays.entries()) {
      const ms = Math.min(delay, this.#call.deadline - performance.now())
      if (ms > 0) await sleep(ms, undefined, { signal: this.#call.signal })
      const decided = await group.alone(async () => {
        let seen: SearchResult | undefined
        try {
          seen = await searchRecord(this.#context, this.#attempt)
        } catch (cause) {
          return this.#unknown(`could not search for it: ${messageOf(cause)}`, cause)
        }
        if (seen === undefined) return this.#unknown(UNSEARCHABLE)
        return decide(seen, turn === delays.length - 1)
      })
      if (decided !== undefined) return decided
    }
    return undefined
  }

  /** Decides whether the record was inserted. */
  #checkFound(seen: SearchResult, isLast: boolean): Outcome<Row> | undefined {
    const { request, group, moment } = this.#attempt
    const { free, uncertain, owed } = seen
    if (free.length > owed) {
      // Equal records are interchangeable, but the newest are certainly new to rows that began later,
      // so take the oldest. When some belong to other rows, no id can be assigned.
      const [oldest] = free.toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1))
      const id = owed === 0 ? oldest?.id : undefined
      noteInserted(this.#context, request, group, id, moment)
      const stored = oldest && differencesOf(oldest.values, request.values, request.table)
      return done({ ...this.#place, id }, 'inserted', stored)
    }
    const mayExist = free.length + uncertain.length > owed
    return isLast && mayExist ? this.#unknown(`found ${listFound(seen)}`) : undefined
  }

  /**
   * Decides whether a row that was sent again was inserted twice: the first request may have taken
   * effect late, or in a form in which it was not found.
   */
  #checkTwice(seen: SearchResult, isLast: boolean, id?: string): Outcome<Row> | undefined {
    const { owed, ids } = seen
    const found = seen.free.length + seen.uncertain.length
    // Some of these belong to equal rows that are still being resolved.
    if (found > owed + this.#attempt.group.unresolved) {
      return this.#unknown(`found ${id === undefined ? '' : `${id}; `}${listFound(seen)}`)
    }
    const isVisible = id === undefined ? found >= owed : ids.has(id)
    // A search that misses the record just inserted cannot show that the first request inserted none.
    return isLast && !isVisible ? this.#unknown('did not find that one either') : undefined
  }

  #unknown(last: string, cause?: unknown): Outcome<Row> {
    return unknown(this.#place, {
      question: `the record was inserted${this.#isSentAgain ? ' once or twice' : ''}`,
      hint: 'Search for the record before you insert it again; `tried` lists what was found.',
      tried: [...this.#tried, last],
      cause,
      request: this.#error?.request,
    })
  }
}

const UNSEARCHABLE = 'the gateway changes every value that the record could be searched by'

/** Records that one message lists. */
const MAX_LISTED = 5

function listFound({ free, uncertain }: SearchResult): string {
  const found = [
    ...free.map(({ id }) => id),
    ...uncertain.map(({ id, why }) => `${id}, which ${why}`),
  ]
  const more = found.length > MAX_LISTED ? `; and ${found.length - MAX_LISTED} more` : ''
  return found.slice(0, MAX_LISTED).join('; ') + more
}

/** Finds out whether an INSERT without a response took effect, and sends it again only if it did not. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type ChatlayerError, NotFoundError } from '../errors.ts'
import type { Outcome } from '../types.ts'
import { noteInserted, type Sent, sendInsert } from './insert-request.ts'
import { lateMs, lateUntilAfter, mayBeUnread, searchPauseMs } from './late.ts'
import { done, messageOf, notSent, type Place, rejected, unknown } from './outcomes.ts'
import { type Attempt, type SearchResult, searchRecord } from './search.ts'
import { differencesOf } from './stored.ts'
import type { WriteContext } from './write-context.ts'

/** The record of a row that was accepted or found. */
type Inserted = Omit<Sent & { readonly ok: true }, 'ok'>

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
  /** Requests that may have inserted the row. */
  #sends = 1
  #timeouts = 0
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
    for (;;) {
      const error = this.#error
      this.#tried.push(
        error === undefined ? 'an earlier process may have sent it' : `sent it: ${error.message}`,
      )
      if (error === undefined) this.#noteLate(lateUntilAfter(earlier?.endedAt ?? 0))
      else this.#noteLate(performance.now() + lateMs(error), mayBeUnread(error))
      const found = await this.#searchFirst()
      if (found !== undefined) return 'status' in found ? found : this.#finish(found)
      this.#tried.push('searched for it: not there')
      this.#isAbsent = error === undefined
      if (earlier?.onlyLook) {
        return rejected(this.#place, new NotFoundError('the record was not inserted'))
      }
      const final = error && this.#checkSends(error)
      if (final !== undefined) return final
      const sent = await this.#sendAgain()
      if (sent !== undefined) return 'status' in sent ? sent : this.#finish(sent)
    }
  }

  #noteLate(until: number, isUnread = false): void {
    const { group } = this.#attempt
    group.lateUntil = Math.max(group.lateUntil, until)
    group.mayBeUnread ||= isUnread
  }

  /** @returns undefined where the row is to be sent again */
  #checkSends(error: ChatlayerError): Outcome<Row> | undefined {
    // A gateway that holds inserts up may carry them all out in the end.
    if (error.code === 'TIMEOUT' && this.#timeouts++ > 0) {
      return this.#unknown('did not send it again, as more than one request may be held up', error)
    }
    return this.#sends < this.#context.maxSends ? undefined : rejected(this.#place, error)
  }

  async #searchFirst(): Promise<Inserted | Outcome<Row> | undefined> {
    const { group } = this.#attempt
    group.unresolved++
    try {
      return await this.#search((seen, isLast) => this.#checkFound(seen, isLast))
    } finally {
      group.unresolved--
    }
  }

  /** @returns undefined when it failed so that the row has to be searched for again */
  async #sendAgain(): Promise<Inserted | Outcome<Row> | undefined> {
    const { request, group } = this.#attempt
    const sent = await sendInsert(this.#context, request, group, this.#call)
    if (sent.ok) {
      this.#sends++
      this.#tried.push('sent it again')
      return sent
    }
    this.#error = sent.error
    if (sent.error.executed === 'no') return rejected(this.#place, sent.error)
    this.#sends++
    return undefined
  }

  /**
   * Where the row was sent more than once, its record shows only that one of the requests took
   * effect. Records are counted until the others should have, and once more as long.
   */
  async #finish({ id, stored }: Inserted): Promise<Outcome<Row>> {
    if (this.#sends > 1) {
      if (this.#error !== undefined) this.#noteLate(performance.now() + lateMs(this.#error))
      const twice = await this.#search((seen, isLast) => this.#checkTwice(seen, isLast, id))
      if (twice !== undefined) return twice
    }
    return done({ ...this.#place, id }, 'inserted', stored, this.#sends)
  }

  /**
   * Searches until a result decides the outcome. The last search is sent when no request for an equal
   * row can take effect any more; undefined when that has not decided it either.
   */
  async #search<Decision>(
    decide: (seen: SearchResult, isLast: boolean) => Decision | undefined,
  ): Promise<Decision | Outcome<Row> | undefined> {
    const { group } = this.#attempt
    let isLast = false
    for (let searches = 1; ; searches++) {
      const decided = await group.alone(async () => {
        isLast = performance.now() >= group.lateUntil
        let seen: SearchResult | undefined
        try {
          seen = await searchRecord(this.#context, this.#attempt, isLast)
        } catch (cause) {
          return this.#unknown(`could not search for it: ${messageOf(cause)}`, cause)
        }
        if (seen === undefined) return this.#unknown(UNSEARCHABLE)
        return decide(seen, isLast)
      })
      if (decided !== undefined || isLast) return decided
      const until = Math.min(group.lateUntil, this.#call.deadline)
      const ms = Math.min(searchPauseMs(searches), until - performance.now())
      if (ms > 0) await sleep(Math.ceil(ms), undefined, { signal: this.#call.signal })
    }
  }

  /** Decides whether the record was inserted. */
  #checkFound(seen: SearchResult, isLast: boolean): Inserted | Outcome<Row> | undefined {
    const { request, group, moment } = this.#attempt
    const { free, uncertain, owed } = seen
    if (free.length > owed) {
      // Equal records are interchangeable, but the newest are certainly new to rows that began later,
      // so take the oldest. When some belong to other rows, no id can be assigned.
      const [oldest] = free.toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1))
      const id = owed === 0 ? oldest?.id : undefined
      noteInserted(this.#context, request, group, id, moment)
      const stored = oldest && differencesOf(oldest.values, request.values, request.table)
      return { id, stored }
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
      question: `the record was inserted${this.#sends > 1 ? ' once or twice' : ''}`,
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

/** One INSERT, from the row to its outcome. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Table } from '@chatlayer-tables/contract'
import { ChatlayerError, UnknownOutcomeError } from '../errors.ts'
import type { CallOptions, Outcome, TableRecord, Values } from '../types.ts'
import { type EarlierAttempt, earlierLookDelays } from './earlier.ts'
import { InsertRequest, type Sent } from './insert-request.ts'
import type { InsertGroup } from './ledger.ts'
import { tellListener } from './listener.ts'
import { messageOf } from './message-of.ts'
import { nulledOutcome } from './nulled.ts'
import { type Place, rejected } from './outcomes.ts'
import { look, lookDelays, type Sighting } from './settle.ts'
import type { WriteContext } from './write-context.ts'

export interface InsertOptions extends CallOptions {
  /** Columns whose values no two records share: what an unanswered insert is looked for by. */
  readonly key?: readonly string[] | undefined
  readonly earlier?: EarlierAttempt | undefined
}

/**
 * Inserts one row and finds out how it ended. Trouble is an outcome, the caller's abort too.
 *
 * @throws AfterFailure
 */
export function insertRow<Row>(
  context: WriteContext,
  table: Table,
  values: Values,
  place: Place<Row>,
  options: InsertOptions,
): Outcome<Row> | Promise<Outcome<Row>> {
  const { listener, version } = context
  let insert: Insert<Row>
  try {
    const request = new InsertRequest(context, table, values, options.key)
    insert = new Insert(context, request, place, options)
  } catch (error) {
    if (!(error instanceof ChatlayerError)) throw error
    return rejected(place, error)
  }
  if (listener === undefined) return insert.run()
  const none = { id: undefined, before: undefined }
  const intent = { table, version, change: 'inserted' as const, ...none, values }
  return tellListener(listener, intent, place, () => insert.run())
}

class Insert<Row> {
  readonly #context: WriteContext
  readonly #request: InsertRequest
  readonly #place: Place<Row>
  readonly #options: InsertOptions
  readonly #startedAt: number
  /** In milliseconds of performance.now(). */
  readonly #deadline: number
  readonly #tried: string[] = []
  #trouble: ChatlayerError | undefined
  #sentAgain = false

  constructor(
    context: WriteContext,
    request: InsertRequest,
    place: Place<Row>,
    options: InsertOptions,
  ) {
    this.#context = context
    this.#request = request
    this.#place = place
    this.#options = options
    this.#startedAt = options.earlier?.attemptedAt ?? Date.now()
    this.#deadline = performance.now() + (options.timeoutMs ?? Number.POSITIVE_INFINITY)
  }

  async run(): Promise<Outcome<Row>> {
    const { clock, ledger } = this.#context
    const group = ledger.enter(this.#request.content, this.#startedAt)
    try {
      return await this.#run(group)
    } catch (error) {
      if (this.#options.signal?.aborted !== true) throw error
      // The request may be on its way.
      return this.#unknown('stopped by the caller before the answer came', error)
    } finally {
      ledger.leave(group, this.#startedAt, Date.now(), clock.horizonMs())
    }
  }

  async #run(group: InsertGroup): Promise<Outcome<Row>> {
    let delays: readonly number[] | undefined
    const { earlier } = this.#options
    if (earlier?.attemptedAt !== undefined) {
      this.#tried.push('an earlier process may have sent it')
      delays = earlierLookDelays(earlier, Date.now())
      const settled = await this.#settle(group, delays)
      if (settled !== 'absent') return settled
    }
    for (let sends = 1; ; sends++) {
      const sent = await this.#send(group)
      if (sent.ok) {
        if (sent.nulled.length > 0) return nulledOutcome(this.#place, sent.id, sent.nulled)
        return delays === undefined
          ? inserted(this.#place, sent.id)
          : this.#confirm(group, sent.id, delays)
      }
      const { error } = sent
      if (error.executed === 'no') return rejected(this.#place, error)
      this.#tried.push(`sent it: ${error.message}`)
      this.#trouble = error
      delays = lookDelays(error)
      const settled = await this.#settle(group, delays)
      if (settled !== 'absent') return settled
      if (sends >= this.#context.maxSends) return rejected(this.#place, error)
    }
  }

  #send(group: InsertGroup): Promise<Sent> {
    const { signal, timeoutMs } = this.#options
    return this.#request.send(group, { signal, timeoutMs, deadline: this.#deadline })
  }

  /** Looks until the record is found or the gateway has had time to finish; `absent` when it never landed. */
  async #settle(group: InsertGroup, delays: readonly number[]): Promise<Outcome<Row> | 'absent'> {
    group.unsettled++
    try {
      for (const [turn, delay] of delays.entries()) {
        await this.#pause(delay)
        const isLast = turn === delays.length - 1
        const settled = await group.alone(() => this.#conclude(group, isLast))
        if (settled !== undefined) return settled
      }
    } finally {
      group.unsettled--
    }
    this.#tried.push('looked for it: not there')
    return 'absent'
  }

  async #conclude(group: InsertGroup, isLast: boolean): Promise<Outcome<Row> | undefined> {
    let seen: Sighting
    try {
      seen = await this.#look(group)
    } catch (cause) {
      return this.#unknown(`could not look for it: ${messageOf(cause)}`, cause)
    }
    if (seen.free.length > seen.owed) {
      // Among equal records it does not matter which row owns which; with some owed, none can be named.
      const id = seen.owed === 0 ? newest(seen.free)?.id : undefined
      this.#request.land(group, id, this.#startedAt, Date.now())
      return inserted(this.#place, id)
    }
    const mayBeThere = seen.free.length + seen.doubtful.length > seen.owed
    return isLast && mayBeThere ? this.#unknown(`found ${tell(seen)}`) : undefined
  }

  /**
   * After a row was sent again: the first try may have landed late, or in a form in which it was not
   * found, and then the row stands twice.
   */
  async #confirm(
    group: InsertGroup,
    id: string | undefined,
    delays: readonly number[],
  ): Promise<Outcome<Row>> {
    this.#sentAgain = true
    for (const [turn, delay] of delays.entries()) {
      await this.#pause(delay)
      const isLast = turn === delays.length - 1
      const doubt = await group.alone(() => this.#findTwin(group, id, isLast))
      if (doubt !== undefined) return doubt
    }
    return inserted(this.#place, id)
  }

  async #findTwin(
    group: InsertGroup,
    id: string | undefined,
    isLast: boolean,
  ): Promise<Outcome<Row> | undefined> {
    let seen: Sighting
    try {
      seen = await this.#look(group)
    } catch (cause) {
      return this.#unknown(`could not look whether it stands twice: ${messageOf(cause)}`, cause)
    }
    const found = seen.free.length + seen.doubtful.length
    // Equal rows that wait to be settled will find theirs among these.
    if (found > seen.owed + group.unsettled) {
      return this.#unknown(`found ${id === undefined ? '' : `${id}; `}${tell(seen)}`)
    }
    const isVisible = id === undefined ? found >= seen.owed : seen.ids.has(id)
    // Who does not find the record just made cannot tell that the first try made none.
    return isLast && !isVisible ? this.#unknown('did not find that one either') : undefined
  }

  async #look(group: InsertGroup): Promise<Sighting> {
    const left = this.#deadline - performance.now()
    if (left <= 0) throw new Error('no time is left')
    const sought = { request: this.#request, group, startedAt: this.#startedAt }
    return look(this.#context, sought, this.#options.earlier, {
      signal: this.#options.signal,
      timeoutMs: left === Number.POSITIVE_INFINITY ? undefined : left,
    })
  }

  async #pause(delayMs: number): Promise<void> {
    const ms = Math.min(delayMs, this.#deadline - performance.now())
    if (ms > 0) await sleep(ms, undefined, { signal: this.#options.signal })
  }

  #unknown(last: string, cause?: unknown): Outcome<Row> {
    const tried = [...this.#tried, ...(this.#sentAgain ? ['sent it again'] : []), last]
    const question = this.#sentAgain ? 'inserted once or twice' : 'inserted'
    const error = new UnknownOutcomeError(`it is not known whether the record was ${question}`, {
      hint: 'Look for the record before inserting it again; what was tried names what was found.',
      tried,
      cause,
      request: this.#trouble?.request,
    })
    return { status: 'unknown', ...this.#place, id: undefined, error, tried }
  }
}

function inserted<Row>({ index, row }: Place<Row>, id: string | undefined): Outcome<Row> {
  return { status: 'ok', index, row, change: 'inserted', id }
}

/** So many records an account names. */
const NAMED = 5

function tell({ free, doubtful }: Sighting): string {
  const found = [
    ...free.map(({ id }) => id),
    ...doubtful.map(({ id, why }) => `${id}, which ${why}`),
  ]
  const more = found.length > NAMED ? `; and ${found.length - NAMED} more` : ''
  return found.slice(0, NAMED).join('; ') + more
}

function newest(records: readonly TableRecord[]): TableRecord | undefined {
  return records.reduce<TableRecord | undefined>(
    (best, record) => (best === undefined || record.createdAt > best.createdAt ? record : best),
    undefined,
  )
}

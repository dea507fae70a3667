/** One INSERT, from the row to its outcome. */
import type { Table } from '@chatlayer-tables/contract'
import { ChatlayerError } from '../errors.ts'
import type { SendCheck } from '../send/sender.ts'
import { StoppedBeforeSending } from '../send/stop.ts'
import type { Outcome, RowCallOptions, Values } from '../types.ts'
import type { EarlierAttempt } from './earlier.ts'
import { type InsertRequest, insertRequest, sendInsert } from './insert-request.ts'
import { notifyListener } from './listener.ts'
import { done, notSent, type Place, rejected, unknown } from './outcomes.ts'
import { resolveInsert } from './resolve-insert.ts'
import type { WriteContext } from './write-context.ts'

export interface InsertOptions extends RowCallOptions {
  /** Columns whose values are unique, to search by after an insert without a response. */
  readonly key?: readonly string[] | undefined
  readonly earlier?: EarlierAttempt | undefined
}

/**
 * Inserts one row and determines its outcome. An error is an outcome, and so is the caller's abort.
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
  const { stop } = options
  if (stop?.aborted) return notSent(place, new StoppedBeforeSending(stop.reason), undefined)
  let request: InsertRequest
  try {
    request = insertRequest(context, table, values, options.key)
  } catch (error) {
    if (!(error instanceof ChatlayerError)) throw error
    return rejected(place, error)
  }
  if (listener === undefined || options.earlier?.onlyLook === true) {
    return run(context, request, place, options)
  }
  const { index } = place
  const none = { index, id: undefined, before: undefined, moment: context.clock.moment() }
  const intent = { table, version, change: 'inserted' as const, ...none, values }
  return notifyListener(listener, intent, place, (check) =>
    run(context, request, place, options, check),
  )
}

async function run<Row>(
  context: WriteContext,
  request: InsertRequest,
  place: Place<Row>,
  { signal, timeoutMs, stop, earlier }: InsertOptions,
  check?: SendCheck,
): Promise<Outcome<Row>> {
  const { clock, ledger } = context
  const attempted = earlier?.attempted
  const moment = attempted === undefined ? clock.moment() : attempted.moment
  // All writes since an earlier process started are kept by this process.
  const startedAt = attempted === undefined ? performance.now() : 0
  const deadline = performance.now() + (timeoutMs ?? Number.POSITIVE_INFINITY)
  const group = ledger.enter(request.content, startedAt)
  let isSent = false
  const onSend = () => {
    isSent = true
  }
  const call = { signal, timeoutMs, deadline, check, onSend }
  const attempt = { request, group, moment, earlier, call }
  try {
    if (attempted !== undefined || earlier?.onlyLook) {
      return await resolveInsert(context, attempt, place)
    }
    // A row that may have been written is resolved to its end.
    const first = stop === undefined ? call : { ...call, stop }
    const sent = await sendInsert(context, request, group, first)
    if (!sent.ok) return await resolveInsert(context, attempt, place, sent.error)
    return done({ ...place, id: sent.id }, 'inserted', sent.stored)
  } catch (error) {
    if (error instanceof StoppedBeforeSending) return notSent(place, error, signal)
    if (signal?.aborted !== true) throw error
    if (!isSent) return notSent(place, error, signal)
    // The request may be in flight.
    return unknown(place, {
      question: 'the record was inserted',
      hint: 'Search for the record before you insert it again.',
      tried: ['sent it, then stopped by the caller before a response came'],
      cause: error,
    })
  } finally {
    ledger.leave(group, startedAt, performance.now(), clock.horizonMs)
  }
}

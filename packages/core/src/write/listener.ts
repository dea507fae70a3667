import type { Table, Version } from '@chatlayer-tables/contract'
import { ChatlayerError, InvalidInputError } from '../errors.ts'
import type { Outcome, TableRecord, Values } from '../types.ts'
import type { GatewayMoment } from './clock.ts'
import { type Place, rejected } from './outcomes.ts'

/** One record's write, told before its request leaves. */
export interface WriteIntent {
  readonly table: Table
  readonly version: Version
  readonly change: 'inserted' | 'updated' | 'deleted'
  /** The record's id; undefined for an insert. */
  readonly id: string | undefined
  /** The record as it stood when it was read for this write; undefined for an insert. */
  readonly before: TableRecord | undefined
  /** The values that are written; undefined for a delete. */
  readonly values: Values | undefined
  /** The gateway's time before the request leaves, as far as it is known. */
  readonly moment: GatewayMoment | undefined
}

/**
 * Told of every write. Both calls are awaited, so that a listener can make an intent durable before
 * the request leaves. An error of `before` stops that write alone: it becomes the row's outcome, and
 * `after` is not called. An error of `after` ends the call; the row keeps the outcome it had.
 */
export interface WriteListener {
  before(intent: WriteIntent): void | Promise<void>
  after(intent: WriteIntent, outcome: Outcome<unknown>): void | Promise<void>
}

/** What `after` threw, with the outcome that it was told. */
export class AfterFailure {
  readonly outcome: Outcome<unknown>
  readonly error: unknown

  constructor(outcome: Outcome<unknown>, error: unknown) {
    this.outcome = outcome
    this.error = error
  }
}

/**
 * Carries out one record's write between the two calls of a listener.
 *
 * @throws AfterFailure
 */
export async function notifyListener<Row>(
  listener: WriteListener,
  intent: WriteIntent,
  place: Place<Row>,
  write: () => Promise<Outcome<Row>>,
): Promise<Outcome<Row>> {
  try {
    await listener.before(intent)
  } catch (error) {
    return rejected(place, stoppedBy(error))
  }
  const outcome = await write()
  await notifyAfter(listener, intent, outcome)
  return outcome
}

/** @throws AfterFailure */
export async function notifyAfter(
  listener: WriteListener,
  intent: WriteIntent,
  outcome: Outcome<unknown>,
): Promise<void> {
  try {
    await listener.after(intent, outcome)
  } catch (error) {
    throw new AfterFailure(outcome, error)
  }
}

function stoppedBy(cause: unknown): ChatlayerError {
  if (cause instanceof ChatlayerError) return cause
  return new InvalidInputError('the write listener stopped this write', {
    field: 'onWrite',
    hint: 'Nothing was sent. The cause is what its `before` threw.',
    cause,
  })
}

import type { Table, Version } from '@chatlayer-tables/contract'
import { ChatlayerError, InvalidInputError } from '../errors.ts'
import type { SendCheck } from '../send/sender.ts'
import type { Outcome, TableRecord, Values } from '../types.ts'
import type { GatewayMoment } from './clock.ts'
import { type Place, rejected } from './outcomes.ts'

/** The write of one record, passed to a listener before its request is sent. */
export interface WriteIntent {
  readonly table: Table
  readonly version: Version
  readonly change: 'inserted' | 'updated' | 'deleted'
  /** The row's position in the input, from 0; undefined for a write by a condition. */
  readonly index?: number | undefined
  /** The record's id; undefined for an insert. */
  readonly id: string | undefined
  /** The record before the write, as it was read for it; undefined for an insert. */
  readonly before: TableRecord | undefined
  /** The values to write; undefined for a delete. */
  readonly values: Values | undefined
  /** The gateway's time before the request is sent, if known. */
  readonly moment: GatewayMoment | undefined
}

/**
 * Called for every write. Both calls are awaited, so that a listener can store an intent before the
 * request is sent. An error of `before` stops only that write: it becomes the row's outcome, and
 * `after` is not called. An error of `after` ends the call; the row keeps its outcome.
 */
export interface WriteListener {
  /**
   * Before the request is sent.
   *
   * @returns what is asked right before each attempt of the request, if the listener may still have to
   *   stop it or make it wait
   */
  before(intent: WriteIntent): MaybeCheck | Promise<MaybeCheck>
  /** When the outcome is known. */
  after(intent: WriteIntent, outcome: Outcome<unknown>): void | Promise<void>
}

// biome-ignore lint/suspicious/noConfusingVoidType: a listener without a check returns nothing
type MaybeCheck = SendCheck | void

/** The exception of `after`, with the outcome that was passed to it. */
export class AfterFailure {
  readonly outcome: Outcome<unknown>
  readonly error: unknown

  constructor(outcome: Outcome<unknown>, error: unknown) {
    this.outcome = outcome
    this.error = error
  }
}

/**
 * Writes one record between the two calls of a listener.
 *
 * @throws AfterFailure
 */
export async function notifyListener<Row>(
  listener: WriteListener,
  intent: WriteIntent,
  place: Place<Row>,
  write: (check: SendCheck | undefined) => Promise<Outcome<Row>>,
): Promise<Outcome<Row>> {
  let check: SendCheck | undefined
  try {
    check = checkOf(await listener.before(intent))
  } catch (error) {
    return rejected(place, stoppedBy(error))
  }
  const outcome = await write(check)
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

/** The check of a listener, whose errors are those of a row. */
export function checkOf(given: MaybeCheck): SendCheck | undefined {
  if (typeof given !== 'function') return undefined
  return () => {
    try {
      return given()?.catch((error: unknown) => {
        throw stoppedBy(error)
      })
    } catch (error) {
      throw stoppedBy(error)
    }
  }
}

/** Asks each check until one is to be waited for. */
export function allOf(checks: readonly SendCheck[]): SendCheck | undefined {
  if (checks.length === 0) return undefined
  return () => {
    for (const check of checks) {
      const wait = check()
      if (wait !== undefined) return wait
    }
    return undefined
  }
}

function stoppedBy(cause: unknown): ChatlayerError {
  if (cause instanceof ChatlayerError) return cause
  return new InvalidInputError('the write listener stopped this write', {
    field: 'onWrite',
    hint: 'Nothing was sent. See `cause` for the exception of its `before`.',
    cause,
  })
}

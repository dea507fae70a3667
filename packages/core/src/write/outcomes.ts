/** Constructors of outcomes. */
import {
  ChatlayerError,
  ConnectionError,
  type RequestInfo,
  UnknownOutcomeError,
} from '../errors.ts'
import { StoppedBeforeSending } from '../send/stop.ts'
import type { Change, Outcome, StoredDifference } from '../types.ts'

/** A row of the caller, its position in the input, and the id of its record if known. */
export interface Place<Row> {
  readonly index: number
  readonly row: Row
  readonly id?: string | undefined
}

/**
 * @param stored values that are stored differently from what was sent
 * @param sends how often the row was sent
 */
export function done<Row>(
  { index, row, id }: Place<Row>,
  change: Change,
  stored?: readonly StoredDifference[] | undefined,
  sends = 1,
): Outcome<Row> {
  const outcome = { status: 'ok', index, row, change, id } as const
  if (stored === undefined && sends === 1) return outcome
  return { ...outcome, ...(stored && { stored }), ...(sends > 1 && { sends }) }
}

export function rejected<Row>({ index, row, id }: Place<Row>, error: ChatlayerError): Outcome<Row> {
  return { status: 'rejected', index, row, id, error }
}

/**
 * The outcome of an error before anything was sent, such as the caller's abort.
 *
 * @throws any other exception: a bug
 */
export function notSent<Row>(
  place: Place<Row>,
  error: unknown,
  signal: AbortSignal | undefined,
): Outcome<Row> {
  if (error instanceof ChatlayerError) return rejected(place, error)
  const isStopped = error instanceof StoppedBeforeSending
  if (!isStopped && signal?.aborted !== true) throw error
  const message = 'stopped by the caller before it was sent'
  const details = {
    hint: 'Nothing was changed.',
    situation: { code: 'NOT_SENT' },
    cause: isStopped ? error.cause : error,
  }
  return rejected(place, new ConnectionError(message, details))
}

/** Details of an unknown outcome. */
export interface UnknownDetails {
  /** Continues "it is not known whether". */
  readonly question: string
  readonly hint: string
  readonly tried: readonly string[]
  /** The error that prevented determining it. */
  readonly cause?: unknown
  readonly request?: RequestInfo | undefined
}

export function unknown<Row>(
  place: Place<Row>,
  { question, ...details }: UnknownDetails,
): Outcome<Row> {
  const { index, row, id } = place
  const error = new UnknownOutcomeError(`it is not known whether ${question}`, details)
  return { status: 'unknown', index, row, id, error, tried: details.tried }
}

/** Rejects a row that cannot be prepared; the rows after it continue. */
export function rejecting<Row>(
  write: (row: Row, index: number) => Outcome<Row> | Promise<Outcome<Row>>,
): (row: Row, index: number) => Outcome<Row> | Promise<Outcome<Row>> {
  return (row, index) => {
    try {
      return write(row, index)
    } catch (error) {
      return notSent({ index, row }, error, undefined)
    }
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** How outcomes of rows are made. */
import {
  ChatlayerError,
  ConnectionError,
  type RequestInfo,
  UnknownOutcomeError,
} from '../errors.ts'
import type { Change, Outcome, StoredDifference } from '../types.ts'

/** A row of the caller's, its place in the input, and the id of its record where it is known. */
export interface Place<Row> {
  readonly index: number
  readonly row: Row
  readonly id?: string | undefined
}

/** @param stored what the record holds otherwise than it was sent */
export function done<Row>(
  { index, row, id }: Place<Row>,
  change: Change,
  stored?: readonly StoredDifference[] | undefined,
): Outcome<Row> {
  const outcome = { status: 'ok', index, row, change, id } as const
  return stored === undefined ? outcome : { ...outcome, stored }
}

export function rejected<Row>({ index, row, id }: Place<Row>, error: ChatlayerError): Outcome<Row> {
  return { status: 'rejected', index, row, id, error }
}

/**
 * The outcome of trouble that came before anything was sent; the caller's abort is such trouble.
 *
 * @throws what is neither an error of this library nor an abort: a mistake in the code
 */
export function notSent<Row>(
  place: Place<Row>,
  error: unknown,
  signal: AbortSignal | undefined,
): Outcome<Row> {
  if (error instanceof ChatlayerError) return rejected(place, error)
  if (signal?.aborted !== true) throw error
  const hint = 'Nothing was changed.'
  const message = 'stopped by the caller before it was sent'
  return rejected(place, new ConnectionError(message, { hint, cause: error }))
}

/** What is not known of a row, and what was done to find out. */
export interface UnknownDetails {
  /** After "it is not known whether". */
  readonly question: string
  readonly hint: string
  readonly tried: readonly string[]
  /** What kept us from finding out. */
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

/** A row that cannot even be prepared is rejected; the rows after it go on. */
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

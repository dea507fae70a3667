/** How outcomes of rows are made. */
import { ChatlayerError, ConnectionError } from '../errors.ts'
import type { Outcome } from '../types.ts'

/** A row of the caller's, and its place in the input. */
export interface Place<Row> {
  readonly index: number
  readonly row: Row
}

export function rejected<Row>(
  { index, row }: Place<Row>,
  error: ChatlayerError,
  id?: string,
): Outcome<Row> {
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
  id?: string,
): Outcome<Row> {
  if (error instanceof ChatlayerError) return rejected(place, error, id)
  if (signal?.aborted !== true) throw error
  const stopped = new ConnectionError('stopped by the caller before it was sent', {
    hint: 'Nothing was changed.',
    cause: error,
  })
  return rejected(place, stopped, id)
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

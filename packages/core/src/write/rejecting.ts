import { ChatlayerError } from '../errors.ts'
import type { Outcome } from '../types.ts'

/** A row that cannot even be prepared is rejected; the rows after it go on. */
export function rejecting<Row>(
  write: (row: Row, index: number) => Promise<Outcome<Row>>,
): (row: Row, index: number) => Promise<Outcome<Row>> {
  return async (row, index) => {
    try {
      return await write(row, index)
    } catch (error) {
      if (!(error instanceof ChatlayerError)) throw error
      return { status: 'rejected', index, row, id: undefined, error }
    }
  }
}

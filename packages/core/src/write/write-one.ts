import type { WriteResult } from '../table-options.ts'
import type { CallOptions, Outcome } from '../types.ts'
import type { Work } from './bulk-write.ts'
import { AfterFailure } from './listener.ts'

/**
 * Writes one row in the way of a bulk write, and throws what is its outcome there.
 *
 * @throws the error of the row, the exception of a listener, or the reason of the caller's abort
 */
export async function writeOne<Row>(
  { write }: Pick<Work<Row>, 'write'>,
  row: Row,
  { signal }: CallOptions,
): Promise<WriteResult<string | undefined>> {
  let outcome: Outcome<Row>
  try {
    outcome = await write(row, 0)
  } catch (error) {
    throw error instanceof AfterFailure ? error.error : error
  }
  if (outcome.status === 'ok') {
    const { status: _status, index: _index, row: _row, ...result } = outcome
    return result
  }
  const isStopped = outcome.status === 'unknown' || outcome.error.cause === signal?.reason
  if (isStopped) signal?.throwIfAborted()
  throw outcome.error
}

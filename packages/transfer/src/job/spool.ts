/** Keeps input that can be read but once, so that the job can be resumed. */
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { asStorageError } from '@chatlayer-tables/local'

/** The name of the copy in the folder of the job. */
export const SPOOLED = 'input'

/** @throws StorageError when it cannot be written, and the reason of an abort */
export async function spool(
  stream: AsyncIterable<Uint8Array>,
  path: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const file = createWriteStream(path, { mode: 0o600 })
  try {
    await (signal === undefined ? pipeline(stream, file) : pipeline(stream, file, { signal }))
  } catch (error) {
    throw file.errored === error ? asStorageError(error, path) : error
  }
}

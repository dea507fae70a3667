/** What comes once is kept, so that an import of it can go on. */
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { asStorageError } from '@chatlayer-tables/local'

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

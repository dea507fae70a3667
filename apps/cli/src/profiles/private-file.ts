/** Files of profiles, which only their owner can read, even while they are written. */
import { chmodSync } from 'node:fs'
import { dirname } from 'node:path'
import {
  checkPrivateFolder,
  ensurePrivateFolder,
  readSmallFile,
  reportStorageErrors,
  SmallFileError,
  writePrivateFile,
} from '@chatlayer-tables/local'
import { UsageError } from '../failures.ts'

/** Writes a file in a folder that only its owner can read. @throws StorageError */
export async function writeOwnFile(file: string, content: string): Promise<void> {
  const folder = dirname(file)
  ensurePrivateFolder(folder)
  reportStorageErrors(folder, () => chmodSync(folder, 0o700))
  await writePrivateFile(file, content)
}

/** Larger files are not from this program. */
const MAX_BYTES = 1_000_000

/**
 * @returns undefined if there is no such file
 * @throws UsageError if it cannot be read or is not a file of this program; StorageError if others can
 *   write to its folder
 */
export async function readIfThere(file: string): Promise<string | undefined> {
  checkPrivateFolder(dirname(file))
  try {
    return await readSmallFile(file, { maxBytes: MAX_BYTES })
  } catch (error) {
    if (!(error instanceof SmallFileError)) throw error
    if (error.problem === 'missing') return undefined
    throw new UsageError(
      `cannot read ${file}: ${error.message}`,
      'Make it readable, or move it away.',
    )
  }
}

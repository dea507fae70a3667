/** Files of profiles, which only their owner can read at any moment. */
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

/** Writes a file in a folder that only its owner may read. @throws StorageError */
export async function writeOwnFile(file: string, content: string): Promise<void> {
  const folder = dirname(file)
  ensurePrivateFolder(folder)
  reportStorageErrors(folder, () => chmodSync(folder, 0o700))
  await writePrivateFile(file, content)
}

/** Larger files were not written by this program. */
const MAX_BYTES = 1_000_000

/**
 * @returns undefined where there is no such file
 * @throws UsageError for one that cannot be read, or is no file of this program; StorageError where
 *   others can write to its folder
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
      'Move it away, or make it readable.',
    )
  }
}

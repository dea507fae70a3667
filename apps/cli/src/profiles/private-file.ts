/** Files that nobody but their owner can read, at any moment of their life. */
import { randomUUID } from 'node:crypto'
import { chmod, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  asStorageError,
  checkPrivateFolder,
  ensurePrivateFolder,
  readSmallFile,
  SmallFileError,
} from '@chatlayer-tables/local'
import { UsageError } from '../failures.ts'

const OWNER_ONLY_FILE = 0o600
const OWNER_ONLY_FOLDER = 0o700

/** Whole or not at all: a reader in between finds the previous content. @throws StorageError */
export async function writePrivateFile(file: string, content: string): Promise<void> {
  try {
    await write(file, content)
  } catch (error) {
    throw asStorageError(error, file)
  }
}

async function write(file: string, content: string): Promise<void> {
  const folder = dirname(file)
  ensurePrivateFolder(folder)
  // Others may have been let read it.
  await chmod(folder, OWNER_ONLY_FOLDER)
  const unfinished = join(folder, `.${randomUUID()}.tmp`)
  try {
    await using handle = await open(unfinished, 'wx', OWNER_ONLY_FILE)
    await handle.writeFile(content)
    await handle.sync()
    await handle.close()
    await rename(unfinished, file)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
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

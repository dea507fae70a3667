/** Files that nobody but their owner can read, at any moment of their life. */
import { randomUUID } from 'node:crypto'
import { chmod, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { asStorageError, ensureFolder } from '@chatlayer-tables/local'
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
  ensureFolder(folder)
  // It may have been made by others, or with wider rights.
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
 * @throws UsageError for one that cannot be read, or is no file of this program
 */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    const found = await stat(file)
    // Opening a pipe would wait for its other end.
    if (!found.isFile()) throw new UsageError(`${file} is not a regular file`, MOVE_AWAY)
    if (found.size > MAX_BYTES) throw new UsageError(`${file} is too large`, MOVE_AWAY)
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof UsageError) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new UsageError(`cannot read ${file}${code === '' ? '' : ` (${code})`}`, MOVE_AWAY)
  }
}

const MOVE_AWAY = 'Move it away, or make it readable.'

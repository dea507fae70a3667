/** Files that only their owner may read or write, regardless of the umask. */
import { randomUUID } from 'node:crypto'
import { closeSync, fchmodSync, fsyncSync, lstatSync, openSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ensurePrivateFolder } from './folder.ts'
import { storageErrorOf } from './storage-error.ts'

/**
 * Creates an empty file with mode 0600.
 *
 * @returns false where something of this name exists
 * @throws StorageError
 */
export function createPrivateFile(path: string): boolean {
  try {
    const file = openSync(path, 'wx', 0o600)
    try {
      fchmodSync(file, 0o600)
    } finally {
      closeSync(file)
    }
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw storageErrorOf(error, path) ?? error
  }
}

/**
 * Writes a file with mode 0600 and replaces the previous one: a reader finds either of the two as a
 * whole. Its folder is created where it is missing.
 *
 * @throws StorageError, also where others could change what is in the folder
 */
export async function writePrivateFile(path: string, content: string): Promise<void> {
  ensurePrivateFolder(dirname(path))
  await replacePrivateFile(path, content)
}

/** The same in any folder that exists, for a file that the user named. @throws StorageError */
export async function replacePrivateFile(path: string, content: string): Promise<void> {
  const folder = dirname(path)
  const partial = join(folder, `.${randomUUID()}.tmp`)
  try {
    await using file = await open(partial, 'wx', 0o600)
    await file.writeFile(content)
    await file.sync()
    await file.close()
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    // The name of the partial file means nothing to the user.
    const found = storageErrorOf(error, partial)
    throw found?.at(found.kind === 'full' ? folder : path) ?? error
  }
}

/** Whether a path is a file itself: not a symbolic link, a folder, a pipe or a device. */
export function isRegularFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() === true
}

/** Syncs the names in a folder to the disk. Windows neither needs nor allows it. */
export function syncFolder(path: string): void {
  if (process.platform === 'win32') return
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

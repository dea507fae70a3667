/** Folders that only their owner may use, regardless of the umask. */
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { exposedFolder, makeFolder } from './private-folder.ts'
import { StorageError, storageErrorOf } from './storage-error.ts'

/**
 * Creates a folder with mode 0700, with the folders above it that are missing. An existing folder is
 * left as it is. For folders of other programs; for those of this one see {@link ensurePrivateFolder}.
 *
 * @throws StorageError
 */
export function ensureFolder(path: string): void {
  try {
    makeFolder(path, calls)
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) throw notAFolder(path, error)
    throw storageErrorOf(error, path)?.at(path) ?? error
  }
}

const calls = { mkdirSync, chmodSync, statSync, dirname }

/**
 * The same for a folder that programs trust: its files decide what they write or run.
 *
 * @throws StorageError, of kind `shared` where others could change what is in it
 */
export function ensurePrivateFolder(path: string): void {
  ensureFolder(path)
  checkPrivateFolder(path)
}

/** @throws StorageError of kind `shared` where others could change what is in a folder that exists */
export function checkPrivateFolder(path: string): void {
  const found = exposedFolder(path, process.getuid?.(), calls)
  if (found === undefined) return
  if (found.exposure === 'writable') throw new StorageError('shared', found.path)
  throw new StorageError('shared', found.path, {
    message: `${found.path} belongs to another user`,
    hint: 'Use a folder of your own.',
  })
}

/** A commit of a small transaction needs this much. */
const PROBE_BYTES = 16 * 1024

/**
 * Checks that files can be created and written in a folder, which is created where it is missing. Call
 * it before the first request of a command that must keep something.
 *
 * @throws StorageError
 */
export function checkFolder(path: string): void {
  ensurePrivateFolder(path)
  const probe = join(path, `.probe-${randomBytes(6).toString('hex')}`)
  try {
    const file = openSync(probe, 'wx', 0o600)
    try {
      const written = writeSync(file, Buffer.alloc(PROBE_BYTES))
      if (written < PROBE_BYTES) throw new StorageError('full', path)
    } finally {
      closeSync(file)
      rmSync(probe, { force: true })
    }
  } catch (error) {
    // The name of the probe means nothing to the user.
    throw storageErrorOf(error, path)?.at(path) ?? error
  }
}

function notAFolder(path: string, cause: unknown): StorageError {
  const detail = existsSync(path) ? 'not a folder' : 'a dangling symbolic link'
  return new StorageError('damaged', path, { detail, cause })
}

function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

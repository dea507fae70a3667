/** One error class for problems with the disk, folders and database files. */
import { statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * - `full`: no space left, or a quota or size limit reached
 * - `read-only`: the file system is read-only
 * - `no-permission`: this user may not use the file or folder
 * - `missing`: the folder does not exist and cannot be created
 * - `locked`: another process holds the file
 * - `shared`: others could change what is in the folder
 * - `damaged`: not a file of chatlayer-tables, or its content is invalid
 * - `unreachable`: the database that machines share does not respond
 * - `lost`: another machine has taken over what this process held, since it was not heard of
 */
export type StorageErrorKind =
  | 'full'
  | 'read-only'
  | 'no-permission'
  | 'missing'
  | 'locked'
  | 'shared'
  | 'damaged'
  | 'unreachable'
  | 'lost'

export interface StorageSituation {
  readonly code: string
  readonly data?: Readonly<Record<string, unknown>> | undefined
}

export interface StorageErrorOptions {
  /** Replaces the hint of the kind. */
  readonly hint?: string | undefined
  /** The situation, for a program that words the hint itself. */
  readonly situation?: StorageSituation | undefined
  /** Replaces the message of the kind. */
  readonly message?: string | undefined
  /** Added to the message in parentheses. */
  readonly detail?: string | undefined
  readonly cause?: unknown
}

const HINTS: Readonly<Record<Exclude<StorageErrorKind, 'shared'>, string>> = {
  full: 'Free space there, then run the command again.',
  'read-only': 'Use a folder on a writable file system.',
  'no-permission': 'Change the permissions, or use another folder.',
  missing: 'Create the folder, or use another one.',
  locked: 'Wait until the other process has ended, or end it.',
  damaged: 'Move it away to continue without it.',
  unreachable: 'Run the command again when the database can be reached.',
  lost: 'Run the command again.',
}

/** A file or folder on this machine cannot be used. `path` is the file, or for `full` the folder. */
export class StorageError extends Error {
  override readonly name = 'StorageError'
  readonly code = 'STORAGE'
  readonly kind: StorageErrorKind
  readonly path: string
  readonly hint: string
  readonly situation: StorageSituation | undefined

  constructor(kind: StorageErrorKind, path: string, options: StorageErrorOptions = {}) {
    const { message = messageOf(kind, path), hint = hintOf(kind, path), detail, cause } = options
    const end = detail === undefined ? '' : ` (${detail})`
    super(`${message}${end}`, cause === undefined ? undefined : { cause })
    this.kind = kind
    this.path = path
    this.hint = hint
    this.situation = options.situation
  }

  /** The same error with another hint, also in place of one that a program words for its situation. */
  withHint(hint: string): StorageError {
    const { kind, path, message, cause } = this
    return new StorageError(kind, path, { message, hint, cause })
  }

  /** The same error in a situation that the caller knows. */
  withSituation(situation: StorageSituation): StorageError {
    const { kind, path, message, hint, cause } = this
    return new StorageError(kind, path, { message, hint, situation, cause })
  }

  /** The same kind of error, of another file or folder. */
  at(path: string): StorageError {
    const { kind, hint, cause } = this
    return path === this.path ? this : new StorageError(kind, path, { hint, cause })
  }
}

function hintOf(kind: StorageErrorKind, path: string): string {
  return kind === 'shared'
    ? `Check what is in it, then run: chmod 700 ${quoted(path)}`
    : HINTS[kind]
}

/** The path quoted for a shell. */
function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`
}

function messageOf(kind: StorageErrorKind, path: string): string {
  switch (kind) {
    case 'full':
      return `no space left in ${path}`
    case 'read-only':
      return `cannot write ${path}: the file system is read-only`
    case 'no-permission':
      return `no permission to use ${path}`
    case 'missing':
      return `${path} does not exist and cannot be created`
    case 'locked':
      return `${path} is locked by another process`
    case 'shared':
      return `others can write to ${path}`
    case 'damaged':
      return `${path} is damaged, or not a file of chatlayer-tables`
    case 'unreachable':
      return `${path} cannot be reached`
    case 'lost':
      return 'another machine has taken over, since this one was not heard of'
  }
}

const KIND_BY_SYSTEM_CODE: Readonly<Record<string, StorageErrorKind>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EFBIG: 'full',
  EROFS: 'read-only',
  EACCES: 'no-permission',
  EPERM: 'no-permission',
  ENOENT: 'missing',
  ENOTDIR: 'missing',
  EISDIR: 'damaged',
  ELOOP: 'damaged',
  EIO: 'damaged',
}

/** SQLite's primary result codes. */
const KIND_BY_SQLITE_CODE: Readonly<Record<number, StorageErrorKind>> = {
  3: 'no-permission',
  5: 'locked',
  6: 'locked',
  8: 'read-only',
  11: 'damaged',
  13: 'full',
  14: 'missing',
  26: 'damaged',
}

/** SQLite's IOERR, and its extended codes for a file that could not grow. */
const IOERR = 10
const IOERR_OF_WRITING = new Set([778, 1034, 1546, 4874, 5386])
/** IOERR_READ, IOERR_SHORT_READ and IOERR_CORRUPTFS. */
const IOERR_OF_READING = new Set([266, 522, 8458])

/** With less free space than this, a failed write is reported as a full disk. */
const MIN_FREE_BYTES = 1_000_000

/**
 * Detects an error of node:fs or node:sqlite that is about the disk, a folder or a file.
 *
 * @param path the file or folder that was used; an error of node:fs that names a path overrides it
 * @returns undefined for any other error
 */
export function storageErrorOf(error: unknown, path: string): StorageError | undefined {
  if (error instanceof StorageError) return error
  if (!(error instanceof Error)) return undefined
  const errcode = 'errcode' in error ? Number(error.errcode) : undefined
  if (errcode !== undefined) return ofSqlite(error, errcode, path)
  if (!('syscall' in error) || !('code' in error)) return undefined
  const kind = KIND_BY_SYSTEM_CODE[String(error.code)]
  if (kind === undefined) return undefined
  const own = 'path' in error && typeof error.path === 'string' ? error.path : path
  const detail = error.code === 'ENOTDIR' ? 'a part of the path is not a folder' : undefined
  return new StorageError(kind, kind === 'full' ? folderOf(own) : own, { detail, cause: error })
}

/** The error as a {@link StorageError} where it is one; otherwise the error itself. */
export function asStorageError(error: unknown, path: string): unknown {
  return storageErrorOf(error, path) ?? error
}

/** Runs `work`. @throws StorageError where the disk or the file is the reason; otherwise what `work` throws */
export function reportStorageErrors<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw asStorageError(error, path)
  }
}

/** The storage error that an error is or was caused by. */
export function storageErrorIn(error: unknown): StorageError | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof StorageError) return each
  }
  return undefined
}

function ofSqlite(error: Error, errcode: number, path: string): StorageError | undefined {
  const primary = errcode & 0xff
  if (primary === IOERR) return ofInputOutput(error, errcode, path)
  const kind = KIND_BY_SQLITE_CODE[primary]
  if (kind === undefined) return undefined
  if (kind === 'full') return new StorageError('full', folderOf(path), { cause: error })
  if (primary === 14) return cannotOpen(error, path)
  return new StorageError(kind, path, { cause: error })
}

function ofInputOutput(error: Error, errcode: number, path: string): StorageError {
  const isReading = IOERR_OF_READING.has(errcode)
  const isFull = IOERR_OF_WRITING.has(errcode) || (!isReading && isNearlyFull(path))
  if (isFull) return new StorageError('full', folderOf(path), { cause: error })
  const detail = `${error.message}, code ${errcode}`
  return new StorageError('damaged', path, { detail, cause: error })
}

/** SQLite has one code for all reasons why a file cannot be opened. */
function cannotOpen(cause: Error, path: string): StorageError {
  const folder = folderOf(path)
  if (isNearlyFull(folder)) return new StorageError('full', folder, { cause })
  const found = statOf(path)
  if (found !== undefined && !found.isFile()) {
    return new StorageError('damaged', path, { detail: 'not a regular file', cause })
  }
  if (found !== undefined) return new StorageError('no-permission', path, { cause })
  const kind = statOf(folder) === undefined ? 'missing' : 'no-permission'
  return new StorageError(kind, kind === 'missing' ? path : folder, { cause })
}

function folderOf(path: string): string {
  return statOf(path)?.isDirectory() ? path : dirname(path)
}

function isNearlyFull(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folderOf(path))
    return bavail * bsize < MIN_FREE_BYTES
  } catch {
    return false
  }
}

function statOf(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** SQLite databases that only their owner may read, and transactions on them. */
import { randomBytes } from 'node:crypto'
import { accessSync, constants, existsSync, linkSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { createPrivateFile, isRegularFile, syncFolder } from './private-file.ts'
import { asStorageError, StorageError, storageErrorOf } from './storage-error.ts'

export interface OpenDatabaseOptions {
  readonly readOnly?: boolean | undefined
  /**
   * Reads the file alone, without its write-ahead log, where a disk that is full or read-only leaves no
   * room for what reading otherwise needs. The latest writes may be missing.
   */
  readonly immutable?: boolean | undefined
  /** How long a statement waits for another process, in milliseconds (default: 0). */
  readonly timeoutMs?: number | undefined
}

/**
 * Creates a database with mode 0600. It gets its name when `fill` has returned and all is on the disk, so
 * that a process that ends meanwhile leaves no database that looks damaged. A database that another
 * process has created meanwhile stays as it is.
 *
 * @throws StorageError, which names the folder; otherwise what `fill` throws
 */
export function createDatabase(path: string, fill: (database: DatabaseSync) => void): void {
  const made = newDatabase(path)
  try {
    fill(made.database)
    made.finish()
  } catch (error) {
    throw made.asError(error)
  } finally {
    made.remove()
  }
}

/** The same, for contents that are not made in one go. */
export async function createDatabaseInTurns(
  path: string,
  fill: (database: DatabaseSync) => Promise<void>,
): Promise<void> {
  const made = newDatabase(path)
  try {
    await fill(made.database)
    made.finish()
  } catch (error) {
    throw made.asError(error)
  } finally {
    made.remove()
  }
}

/** A database under another name, until it is finished. */
function newDatabase(path: string) {
  const folder = dirname(path)
  const partial = join(folder, `new-${randomBytes(8).toString('hex')}.sqlite`)
  // The name of the partial file means nothing to the user.
  const asError = (error: unknown): unknown => storageErrorOf(error, partial)?.at(folder) ?? error
  let database: DatabaseSync
  try {
    createPrivateFile(partial)
    database = new DatabaseSync(partial)
  } catch (error) {
    removeDatabase(partial)
    throw asError(error)
  }
  const close = (): void => {
    if (database.isOpen) database.close()
  }
  return {
    database,
    asError,
    finish(): void {
      close()
      giveName(partial, path)
      syncFolder(folder)
    },
    remove(): void {
      close()
      removeDatabase(partial)
    },
  }
}

function giveName(partial: string, path: string): void {
  try {
    linkSync(partial, path)
  } catch {
    // Some file systems have no links.
    if (!existsSync(path)) renameSync(partial, path)
  }
}

/** Removes the files of a database, which must be closed. */
export function removeDatabase(path: string): void {
  for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true })
}

/**
 * Opens a database that exists. A symbolic link, a folder, a pipe or an empty file in its place is
 * refused, since opening it could block, or would silently create a new database.
 *
 * @throws StorageError
 */
export function openDatabase(path: string, options: OpenDatabaseOptions = {}): DatabaseSync {
  const { readOnly = false, immutable = false, timeoutMs = 0 } = options
  try {
    const { size } = statSync(path)
    if (!isRegularFile(path)) {
      throw new StorageError('damaged', path, { detail: 'not a regular file' })
    }
    if (size === 0) throw new StorageError('damaged', path, { detail: 'the file is empty' })
    if (!immutable) return new DatabaseSync(path, { readOnly, timeout: timeoutMs })
    const url = pathToFileURL(path)
    url.search = 'immutable=1'
    return new DatabaseSync(url, { readOnly: true })
  } catch (error) {
    throw asStorageError(error, path)
  }
}

/**
 * Runs `work` as one transaction. Its first error is the one that is thrown: SQLite itself rolls back
 * when the disk is full, and another ROLLBACK would only hide why.
 *
 * @throws StorageError where the disk or the file is the reason; otherwise what `work` throws
 */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  try {
    database.exec('BEGIN IMMEDIATE')
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    rollBack(database)
    throw asStorageError(error, database.location() ?? temporaryFolder())
  }
}

function rollBack(database: DatabaseSync): void {
  if (!database.isOpen || !database.isTransaction) return
  try {
    database.exec('ROLLBACK')
  } catch {
    // The first error is the one to throw.
  }
}

/**
 * Opens a database with these tables in a temporary file without a name, which SQLite deletes when it is
 * closed. The database is in a transaction: it is never rolled back.
 *
 * @throws StorageError
 */
export function openTemporaryDatabase(tables: string): DatabaseSync {
  return usingTemporaryFolder(() => {
    const database = new DatabaseSync('')
    database.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; ${tables} BEGIN;`)
    return database
  })
}

/** The folder of SQLite's temporary files: databases without a name, and sorted rows. */
export function temporaryFolder(): string {
  const { SQLITE_TMPDIR, TMPDIR } = process.env
  if (process.platform === 'win32') return tmpdir()
  const candidates = [SQLITE_TMPDIR, TMPDIR, '/var/tmp', '/usr/tmp', '/tmp']
  return candidates.find((path) => path !== undefined && isWritableFolder(path)) ?? '.'
}

/** Runs what needs room in the temporary folder. @throws StorageError where there is none */
export function usingTemporaryFolder<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw asStorageError(error, temporaryFolder())
  }
}

function isWritableFolder(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK)
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

/** Errors of SQLite as errors about the file or the query. */
import { existsSync, statSync } from 'node:fs'
import { InvalidInputError } from '@chatlayer-tables/core'
import { readingError } from '@chatlayer-tables/files'
import { SideError } from '../side-error.ts'

/** SQLite's primary result codes. */
const ERROR = 1
const BUSY = 5
const LOCKED = 6
const READONLY = 8
const IOERR = 10
const CORRUPT = 11
const CANTOPEN = 14
const AUTH = 23
const NOTADB = 26
/** A crashed program left a journal that has to be rolled back. */
const READONLY_ROLLBACK = 776

/** SQLite's extended result code of an error of node:sqlite. */
function codeOf(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) : undefined
}

/** Whether the write-ahead log may be the reason why a database cannot be read. */
export function isLogError(error: unknown): boolean {
  const code = codeOf(error)
  return (
    code !== undefined && [READONLY, CANTOPEN].includes(code & 0xff) && code !== READONLY_ROLLBACK
  )
}

/**
 * The error for the user; one that is not of SQLite is returned unchanged.
 *
 * @param file as it was given
 */
export function sqliteError(error: unknown, file: string): unknown {
  const code = codeOf(error)
  if (code === undefined || !(error instanceof Error)) return error
  const refuse = (message: string, hint?: string): InvalidInputError =>
    new InvalidInputError(message, { hint, cause: error })
  if (code === READONLY_ROLLBACK) {
    return refuse(
      `${file} was not closed properly: its journal must be rolled back first`,
      'Open it once with the program that writes it, or with: sqlite3',
    )
  }
  switch (code & 0xff) {
    case BUSY:
    case LOCKED:
      return new SideError('SIDE_FAILED', `${file} is locked by another program`, {
        hint: 'Run the command again when that program has finished writing.',
        isTransient: true,
        cause: error,
      })
    case NOTADB:
      return refuse(`${file} is not an SQLite database, or it is encrypted`)
    case CORRUPT:
      return refuse(`${file} is damaged: ${error.message}`, `Check it with: sqlite3 … .recover`)
    case READONLY:
    case CANTOPEN:
    case AUTH:
      return refuse(`${file} cannot be opened: no permission for the file, its folder or its log`)
    case IOERR:
      return refuse(`${file} cannot be read: ${error.message}`)
    case ERROR:
      return refuse(`the query is not valid: ${error.message}`)
    default:
      return new SideError('SIDE_FAILED', `${file}: ${error.message}`, { cause: error })
  }
}

/** @throws InvalidInputError where there is no file with a database */
export function checkFile(path: string, file: string): void {
  try {
    const stat = statSync(path)
    if (stat.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' })
    if (!stat.isFile()) throw new InvalidInputError(`${file} is not a regular file`)
    if (stat.size === 0 && !existsSync(`${path}-wal`)) {
      throw new InvalidInputError(`${file} is empty: it has no tables`)
    }
  } catch (error) {
    throw readingError(error, file)
  }
}

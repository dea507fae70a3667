/** The file of reviews. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import {
  asStorageError,
  createDatabase,
  ensurePrivateFolder,
  openDatabase,
  StorageError,
  transaction,
} from '@chatlayer-tables/local'

const FILE = 'reviews.db'
const FORMAT = 1

/** How long to wait for a transaction of another process. */
const BUSY_MS = 4_000

/** Times are milliseconds since 1970 by the clock of this machine. JSON columns are text. */
const SCHEMA = `
  CREATE TABLE reviews (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    program TEXT NOT NULL, client TEXT, command TEXT NOT NULL,
    place TEXT NOT NULL, principal TEXT,
    table_name TEXT NOT NULL, version TEXT NOT NULL,
    call TEXT NOT NULL, bound TEXT NOT NULL, facts TEXT NOT NULL, note TEXT,
    can_tick INTEGER NOT NULL, row_counts TEXT NOT NULL, digest TEXT NOT NULL, salt TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    created INTEGER NOT NULL, expires INTEGER NOT NULL,
    nonce_hash TEXT, nonce_created INTEGER,
    way TEXT, decided INTEGER, decision_note TEXT, ticked TEXT,
    claimed INTEGER, result TEXT
  ) STRICT;
  CREATE TABLE review_rows (
    review INTEGER NOT NULL, set_n INTEGER NOT NULL, place INTEGER NOT NULL,
    digest TEXT NOT NULL, shown TEXT NOT NULL,
    PRIMARY KEY (review, set_n, place)
  ) STRICT, WITHOUT ROWID;
`

/**
 * Opens the file of reviews in a folder. Both are created where they do not exist, readable by their
 * owner alone.
 *
 * @throws StorageError
 */
export function openReviewDatabase(folder: string): DatabaseSync {
  const path = join(folder, FILE)
  let database: DatabaseSync | undefined
  try {
    ensurePrivateFolder(folder)
    if (!existsSync(path)) createFile(path)
    database = openDatabase(path, { timeoutMs: BUSY_MS })
    const format = Number(database.prepare('PRAGMA user_version').get()?.user_version)
    if (format !== FORMAT) throw otherFormat(path, format)
    // Replaced and pruned rows leave no values in the file.
    database.exec('PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;')
    return database
  } catch (error) {
    database?.close()
    throw asStorageError(error, path)
  }
}

function createFile(path: string): void {
  createDatabase(path, (database) => {
    database.exec('PRAGMA auto_vacuum = FULL; PRAGMA journal_mode = WAL;')
    transaction(database, () => {
      database.exec(SCHEMA)
      database.exec(`PRAGMA user_version = ${FORMAT}`)
    })
  })
}

function otherFormat(path: string, format: number): StorageError {
  if (format === 0) return new StorageError('damaged', path)
  return new StorageError('damaged', path, {
    message: `the reviews in ${path} were made by another release of chatlayer-tables`,
    hint: 'Use that release, or move the file away.',
  })
}

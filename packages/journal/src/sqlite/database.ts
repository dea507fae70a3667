/** The journal's database: one file for all change sets of this machine's user. */
import { randomBytes } from 'node:crypto'
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

/** The schema version. An older journal is migrated; one of a later release is left as it is. */
const FORMAT = 3

const FILE = 'journal.sqlite'

/** How long to wait for a transaction of another process; opening takes no longer in total. */
const BUSY_MS = 4_000
/** The same after a wait has failed: each statement would wait for the same lock again. */
const BUSY_AGAIN_MS = 100

/** Calls of tools; see `../calls.ts`. */
const CALLS = `
  CREATE TABLE calls (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    digest TEXT NOT NULL, token TEXT, begun INTEGER NOT NULL, ended INTEGER, result TEXT
  ) STRICT;
  CREATE INDEX calls_by_digest ON calls (digest);
  CREATE INDEX sets_by_call ON sets (call) WHERE call IS NOT NULL;
`

/**
 * A change's number is its set's times CHANGES_PER_SET plus its place in the set, so that a set's changes
 * are together and in order. `state` and `kind` are the codes of `../stored-change.ts`. Times are
 * milliseconds since 1970 by the clock of this machine, but for `gateway_begun` and `moment_…`: these
 * are by the gateway's clock, and null where no response had it.
 */
const SCHEMA = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE sets (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    writer TEXT NOT NULL,
    tool TEXT NOT NULL, client TEXT, command TEXT, note TEXT,
    origin TEXT NOT NULL, team TEXT NOT NULL, bot TEXT NOT NULL,
    table_id TEXT NOT NULL, table_name TEXT NOT NULL, columns TEXT NOT NULL, version TEXT NOT NULL,
    undoes TEXT, job TEXT, principal TEXT, call INTEGER,
    begun INTEGER NOT NULL, ended INTEGER, gateway_begun INTEGER,
    total INTEGER NOT NULL DEFAULT 0,
    inserted INTEGER NOT NULL DEFAULT 0, updated INTEGER NOT NULL DEFAULT 0,
    deleted INTEGER NOT NULL DEFAULT 0, rejected INTEGER NOT NULL DEFAULT 0,
    unknown INTEGER NOT NULL DEFAULT 0, elsewhere INTEGER NOT NULL DEFAULT 0,
    retriable INTEGER NOT NULL DEFAULT 0, undone INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE changes (
    n INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL, state INTEGER NOT NULL,
    record ANY, before TEXT, after TEXT, hidden TEXT, content BLOB,
    at INTEGER NOT NULL, ended INTEGER, problem TEXT,
    reverses INTEGER, undone_by INTEGER,
    moment_records INTEGER, moment_dates INTEGER, sent TEXT, row INTEGER
  ) STRICT;
  CREATE INDEX changes_by_record ON changes (record) WHERE record IS NOT NULL;
  CREATE INDEX changes_by_content ON changes (content) WHERE content IS NOT NULL;
  CREATE TABLE renamed (
    set_n INTEGER NOT NULL, old ANY NOT NULL, new ANY NOT NULL, PRIMARY KEY (old, set_n)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX sets_by_job ON sets (job) WHERE job IS NOT NULL;
  CREATE INDEX changes_stored_otherwise ON changes (n) WHERE sent IS NOT NULL;
  ${CALLS}
`

/**
 * From format 1, and from format 2. A process of the earlier release that has the journal open can still
 * write to it.
 */
const FROM_1 = `
  ALTER TABLE sets ADD COLUMN job TEXT;
  ALTER TABLE sets ADD COLUMN gateway_begun INTEGER;
  ALTER TABLE changes ADD COLUMN moment_records INTEGER;
  ALTER TABLE changes ADD COLUMN moment_dates INTEGER;
  ALTER TABLE changes ADD COLUMN sent TEXT;
  CREATE INDEX sets_by_job ON sets (job) WHERE job IS NOT NULL;
  CREATE INDEX changes_stored_otherwise ON changes (n) WHERE sent IS NOT NULL;
`

const FROM_2 = `
  ALTER TABLE sets ADD COLUMN principal TEXT;
  ALTER TABLE sets ADD COLUMN call INTEGER;
  ALTER TABLE changes ADD COLUMN row INTEGER;
  ${CALLS}
`

/**
 * In WAL with synchronous NORMAL, a commit survives the end of the process however it ends.
 * `store.ts` also syncs intents to the disk.
 */
const PRAGMAS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA wal_autocheckpoint = 4000;
`

export interface JournalDatabase {
  readonly database: DatabaseSync
  readonly path: string
  /** The path of the write-ahead log. */
  readonly walPath: string
  /** The key of hashes of values, which cannot be guessed without the journal. */
  readonly hashKey: Uint8Array
}

/** Whether a folder has a journal. Opens nothing. */
export function hasJournal(folder: string): boolean {
  return existsSync(join(folder, FILE))
}

/**
 * Opens the journal in a folder. Both are created where they do not exist, readable by their owner
 * alone. A file that is not a journal, also an empty one, is left as it is.
 *
 * @throws StorageError when it cannot be opened or created, within five seconds
 */
export function openJournalDatabase(folder: string): JournalDatabase {
  const path = join(folder, FILE)
  let database: DatabaseSync | undefined
  try {
    ensurePrivateFolder(folder)
    if (!existsSync(path)) createJournal(path)
    const deadline = performance.now() + BUSY_MS
    database = openDatabase(path, { timeoutMs: BUSY_MS })
    migrate(database)
    checkFormat(database, path)
    waitAtMost(database, deadline - performance.now())
    database.exec(PRAGMAS)
    waitAtMost(database, deadline - performance.now())
    const key = database.prepare("SELECT value FROM meta WHERE name = 'hash key'").get()?.value
    if (!(key instanceof Uint8Array)) throw damaged(path)
    waitAtMost(database, BUSY_MS)
    return { database, path, walPath: `${path}-wal`, hashKey: key }
  } catch (error) {
    database?.close()
    // SQLite's plain error while opening means that a table of the journal is missing.
    throw isPlainSqlError(error) ? damaged(path, error) : asStorageError(error, path)
  }
}

/** After a wait for a lock has failed: the next ones are short until one succeeds. */
export function waitLess(database: DatabaseSync): void {
  waitAtMost(database, BUSY_AGAIN_MS)
}

export function waitAsUsual(database: DatabaseSync): void {
  waitAtMost(database, BUSY_MS)
}

function createJournal(path: string): void {
  createDatabase(path, (database) => {
    // Only possible before the first table exists; it frees space when sets are pruned.
    database.exec('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;')
    transaction(database, () => {
      database.exec(SCHEMA)
      database.prepare("INSERT INTO meta VALUES ('hash key', ?)").run(randomBytes(32))
      database.exec(`PRAGMA user_version = ${FORMAT}`)
    })
  })
}

function checkFormat(database: DatabaseSync, path: string): void {
  const format = formatOf(database)
  if (format === FORMAT) return
  if (format === 0) throw damaged(path)
  throw new StorageError('damaged', path, {
    message: `the journal ${path} was made by another release of chatlayer-tables`,
    hint: 'Use that release, or move the file away to start a new journal.',
  })
}

function migrate(database: DatabaseSync): void {
  const isOld = (format: number) => format === 1 || format === 2
  if (!isOld(formatOf(database))) return
  transaction(database, () => {
    // Another process may have migrated it.
    const format = formatOf(database)
    if (!isOld(format)) return
    if (format === 1) database.exec(FROM_1)
    database.exec(FROM_2)
    database.exec(`PRAGMA user_version = ${FORMAT}`)
  })
}

function formatOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.user_version)
}

function damaged(path: string, cause?: unknown): StorageError {
  return new StorageError('damaged', path, { cause })
}

function isPlainSqlError(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && Number(error.errcode) === 1
}

function waitAtMost(database: DatabaseSync, ms: number): void {
  database.exec(`PRAGMA busy_timeout = ${Math.max(0, Math.round(ms))}`)
}

/** The journal's database: one file for all change sets of this machine's user. */
import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { ConfigurationError } from '@chatlayer-tables/core'

/** Schema version. An older journal is brought to it; one of a later release is left alone. */
const FORMAT = 2

const FILE = 'journal.sqlite'

/** Another process's transaction is waited for this long. */
const BUSY_MS = 10_000

/**
 * A change's number is its set's times {@link CHANGES_PER_SET} plus its place in the set, so that a
 * set's changes lie together and in order. `state` and `kind` are the codes of `codes.ts`. Times are
 * milliseconds since 1970 by the clock of this machine, but for `gateway_begun` and `moment_…`: these
 * are by the gateway's clock, and null where no response had shown it.
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
    undoes TEXT, job TEXT,
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
    moment_records INTEGER, moment_dates INTEGER, sent TEXT
  ) STRICT;
  CREATE INDEX changes_by_record ON changes (record) WHERE record IS NOT NULL;
  CREATE INDEX changes_by_content ON changes (content) WHERE content IS NOT NULL;
  CREATE TABLE renamed (
    set_n INTEGER NOT NULL, old ANY NOT NULL, new ANY NOT NULL, PRIMARY KEY (old, set_n)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX sets_by_job ON sets (job) WHERE job IS NOT NULL;
`

/** From format 1. A process of the earlier release that has the journal open can still write to it. */
const FROM_1 = `
  ALTER TABLE sets ADD COLUMN job TEXT;
  ALTER TABLE sets ADD COLUMN gateway_begun INTEGER;
  ALTER TABLE changes ADD COLUMN moment_records INTEGER;
  ALTER TABLE changes ADD COLUMN moment_dates INTEGER;
  ALTER TABLE changes ADD COLUMN sent TEXT;
  CREATE INDEX sets_by_job ON sets (job) WHERE job IS NOT NULL;
`

export const CHANGES_PER_SET = 2 ** 31

/**
 * In WAL with synchronous NORMAL a commit is in the system's hands when it returns, which outlasts
 * the end of the process however it ends; `CommitQueue` has intents written to the disk beyond that.
 */
const PRAGMAS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA wal_autocheckpoint = 4000;
`

export interface JournalDatabase {
  readonly database: DatabaseSync
  /** Where the write-ahead log is. */
  readonly walPath: string
  /** Makes hashes of values useless to whoever has not the journal itself. */
  readonly hashKey: Uint8Array
}

/** Whether there is a journal in a folder. Opens nothing. */
export function hasJournal(folder: string): boolean {
  return existsSync(join(folder, FILE))
}

/**
 * Opens the journal in a folder, and makes both where they are not there, readable by their owner
 * alone.
 *
 * @throws ConfigurationError when it cannot be opened, or is of another release
 */
export function openJournalDatabase(folder: string): JournalDatabase {
  const path = join(folder, FILE)
  let database: DatabaseSync | undefined
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    // SQLite would make it as the umask says; the files beside it take its permissions.
    if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
    database = new DatabaseSync(path, { timeout: BUSY_MS })
    const format = formatOf(database)
    if (format === 0) createSchema(database)
    else if (format === 1) migrate(database)
    else if (format !== FORMAT) throw new Error('it was made by another release')
    database.exec(PRAGMAS)
    const key = database.prepare("SELECT value FROM meta WHERE name = 'hash key'").get()?.value
    if (!(key instanceof Uint8Array)) throw new Error('it is damaged')
    return { database, walPath: `${path}-wal`, hashKey: key }
  } catch (error) {
    database?.close()
    throw journalTrouble(`the journal in ${folder} cannot be opened`, error)
  }
}

export function journalTrouble(what: string, cause: unknown): ConfigurationError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new ConfigurationError(`${what}: ${reason}`, {
    hint: 'Mend that, or write without a journal (--no-journal, CHATLAYER_JOURNAL=off): nothing can be undone then.',
    cause,
  })
}

/** Runs `work` as one transaction. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

function createSchema(database: DatabaseSync): void {
  // Space is given back as sets are pruned; it can only be said before the first table is made.
  database.exec('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;')
  transaction(database, () => {
    // Another process may have been quicker.
    if (formatOf(database) !== 0) return
    database.exec(SCHEMA)
    const insert = database.prepare("INSERT INTO meta VALUES ('hash key', ?)")
    insert.run(randomBytes(32))
    database.exec(`PRAGMA user_version = ${FORMAT}`)
  })
}

function migrate(database: DatabaseSync): void {
  transaction(database, () => {
    // Another process may have been quicker.
    if (formatOf(database) !== 1) return
    database.exec(FROM_1)
    database.exec(`PRAGMA user_version = ${FORMAT}`)
  })
}

function formatOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.user_version)
}

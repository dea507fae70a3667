/** The database of one job: what it was asked to do, and how far each row has come. */
import { closeSync, fsyncSync, openSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Of the schema; a job of another one is left alone. */
const FORMAT = 2

const SCHEMA = `
  CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE marks (
    id INTEGER PRIMARY KEY, first INTEGER NOT NULL, through INTEGER NOT NULL,
    records INTEGER, dates INTEGER
  ) STRICT;
  CREATE TABLE rows (n INTEGER PRIMARY KEY, state INTEGER NOT NULL, id ANY, content BLOB) STRICT;
  CREATE TABLE problems (n INTEGER PRIMARY KEY, detail TEXT NOT NULL) STRICT;
`

/**
 * Every commit is synced to the disk before it returns (WAL, synchronous FULL): a mark that a
 * request waits for must outlast a power cut.
 */
const PRAGMAS = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
`

export class JobFormatError extends Error {
  override readonly name = 'JobFormatError'
}

/**
 * Makes a database that only its owner may read; the files beside it take its permissions. It takes
 * its name when it is whole.
 *
 * @param facts what the job was asked to do
 */
export function createJobDatabase(path: string, facts: unknown): DatabaseSync {
  const partial = `${path}.new`
  closeSync(openSync(partial, 'wx', 0o600))
  const database = new DatabaseSync(partial)
  database.exec(`BEGIN; ${SCHEMA} PRAGMA user_version = ${FORMAT}; COMMIT;`)
  writeFact(database, 'facts', facts)
  database.close()
  renameSync(partial, path)
  syncFolder(dirname(path))
  syncFolder(dirname(dirname(path)))
  return openJobDatabase(path)
}

/** The names in a folder outlast a power cut only then. Windows neither needs nor allows it. */
function syncFolder(path: string): void {
  if (process.platform === 'win32') return
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/** @throws JobFormatError for the job of another release */
export function openJobDatabase(path: string, { readOnly = false } = {}): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly, timeout: 2_000 })
  const format = database.prepare('PRAGMA user_version').get()?.user_version
  if (format !== FORMAT) {
    database.close()
    throw new JobFormatError('this job was made by another release of chatlayer-tables')
  }
  if (!readOnly) database.exec(PRAGMAS)
  return database
}

/** Runs `work` as one transaction. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}

export type FactName = 'facts' | 'plan' | 'report' | 'done'

export function readFact(database: DatabaseSync, name: FactName): unknown {
  const row = database.prepare('SELECT value FROM facts WHERE name = ?').get(name)
  return row === undefined ? undefined : JSON.parse(String(row.value))
}

export function writeFact(database: DatabaseSync, name: FactName, value: unknown): void {
  const insert = database.prepare('INSERT OR REPLACE INTO facts VALUES (?, ?)')
  insert.run(name, JSON.stringify(value))
}

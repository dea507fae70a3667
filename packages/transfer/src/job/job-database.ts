/** The database of one job: what it was asked to do, and how far each row has come. */
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import {
  asStorageError,
  createDatabase,
  openDatabase,
  reportStorageErrors,
  StorageError,
  syncFolder,
  transaction,
} from '@chatlayer-tables/local'

/** Version of the schema; a job of another version is left alone. */
export const FORMAT = 2

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

/** How long another process's write to the job is waited for. */
const BUSY_MS = 2_000

export class JobFormatError extends Error {
  override readonly name = 'JobFormatError'
}

/**
 * Makes a database that only its owner may read; the files beside it take its permissions. It takes
 * its name when it is whole.
 *
 * @param facts what the job was asked to do
 * @throws StorageError
 */
export function createJobDatabase(path: string, facts: unknown): DatabaseSync {
  createDatabase(path, (database) => {
    transaction(database, () => {
      makeTables(database)
      writeFact(database, 'facts', facts)
    })
  })
  const jobs = dirname(dirname(path))
  reportStorageErrors(jobs, () => syncFolder(jobs))
  return openJobDatabase(path)
}

/** To be called within a transaction. */
export function makeTables(database: DatabaseSync): void {
  database.exec(`${SCHEMA} PRAGMA user_version = ${FORMAT};`)
}

/** @throws JobFormatError for the job of another release; StorageError for a file that is not a job */
export function openJobDatabase(
  path: string,
  { readOnly = false, immutable = false } = {},
): DatabaseSync {
  const database = openDatabase(path, { readOnly, immutable, timeoutMs: BUSY_MS })
  try {
    const format = database.prepare('PRAGMA user_version').get()?.user_version
    if (format === 0) throw new StorageError('damaged', path)
    checkFormat(Number(format))
    if (!readOnly && !immutable) database.exec(PRAGMAS)
    return database
  } catch (error) {
    database.close()
    throw asStorageError(error, path)
  }
}

/** @throws JobFormatError for that of another release */
export function checkFormat(format: number): void {
  if (format === FORMAT) return
  throw new JobFormatError('this job was made by another release of chatlayer-tables')
}

/** Longer texts were not written by a job. */
const MAX_FACT = 64 * 1024 * 1024

/** Deeper values were not written by a job, and would overflow the stack of a walk through them. */
const MAX_DEPTH = 64

/** @returns undefined for what is not the JSON of a fact */
export function parseFact(text: string): unknown {
  try {
    const fact: unknown = JSON.parse(text)
    return isDeeper(fact, MAX_DEPTH) ? undefined : fact
  } catch {
    return undefined
  }
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return depth === 0 || Object.values(value).some((each) => isDeeper(each, depth - 1))
}

export type FactName = 'facts' | 'plan' | 'report' | 'done'

/** What a working copy knows of its replica: the version that it is equal to. */
type CopyFact = 'copy'

export function readFact(database: DatabaseSync, name: FactName | CopyFact): unknown {
  const query = `SELECT iif(length(value) > ${MAX_FACT}, NULL, value) AS value FROM facts WHERE name = ?`
  const row = database.prepare(query).get(name)
  if (row === undefined) return undefined
  if (typeof row.value !== 'string') throw new StorageError('damaged', database.location() ?? '')
  const fact = parseFact(row.value)
  if (fact === undefined) throw new StorageError('damaged', database.location() ?? '')
  return fact
}

export function writeFact(database: DatabaseSync, name: FactName | CopyFact, value: unknown): void {
  writeFactText(database, name, JSON.stringify(value))
}

/** @param text JSON */
export function writeFactText(
  database: DatabaseSync,
  name: FactName | CopyFact,
  text: string,
): void {
  database.prepare('INSERT OR REPLACE INTO facts VALUES (?, ?)').run(name, text)
}

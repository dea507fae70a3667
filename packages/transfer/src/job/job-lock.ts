/**
 * One process at a time works on a job. The lock is SQLite's own, on a database that holds nothing:
 * the system lets go of it however the process ends, so there is no stale one to tell from a live one.
 */
import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** SQLite's code for a database that another connection has locked. */
const BUSY = 5

export interface JobLock {
  release(): void
}

/** @returns undefined when somebody holds it */
export function tryLock(path: string): JobLock | undefined {
  closeSync(openSync(path, 'a', 0o600))
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (isBusy(error)) return undefined
    throw error
  }
  return {
    release() {
      if (database.isOpen) database.close()
    },
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && Number(error.errcode) % 256 === BUSY
}

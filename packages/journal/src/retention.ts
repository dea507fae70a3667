/** What is kept how long: old change sets make room, the oldest first. */
import type { DatabaseSync } from 'node:sqlite'
import { transaction } from '@chatlayer-tables/local'
import { firstOf, lastOf } from './store.ts'

export interface RetentionOptions {
  /** Change sets older than this are forgotten. 90 when left out. */
  readonly days?: number | undefined
  /** The oldest are forgotten where the journal takes more than this. 512 when left out. */
  readonly megabytes?: number | undefined
}

export interface Retention {
  readonly maxAgeMs: number
  readonly maxBytes: number
}

export interface Pruned {
  /** How many change sets were forgotten. */
  readonly changeSets: number
  /** What the journal takes now. */
  readonly bytes: number
}

const DAY_MS = 86_400_000
const MEGABYTE = 1_000_000

/** Changes that are deleted in one transaction, for which others must wait. */
const AT_ONCE = 10_000

export function retentionOf({ days = 90, megabytes = 512 }: RetentionOptions): Retention {
  return { maxAgeMs: days * DAY_MS, maxBytes: megabytes * MEGABYTE }
}

/**
 * Forgets what is too old or too much. What is still written to stays, and for its size also the
 * newest set.
 *
 * @param isRunning whether a writer is at work
 */
export function prune(
  database: DatabaseSync,
  { maxAgeMs, maxBytes }: Retention,
  isRunning: (writer: string) => boolean,
  now: number,
): Pruned {
  const sets = database
    .prepare('SELECT n, begun, ended, writer FROM sets ORDER BY n')
    .all()
    .map((row) => ({
      n: Number(row.n),
      begun: Number(row.begun),
      isOpen: row.ended === null,
      writer: String(row.writer),
    }))
  const newest = sets.at(-1)?.n
  let count = 0
  for (const { n, begun, isOpen, writer } of sets) {
    const isOld = begun < now - maxAgeMs
    if (!isOld && (n === newest || usedBytes(database) <= maxBytes)) break
    if (isOpen && isRunning(writer)) continue
    forget(database, n)
    count++
  }
  if (count > 0) database.exec('PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE);')
  return { changeSets: count, bytes: usedBytes(database) }
}

/** Whether anything is to be forgotten; cheap. */
export function isPruneDue(
  database: DatabaseSync,
  { maxAgeMs, maxBytes }: Retention,
  now: number,
): boolean {
  const oldest = database.prepare('SELECT begun FROM sets ORDER BY n LIMIT 1').get()?.begun
  return typeof oldest === 'number' && (oldest < now - maxAgeMs || usedBytes(database) > maxBytes)
}

function forget(database: DatabaseSync, set: number): void {
  const remove = database.prepare(
    'DELETE FROM changes WHERE n IN (SELECT n FROM changes WHERE n BETWEEN ? AND ? LIMIT ?)',
  )
  let removed: number
  do {
    removed = transaction(database, () =>
      Number(remove.run(firstOf(set), lastOf(set), AT_ONCE).changes),
    )
  } while (removed === AT_ONCE)
  transaction(database, () => {
    database.prepare('DELETE FROM renamed WHERE set_n = ?').run(set)
    database.prepare('DELETE FROM sets WHERE n = ?').run(set)
  })
}

function usedBytes(database: DatabaseSync): number {
  const pragma = (name: string): number => {
    const row = database.prepare(`PRAGMA ${name}`).get() ?? {}
    return Number(Object.values(row)[0])
  }
  return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size')
}

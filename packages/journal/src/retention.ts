/** Deletes old change sets, the oldest first. */
import type { DatabaseSync } from 'node:sqlite'
import { transaction } from '@chatlayer-tables/local'
import { firstOf, lastOf } from './stored-change.ts'

export interface RetentionOptions {
  /** Change sets older than this are deleted (default: 90). */
  readonly days?: number | undefined
  /** The oldest change sets are deleted where the journal uses more than this (default: 512). */
  readonly megabytes?: number | undefined
  /** Whether to measure ages by this machine's clock alone, which must be right. */
  readonly byLocalClock?: boolean | undefined
}

export interface Retention {
  readonly maxAgeMs: number
  readonly maxBytes: number
  readonly byLocalClock: boolean
}

export interface Pruned {
  /** The number of deleted change sets. */
  readonly changeSets: number
  /** The number of further sets that are as old by this machine's clock alone; they were kept. */
  readonly oldHereAlone: number
  /** The size of the journal now. */
  readonly bytes: number
}

const DAY_MS = 86_400_000
const MEGABYTE = 1_000_000

/** Changes that are deleted in one transaction, which delays other writers. */
const AT_ONCE = 10_000

const DEFAULTS = { maxAgeMs: 90 * DAY_MS, maxBytes: 512 * MEGABYTE, byLocalClock: false }

/** @param base for what the options do not set */
export function retentionOf(
  { days, megabytes, byLocalClock }: RetentionOptions,
  base: Retention = DEFAULTS,
): Retention {
  return {
    maxAgeMs: days === undefined ? base.maxAgeMs : days * DAY_MS,
    maxBytes: megabytes === undefined ? base.maxBytes : megabytes * MEGABYTE,
    byLocalClock: byLocalClock ?? base.byLocalClock,
  }
}

/** The present time, to measure ages. */
export interface Present {
  /** The present by the clock of this machine. */
  readonly now: number
  /** The present by a gateway's own clock, where a response has just shown it. */
  readonly gateway?: { readonly origin: string; readonly now: number } | undefined
}

export interface AgedSet {
  readonly n: number
  readonly origin: string
  readonly begun: number
  /** The begin by the gateway's clock. */
  readonly gatewayBegun: number | undefined
  readonly isOpen: boolean
  readonly writer: string
}

/**
 * Deletes sets that are too old or use too much space. Sets that are still written to stay; the newest
 * set is never deleted for its size.
 *
 * @param isRunning whether a writer is at work
 */
export function prune(
  database: DatabaseSync,
  retention: Retention,
  isRunning: (writer: string) => boolean,
  present: Present,
): Pruned {
  const sets = agedSets(database)
  const old = tooOld(sets, retention, present)
  const oldHere = tooOld(sets, { ...retention, byLocalClock: true }, present)
  const newest = sets.at(-1)?.n
  const isWritten = ({ isOpen, writer }: AgedSet) => isOpen && isRunning(writer)
  const forgotten = new Set<number>()
  const forgetWhere = (isNext: (set: AgedSet) => boolean): void => {
    for (const set of sets) {
      if (!isNext(set) || isWritten(set)) continue
      deleteSet(database, set.n)
      forgotten.add(set.n)
    }
  }
  forgetWhere(({ n }) => old.has(n))
  const isMuch = () => usedBytes(database) > retention.maxBytes
  forgetWhere(({ n }) => !forgotten.has(n) && n !== newest && isMuch())
  const changeSets = forgotten.size
  if (changeSets > 0) database.exec('PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE);')
  const oldHereAlone = sets.filter((set) => oldHere.has(set.n) && !forgotten.has(set.n))
  return {
    changeSets,
    oldHereAlone: oldHereAlone.filter((set) => !isWritten(set)).length,
    bytes: usedBytes(database),
  }
}

/** Whether there are sets to delete; cheap. */
export function isPruneDue(
  database: DatabaseSync,
  retention: Retention,
  present: Present,
): boolean {
  if (usedBytes(database) > retention.maxBytes) return true
  const earliest = database.prepare('SELECT min(begun) AS begun FROM sets').get()?.begun
  if (typeof earliest !== 'number' || earliest > present.now - retention.maxAgeMs) return false
  return tooOld(agedSets(database), retention, present).size > 0
}

/**
 * The sets that are too old. A clock may be wrong for a while, and a deleted set is lost. So both clocks
 * must agree: this machine's, and that of the set's own gateway, whose present is the newest time of it
 * in the journal. A gateway that is not written to any more shows no time, and its sets stay until they
 * use too much space, or are pruned by this machine's clock alone.
 *
 * A set without a time by the gateway's clock (an earlier release kept none) counts as begun with the
 * next set of its gateway that has one.
 */
export function tooOld(
  sets: readonly AgedSet[],
  { maxAgeMs, byLocalClock }: Retention,
  { now, gateway }: Present,
): ReadonlySet<number> {
  const newest = new Map(gateway === undefined ? [] : [[gateway.origin, gateway.now]])
  for (const { origin, gatewayBegun } of sets) {
    if (gatewayBegun === undefined) continue
    newest.set(origin, Math.max(gatewayBegun, newest.get(origin) ?? gatewayBegun))
  }
  const old = new Set<number>()
  const next = new Map<string, number>()
  for (const { n, origin, begun, gatewayBegun } of sets.toReversed()) {
    if (gatewayBegun !== undefined) next.set(origin, gatewayBegun)
    const gatewayAge = (newest.get(origin) ?? 0) - (next.get(origin) ?? Number.POSITIVE_INFINITY)
    const isOldThere = byLocalClock || gatewayAge >= maxAgeMs
    if (isOldThere && now - begun >= maxAgeMs) old.add(n)
  }
  return old
}

/** All sets, the oldest first. */
function agedSets(database: DatabaseSync): AgedSet[] {
  return database
    .prepare('SELECT n, origin, begun, gateway_begun, ended, writer FROM sets ORDER BY n')
    .all()
    .map((row) => ({
      n: Number(row.n),
      origin: String(row.origin),
      begun: Number(row.begun),
      gatewayBegun: row.gateway_begun === null ? undefined : Number(row.gateway_begun),
      isOpen: row.ended === null,
      writer: String(row.writer),
    }))
}

function deleteSet(database: DatabaseSync, set: number): void {
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

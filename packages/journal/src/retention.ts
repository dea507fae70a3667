/** What is kept how long: old change sets make room, the oldest first. */
import type { DatabaseSync } from 'node:sqlite'
import { transaction } from '@chatlayer-tables/local'
import { firstOf, lastOf } from './stored-change.ts'

export interface RetentionOptions {
  /** Change sets older than this are forgotten. 90 when left out. */
  readonly days?: number | undefined
  /** The oldest are forgotten where the journal takes more than this. 512 when left out. */
  readonly megabytes?: number | undefined
  /** Whether ages are measured by this machine's clock alone: only where it is known to be right. */
  readonly byLocalClock?: boolean | undefined
}

export interface Retention {
  readonly maxAgeMs: number
  readonly maxBytes: number
  readonly byLocalClock: boolean
}

export interface Pruned {
  /** How many change sets were forgotten. */
  readonly changeSets: number
  /** How many more are as old by the clock of this machine alone; they were kept. */
  readonly oldHereAlone: number
  /** What the journal takes now. */
  readonly bytes: number
}

const DAY_MS = 86_400_000
const MEGABYTE = 1_000_000

/** Changes that are deleted in one transaction, for which others must wait. */
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

/** What an age is measured by. */
export interface Present {
  /** By the clock of this machine. */
  readonly now: number
  /** The present by a gateway's own clock, where it was asked just now. */
  readonly gateway?: { readonly origin: string; readonly now: number } | undefined
}

interface AgedSet {
  readonly n: number
  readonly origin: string
  readonly begun: number
  /** By the gateway's clock. */
  readonly gatewayBegun: number | undefined
  readonly isOpen: boolean
  readonly writer: string
}

/**
 * Forgets what is too old or too much. What is still written to stays, and for its size also the
 * newest set.
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
      forget(database, set.n)
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

/** Whether anything is to be forgotten; cheap. */
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
 * The sets that are too old. A clock may be set wrong, and then set right; what was forgotten stays
 * forgotten. So both clocks must agree: this machine's, and that of the set's own gateway, whose
 * present is the newest time that the journal has of it. A gateway that is not written to any more
 * shows no time, and its sets stay until they take too much room, or are pruned by this clock alone.
 *
 * Without a time by the gateway's clock (an earlier release kept none), a set counts as begun with the
 * next one of its gateway that has one, which it is older than.
 */
function tooOld(
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

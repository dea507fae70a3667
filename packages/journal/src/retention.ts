/**
 * Which change sets are deleted: those that are too old, and the oldest ones where all use too much space.
 * Sets that are still written to stay; the newest set is never deleted for its size.
 */

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
  /** The present by the clock of the store. */
  readonly now: number
  /** The present by a gateway's own clock, where a response has just shown it. */
  readonly gateway?: { readonly origin: string; readonly now: number } | undefined
}

/** A set, to measure its age. */
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
 * The numbers of the sets that are too old. A clock may be wrong for a while, and a deleted set is lost. So both clocks
 * must agree: the store's, and that of the set's own gateway, whose present is the newest time of it
 * in the journal. A gateway that is not written to any more shows no time, and its sets stay until they
 * use too much space, or are pruned by the store's clock alone.
 *
 * A set without a time by the gateway's clock (an earlier release kept none) counts as begun with the
 * next set of its gateway that has one.
 *
 * @param sets the oldest first
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

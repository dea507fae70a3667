/** The instant from which a refresh reads changes. Pure. */
import type { Bracket } from './state.ts'
import { timestampToSql } from './values.ts'

/** A larger difference means that the gateway's Date headers are by another clock than the records' dates. */
const ABSURD_MS = 60_000

/**
 * How far before the last reading to start: a record may be dated before it is visible, by the time of
 * its write, and clocks of several machines behind one gateway differ a little. Larger margins are safer;
 * smaller ones are for a table that was largely written just before it was read.
 */
const BY_RECORDS_MS = [30_000, 5_000, 1_000]
const BY_HEADERS_MS = [10_000, 2_000, 500]

/**
 * The instants, best first, from which a refresh reads all writes since the reading. They do not depend
 * on this machine's clock: a record of the reading cannot have been written after the reading ended, so
 * that the reading began no earlier than that record's date minus the time that it took. The gateway's
 * Date headers give a closer bound.
 */
export function sinceCandidates({ latest, tookMs, gatewayMs }: Bracket): string[] {
  const last = Date.parse(latest)
  if (Number.isNaN(last)) return []
  const byRecords = BY_RECORDS_MS.map((margin) => last - tookMs - margin)
  const isAbsurd = gatewayMs === undefined || last > gatewayMs + tookMs + ABSURD_MS
  const byHeaders = isAbsurd ? [] : BY_HEADERS_MS.map((margin) => gatewayMs - margin)
  const instants = [0, 1, 2].flatMap((step) => [byRecords[step], byHeaders[step]])
  return instants
    .filter((at) => at !== undefined)
    .map((at) => timestampToSql(new Date(Math.floor(at)).toISOString()))
}

/** The largest share of the table that is read again although it has not changed. */
const OVERLAP_SHARE = 0.02
const MIN_OVERLAP = 1_000

/** The number of records of a table that may be read again although they have not changed. */
export function maxOverlap(records: number): number {
  return Math.max(MIN_OVERLAP, records * OVERLAP_SHARE)
}

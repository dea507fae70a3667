/** From which instant a refresh has to look for changes. Pure. */
import type { Bracket } from './state.ts'
import { timestampToSql } from './values.ts'

/** Of readings bounded by a clock of the gateway's other than the one that dates records. */
const ABSURD_MS = 60_000

/**
 * How far before the last reading to look: a record may be dated before it can be seen, by as long as
 * its write took, and clocks of several machines behind one gateway differ a little. The farther the
 * safer; nearer ones are for a table much of which was written just before it was read.
 */
const BY_RECORDS_MS = [30_000, 5_000, 1_000]
const BY_HEADERS_MS = [10_000, 2_000, 500]

/**
 * The instants, best first, from which a refresh may look so that it sees all that was written since
 * the reading. No clock of ours is in them: a record that the reading showed cannot have been
 * written after the reading ended, so that the reading began no earlier than that record's date less
 * the time that it took. The gateway's Date headers bound it more closely.
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

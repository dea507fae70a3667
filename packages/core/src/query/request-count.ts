/**
 * Number of requests to read a list that does not change; {@link PassReader} explains why. Pure.
 */
import { MIN_CHAINED_PAGE } from './pass.ts'

/** All records of a list whose dates do not show that the newest records are listed last. */
export function requestsForAll(records: number, pageSize: number): number {
  if (records < pageSize) return 1
  // A full page may not be the whole list.
  const most = Math.max(records, pageSize + 1)
  // All but the last page are read twice.
  if (pageSize < MIN_CHAINED_PAGE) return 2 * Math.ceil(most / pageSize) - 1
  return overlapping(most, pageSize) + 1
}

/** All records, where the dates show it. */
export function fewestRequestsForAll(records: number, pageSize: number): number {
  const requests = requestsForAll(records, pageSize)
  return records < pageSize || pageSize < MIN_CHAINED_PAGE ? requests : requests - 1
}

/** The first records of a longer list. */
export function requestsForFirst(records: number, pageSize: number): number {
  if (records <= pageSize) return 1
  if (pageSize < MIN_CHAINED_PAGE) return Math.ceil(records / pageSize)
  return overlapping(records, pageSize)
}

/** Pages that share a record with the page before them. */
function overlapping(records: number, pageSize: number): number {
  return 1 + Math.ceil((records - pageSize) / (pageSize - 1))
}

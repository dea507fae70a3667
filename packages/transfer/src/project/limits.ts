/** How many writes a sync may come to. */
import { recordsBefore } from '../sync/sync-facts.ts'
import type { SyncCounts } from '../sync/sync-types.ts'
import type { Allowance, Blocker, LimitResult } from './plan-types.ts'
import { LIMIT_NAMES, type Limit, type LimitName, type SyncSpec } from './project-types.ts'

/**
 * A percentage limits nothing where the table has no records.
 *
 * @param allow limits that take the place of those in the file
 */
export function checkLimits(
  { name, limits }: Pick<SyncSpec, 'name' | 'limits'>,
  counts: SyncCounts,
  allow: readonly Allowance[],
): LimitResult[] {
  const { inserts, updates, deletes } = counts
  const found = { inserts, updates, deletes, changes: inserts + updates + deletes }
  return LIMIT_NAMES.flatMap((limit): LimitResult[] => {
    const written = limits[limit]
    if (written === undefined) return []
    const other = allow.find((each) => each.sync === name && each.limit === limit)
    const before = recordsBefore(counts)
    // There is nothing to protect, and the first fill is all of the table.
    if ('percent' in written && before === 0 && other === undefined) return []
    const allowed = other?.records ?? recordsOf(written, before)
    return [
      {
        limit,
        written: textOf(written),
        allowed,
        found: found[limit],
        exceeded: found[limit] > allowed,
        ...(other === undefined ? {} : { overridden: true }),
      },
    ]
  })
}

/** A percentage is rounded down. */
function recordsOf(limit: Limit, before: number): number {
  if ('records' in limit) return limit.records
  // 10% of 30 is 3, not 2.9999999999999996.
  return Math.floor((before * limit.percent) / 100 + 1e-9)
}

function textOf(limit: Limit): string {
  return 'records' in limit ? String(limit.records) : `${limit.percent}%`
}

const WORDS: Readonly<Record<LimitName, string>> = {
  changes: 'change',
  inserts: 'insert',
  updates: 'update',
  deletes: 'delete',
}

/** The blockers of limits that are exceeded. */
export function limitBlockers(
  { name, limitPlaces, place }: Pick<SyncSpec, 'name' | 'limitPlaces' | 'place'>,
  to: string,
  results: readonly LimitResult[],
): Blocker[] {
  return results
    .filter(({ exceeded }) => exceeded)
    .map(({ limit, written, allowed, found }) => {
      const share = written.endsWith('%') ? `, which are ${allowed}` : ''
      return {
        kind: 'limit' as const,
        about: name,
        message: `the sync "${name}" would ${WORDS[limit]} ${found} records of ${to}; its limit of ${limit} is ${written}${share}`,
        hint: 'Check the source, or allow it this once.',
        allowance: `${name}:${limit}=${found}`,
        place: limitPlaces[limit] ?? place,
      }
    })
}

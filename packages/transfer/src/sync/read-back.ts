/** The proof of a sync: both sides are read again, and compared. */
import { InvalidInputError, TableChangedError } from '@chatlayer-tables/core'
import { type Comparison, compareSides } from '../compare/compare.ts'
import { anyOf } from '../job/any-of.ts'
import { recordsBefore } from './sync-facts.ts'
import type { SyncRun } from './sync-run.ts'
import type { ReadBack } from './sync-types.ts'

/** Reads both sides again. Undefined where that was interrupted. */
export async function readBack(run: SyncRun): Promise<ReadBack | undefined> {
  const { options, facts, work } = run
  const { table, stop } = options
  run.phase('verifying')
  const { inserted, deleted } = run.done
  const least = recordsBefore(facts.plan) + inserted - deleted
  const most = least + run.unknown
  try {
    using comparison = await compareSides({
      a: work.source,
      b: { kind: 'table', table },
      ...facts.settings,
      signal: anyOf(stop, options.signal),
      onProgress: (_, records) => run.readRecords(records),
    })
    const { counts } = comparison
    const { removed, changed, added } = counts
    const equal = removed + changed === 0 && (added === 0 || !facts.settings.delete)
    const onlyStored = !equal && (await isStoredOtherwise(comparison, run))
    const fits = counts.b >= least && counts.b <= most
    return { equal, counts, error: undefined, onlyStored, least, most, fits }
  } catch (error) {
    if (error instanceof InvalidInputError || error instanceof TableChangedError) {
      const unread = { equal: false, counts: undefined, onlyStored: false, fits: true }
      return { ...unread, error, least, most }
    }
    run.stopBy(error)
    return undefined
  }
}

/**
 * Whether each difference is one of values that the gateway stored otherwise, by what the job keeps of
 * such records. With a key that was stored otherwise, or without one, such a record is one that the
 * table lacks and one that it has besides.
 */
async function isStoredOtherwise(
  comparison: Comparison,
  { job, facts, storedOtherwise }: SyncRun,
): Promise<boolean> {
  if (storedOtherwise === 0) return false
  const stored = await job.storedRows()
  let balance = 0
  for (const difference of comparison.differences()) {
    if (difference.change === 'removed') {
      balance++
      continue
    }
    const id = 'id' in difference.b ? difference.b.id : ''
    if (difference.change === 'added') {
      if (stored.hasRecord(id)) balance--
      else if (facts.settings.delete) return false
    } else {
      const columns = stored.columnsOf(id)
      if (!difference.fields.every((field) => columns.includes(field))) return false
    }
  }
  return balance === 0
}

import type { EarlierInserts } from '@chatlayer-tables/core'
import type { JournalStore } from './journal-store.ts'
import type { StoredChange } from './stored-change.ts'
import type { StoredSet } from './stored-set.ts'

/** The number of no change. */
export const NO_CHANGE = -1

/** The known facts of earlier inserts, which are searched for and never sent. */
export async function earlierInserts(
  store: JournalStore,
  { connection, table }: StoredSet,
  changes: readonly StoredChange[],
  endedAt: number,
  anonymous = true,
): Promise<EarlierInserts> {
  const target = { connection, tableId: table.id }
  return {
    endedAt,
    onlyLook: true,
    // Undefined would mean: not attempted.
    attempted: (index) => ({ moment: changes[index]?.moment }),
    altered: await store.alteredColumns(target),
    takenOf: (ids) => store.madeOf(ids, target, NO_CHANGE),
    anonymous: (index) =>
      anonymous ? store.anonymous(changes[index]?.after?.values ?? {}, target, table) : undefined,
  }
}

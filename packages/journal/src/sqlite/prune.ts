/** Deletes old change sets, the oldest first. */
import type { DatabaseSync } from 'node:sqlite'
import { transaction } from '@chatlayer-tables/local'
import { type AgedSet, type Present, type Pruned, type Retention, tooOld } from '../retention.ts'
import { firstOf, lastOf } from '../stored-change.ts'

/** Changes that are deleted in one transaction, which delays other writers. */
const AT_ONCE = 10_000

/** @param running the writers at work */
export function prune(
  database: DatabaseSync,
  retention: Retention,
  running: ReadonlySet<string>,
  present: Present,
): Pruned {
  const sets = agedSets(database)
  const old = tooOld(sets, retention, present)
  const oldHere = tooOld(sets, { ...retention, byLocalClock: true }, present)
  const newest = sets.at(-1)?.n
  const isWritten = ({ isOpen, writer }: AgedSet) => isOpen && running.has(writer)
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

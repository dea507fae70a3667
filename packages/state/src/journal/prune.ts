/** Deletes old change sets, the oldest first. */
import {
  type AgedSet,
  firstOf,
  lastOf,
  type PresentTime,
  type Pruned,
  type Retention,
  tooOld,
} from '@chatlayer-tables/journal/store'
import type { Locks } from '@chatlayer-tables/local'
import type { Row, Run } from '../database.ts'
import { JOURNAL } from '../migrations/0002-journal.ts'
import { optionalNumber } from './rows.ts'

/** Changes that are deleted in one transaction, which delays other writers of their set. */
const AT_ONCE = 10_000

export interface PruneParts {
  query(text: string, values?: readonly unknown[]): Promise<Row[]>
  transaction<T>(work: (run: Run) => Promise<T>): Promise<T>
  now(): number
  readonly writers: Locks
}

/**
 * Sets that are still written to stay; the newest set is never deleted for its size. Two that prune at
 * once delete no more than one: neither leaves a set before it is deleted.
 */
export async function prune(
  parts: PruneParts,
  retention: Retention,
  { gateway }: PresentTime,
): Promise<Pruned> {
  const present = { now: parts.now(), gateway }
  const sets = await agedSets(parts)
  const old = tooOld(sets, retention, present)
  const oldHere = tooOld(sets, { ...retention, byLocalClock: true }, present)
  const newest = sets.at(-1)?.n
  // Just after an outage, leases that have run out are renewed: nobody has ended their sessions.
  const isWritten = async ({ isOpen, writer }: AgedSet) =>
    isOpen && (await parts.writers.holder(writer)) !== undefined
  const deleted = new Set<number>()
  const deleteUnlessWritten = async (set: AgedSet) => {
    if (await isWritten(set)) return
    await deleteSet(parts, set.n)
    deleted.add(set.n)
  }
  for (const set of sets) if (old.has(set.n)) await deleteUnlessWritten(set)
  for (const set of sets) {
    if (deleted.has(set.n) || set.n === newest) continue
    if ((await usedBytes(parts)) <= retention.maxBytes) break
    await deleteUnlessWritten(set)
  }
  let oldHereAlone = 0
  for (const set of sets) {
    if (oldHere.has(set.n) && !deleted.has(set.n) && !(await isWritten(set))) oldHereAlone++
  }
  return { changeSets: deleted.size, oldHereAlone, bytes: await usedBytes(parts) }
}

/** Whether there are sets to delete; cheap. */
export async function isPruneDue(
  parts: PruneParts,
  retention: Retention,
  { gateway }: PresentTime,
): Promise<boolean> {
  if ((await usedBytes(parts)) > retention.maxBytes) return true
  const [row] = await parts.query(`select min(begun) as begun from ${JOURNAL.sets}`)
  const [now, earliest] = [parts.now(), optionalNumber(row?.begun ?? null)]
  if (earliest === undefined || earliest > now - retention.maxAgeMs) return false
  return tooOld(await agedSets(parts), retention, { now, gateway }).size > 0
}

async function usedBytes({ query }: PruneParts): Promise<number> {
  const [row] = await query(`select coalesce(sum(bytes), 0) as bytes from ${JOURNAL.sets}`)
  return Number(row?.bytes)
}

/** All sets, the oldest first. */
async function agedSets({ query }: PruneParts): Promise<AgedSet[]> {
  const rows = await query(AGED)
  return rows.map((row) => ({
    n: Number(row.n),
    origin: String(row.origin),
    begun: Number(row.begun),
    gatewayBegun: optionalNumber(row.gateway_begun),
    isOpen: row.is_open === true,
    writer: String(row.writer),
  }))
}

/** As commits do, it locks the set before its changes. */
async function deleteSet({ transaction }: PruneParts, set: number): Promise<void> {
  const lock = `select 1 from ${JOURNAL.sets} where n = $1 for update`
  let removed: number
  do {
    removed = await transaction(async (run) => {
      await run(lock, [set])
      const [row] = await run(DELETE_CHANGES, [firstOf(set), lastOf(set), AT_ONCE])
      return Number(row?.count)
    })
  } while (removed === AT_ONCE)
  await transaction(async (run) => {
    await run(lock, [set])
    for (const table of [JOURNAL.renamed, JOURNAL.altered]) {
      await run(`delete from ${table} where set_n = $1`, [set])
    }
    await run(`delete from ${JOURNAL.sets} where n = $1`, [set])
  })
}

const AGED = `
  select n, origin, begun, gateway_begun, ended is null as is_open, writer
  from ${JOURNAL.sets} order by n`

const DELETE_CHANGES = `
  with deleted as (
    delete from ${JOURNAL.changes} where n in (
      select n from ${JOURNAL.changes} where n >= $1 and n <= $2 order by n limit $3
    ) returning 1
  ) select count(*) as count from deleted`

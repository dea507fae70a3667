/** The rows that the writes of a commit depend on. */
import {
  kindCode,
  type StoredChange,
  type StoreWrite,
  setOf,
  stateCode,
  type Target,
} from '@chatlayer-tables/journal/store'
import type { Row, Run } from '../database.ts'
import { decodeText, encodeId } from '../encoding.ts'
import { JOURNAL } from '../migrations/0002-journal.ts'
import { idOfRow, kindOfRow, optionalNumber } from './rows.ts'

/** A change, as far as undos depend on it. */
export interface Link extends Pick<StoredChange, 'n' | 'kind' | 'id' | 'reverses' | 'undoneBy'> {
  /** The code of its state as it was stored. */
  readonly state: number
  /** The table, if it is known to have inserted a record. */
  readonly insertedIn?: Target | undefined
}

interface Rename {
  readonly set: number
  readonly old: string
  readonly id: string
  readonly target: Target
}

/** The new ids of records that were deleted and inserted again. */
export class Renames {
  readonly #byOld = new Map<string, Rename[]>()

  /** One of the same set and old id replaces the earlier one. */
  add(rename: Rename): void {
    const key = makerKey(rename.old, rename.target)
    const others = (this.#byOld.get(key) ?? []).filter(({ set }) => set !== rename.set)
    this.#byOld.set(key, [...others, rename])
  }

  /** The id that the latest set gave it. */
  latest(old: string, target: Target): string | undefined {
    const found = this.#byOld.get(makerKey(old, target)) ?? []
    return found.toSorted((a, b) => b.set - a.set)[0]?.id
  }
}

export interface Facts {
  /** The numbers of the changes that are known to have inserted a record, by {@link makerKey}. */
  readonly makers: Map<string, Set<number>>
  /** The same, by number. */
  readonly madeBy: Map<number, string>
  readonly links: Map<number, Link>
  readonly renames: Renames
}

export function noFacts(): Facts {
  return { makers: new Map(), madeBy: new Map(), links: new Map(), renames: new Renames() }
}

/** A record of a table, as a key. */
export function makerKey(id: string, { connection, tableId }: Target): string {
  const { origin, teamId, botId } = connection
  return JSON.stringify([origin, teamId, botId, tableId, id])
}

/** The present id of a record: one that was deleted and inserted again has a new id. */
export function presentId(id: string, target: Target, renames: Renames): string {
  // A record gets a new id each time it is inserted again, and never one that it had before.
  const seen = new Set([id])
  for (let current = id; ; ) {
    const next = renames.latest(current, target)
    if (next === undefined || seen.has(next)) return current
    seen.add(next)
    current = next
  }
}

/** What the writes of a commit depend on. */
export interface Needs {
  /** Ids of records that may have been inserted by another change. */
  readonly made: ReadonlySet<string>
  /** The numbers of changes that are undone, whose record is named, or that may have ended before. */
  readonly links: ReadonlySet<number>
  /** Sets of changes whose record is named. */
  readonly namedIn: ReadonlySet<number>
  /** Ids that records get when they are inserted again. */
  readonly renamed: ReadonlySet<string>
  /** The tables whose commits must wait for each other. */
  readonly targets: readonly Target[]
}

/** @param repeated outcomes that may have been committed before */
export function needsOf(
  writes: readonly StoreWrite[],
  repeated: Pick<WeakSet<StoreWrite>, 'has'>,
): Needs {
  const [made, renamed] = [new Set<string>(), new Set<string>()]
  const [links, namedIn] = [new Set<number>(), new Set<number>()]
  const targets = new Map<string, Target>()
  for (const write of writes) {
    if (write.do === 'end change' && repeated.has(write)) links.add(write.change.n)
    if (write.do === 'name record') {
      links.add(write.n)
      namedIn.add(setOf(write.n))
    } else if (write.do === 'end change' && write.ending.state === 'ok') {
      const { change, ending, target } = write
      const id = change.kind === 'inserted' ? (ending.id ?? change.id) : undefined
      if (id !== undefined) made.add(id)
      if (change.reverses !== undefined) {
        links.add(change.reverses)
        if (id !== undefined) renamed.add(id)
      }
      if (id !== undefined || change.reverses !== undefined)
        targets.set(makerKey('', target), target)
    }
  }
  return { made, links, namedIn, renamed, targets: [...targets.values()] }
}

/** Reads what {@link needsOf} names. */
export async function loadFacts(needs: Needs, run: Run): Promise<Facts> {
  const [chains, made] = await Promise.all([
    needs.links.size === 0 ? [] : run(CHAINS, [[...needs.links]]),
    needs.made.size === 0 ? [] : run(MAKERS, [encodeIds(needs.made)]),
  ])
  const links = new Map(chains.map(linkOf).map((link) => [link.n, link]))
  const [makers, madeBy] = [new Map<string, Set<number>>(), new Map<number, string>()]
  for (const row of made) {
    const [n, key] = [Number(row.n), makerKey(idOfRow(row.record) ?? '', targetOfRow(row))]
    makers.set(key, (makers.get(key) ?? new Set()).add(n))
    madeBy.set(n, key)
  }
  const were = [...links.values()].flatMap(({ id }) => (id === undefined ? [] : [id]))
  const ids = needs.renamed.size === 0 ? [] : [...needs.renamed, ...were]
  return { links, makers, madeBy, renames: await loadRenames(ids, run) }
}

/** All new ids of these records, and the new ids of those. */
export async function loadRenames(ids: readonly string[], run: Run): Promise<Renames> {
  const renames = new Renames()
  const seen = new Set(ids)
  for (let next = [...seen]; next.length > 0; ) {
    const found = (await run(RENAMES, [encodeIds(next)])).map((row) => ({
      set: Number(row.set_n),
      old: idOfRow(row.old) ?? '',
      id: idOfRow(row.new) ?? '',
      target: targetOfRow(row),
    }))
    for (const rename of found) renames.add(rename)
    next = [...new Set(found.map(({ id }) => id))].filter((id) => !seen.has(id))
    for (const id of next) seen.add(id)
  }
  return renames
}

export function targetOfRow(row: Row): Target {
  const text = (value: unknown) => decodeText(String(value))
  const connection = { origin: text(row.origin), teamId: text(row.team), botId: text(row.bot) }
  return { connection, tableId: text(row.table_id) }
}

export function encodeIds(ids: Iterable<string>): Buffer[] {
  return [...ids].map(encodeId)
}

function linkOf(row: Row): Link {
  const isMaker = row.kind === kindCode('inserted') && row.state === stateCode('ok')
  return {
    n: Number(row.n),
    kind: kindOfRow(row),
    state: Number(row.state),
    id: idOfRow(row.record),
    reverses: optionalNumber(row.reverses),
    undoneBy: optionalNumber(row.undone_by),
    insertedIn: isMaker && row.origin !== null ? targetOfRow(row) : undefined,
  }
}

/** Changes, and those that they undo, and so on. */
const CHAINS = `
  with recursive chain as (
    select * from ${JOURNAL.changes} where n = any($1::bigint[])
    union
    select undone.* from chain join ${JOURNAL.changes} undone on undone.n = chain.reverses
  )
  select chain.n, kind, state, record, reverses, undone_by, origin, team, bot, table_id
  from chain left join ${JOURNAL.sets} sets on sets.n = chain.n >> 31`

/** The changes that are known to have inserted records. */
export const MAKERS = `
  select changes.n, record, origin, team, bot, table_id
  from ${JOURNAL.changes} changes join ${JOURNAL.sets} sets on sets.n = changes.n >> 31
  where record = any($1::bytea[]) and kind = ${kindCode('inserted')} and state = ${stateCode('ok')}`

const RENAMES = `
  select set_n, old, new, origin, team, bot, table_id
  from ${JOURNAL.renamed} renamed join ${JOURNAL.sets} sets on sets.n = set_n
  where old = any($1::bytea[])`

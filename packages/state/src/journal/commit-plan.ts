/**
 * What one commit changes, worked out from its writes in their order and from the rows that they depend
 * on. The database then gets the final values of each row, in few statements.
 */
import {
  type Counter,
  contentHash,
  countersOf,
  hiddenText,
  keptToText,
  type NewChange,
  type State,
  type StoreWrite,
  setOf,
  stateCode,
  type Target,
  valuesToText,
} from '@chatlayer-tables/journal/store'
import { type Facts, type Link, makerKey, presentId, type Renames } from './commit-facts.ts'
import { byteLength, CHANGE_BYTES } from './sizes.ts'

type EndOfChange = Extract<StoreWrite, { do: 'end change' }>

/** The columns of a change that a commit sets; others keep their values. */
export interface ChangeUpdate {
  outcome?: { state: State; ended: number; problem: string | undefined }
  record?: { id: string | undefined; content: Uint8Array | undefined }
  stored?: { after: string; hidden: string | null; sent: string }
  undone?: { by: number | undefined }
}

export interface AddedChange extends ChangeUpdate {
  readonly change: NewChange
  readonly before: string | null
  readonly after: string | null
  readonly hidden: string | null
}

/** The id under which a set inserted a record again. */
export interface NewId {
  readonly set: number
  readonly old: string
  readonly id: string
}

export interface SetUpdate {
  readonly counters: Map<Counter | 'bytes', number>
  writer?: string
  ended?: { at: number | undefined }
}

export class CommitPlan {
  readonly added = new Map<number, AddedChange>()
  readonly updated = new Map<number, ChangeUpdate>()
  readonly sets = new Map<number, SetUpdate>()
  /** One by set and old id. */
  readonly renamed = new Map<string, NewId>()
  /** Columns that the gateway stored otherwise than sent, by set. */
  readonly altered = new Map<number, Set<string>>()
  readonly #makers: Map<string, Set<number>>
  readonly #madeBy: Map<number, string>
  readonly #links: Map<number, Link>
  readonly #renames: Renames

  constructor(writes: readonly StoreWrite[], facts: Facts) {
    this.#makers = facts.makers
    this.#madeBy = facts.madeBy
    this.#links = facts.links
    this.#renames = facts.renames
    for (const write of writes) this.#apply(write)
  }

  #apply(write: StoreWrite): void {
    if (write.do === 'add change') this.#add(write.change)
    else if (write.do === 'end change') this.#end(write)
    else if (write.do === 'name record') this.#name(write.n, write.id)
    else if (write.do === 'end set') this.#set(write.set).ended = { at: write.at }
    else this.#takeOver(write.set, write.writer)
  }

  #add(change: NewChange): void {
    const { n, kind, id, before, after, reverses } = change
    const texts = {
      before: before === undefined ? null : valuesToText(before.values),
      after: after === undefined ? null : valuesToText(after.values),
      hidden: hiddenText(before, after),
    }
    this.added.set(n, { change, ...texts })
    this.#links.set(n, { n, kind, state: stateCode('open'), id, reverses, undoneBy: undefined })
    this.#count(n, 'total', 1)
    const { before: was, after: to, hidden } = texts
    this.#count(n, 'bytes', CHANGE_BYTES + byteLength(was) + byteLength(to) + byteLength(hidden))
  }

  #end({ change, was, ending, target, table }: EndOfChange): void {
    const { n, kind, reverses } = change
    const id = ending.id ?? change.id
    const isInsert = kind === 'inserted'
    const isTwice =
      ending.state === 'ok' && isInsert && id !== undefined && this.#isMade(id, target, n)
    const state = isTwice ? 'elsewhere' : ending.state
    const isAnonymous = state === 'ok' && isInsert && id === undefined
    const content = isAnonymous ? contentHash(change.after?.values ?? {}, table) : undefined
    const update = this.#update(n)
    update.outcome = { state, ended: ending.ended, problem: ending.problem }
    update.record = { id, content }
    this.#count(n, 'bytes', byteLength(ending.problem))
    this.#noteRecord(n, id, isInsert && state === 'ok' && id !== undefined ? target : undefined)
    if (ending.stored !== undefined) this.#keepStored(change, ending.stored)
    for (const counter of countersOf(kind, was)) this.#count(n, counter, -1)
    for (const counter of countersOf(kind, state)) this.#count(n, counter, 1)
    if (state !== 'ok' || reverses === undefined) return
    const reversed = this.#links.get(reverses)
    if (isInsert && id !== undefined) this.#rename(n, reversed?.id, id, target)
    // An update whose record was deleted, to be inserted again, is only half undone.
    if (!(kind === 'deleted' && reversed?.kind === 'updated')) this.#markUndone(reverses, n)
  }

  #name(n: number, id: string): void {
    const link = this.#links.get(n)
    if (link === undefined || link.id !== undefined) return
    this.#update(n).record = { id, content: undefined }
    this.#noteRecord(n, id, link.insertedIn)
  }

  #takeOver(n: number, writer: string): void {
    const set = this.#set(n)
    set.writer = writer
    set.ended = { at: undefined }
  }

  /** @param madeIn the table where the change is now known to have inserted the record */
  #noteRecord(n: number, id: string | undefined, madeIn: Target | undefined): void {
    const link = this.#links.get(n)
    if (link !== undefined) this.#links.set(n, { ...link, id })
    const before = this.#madeBy.get(n)
    if (before !== undefined) this.#makers.get(before)?.delete(n)
    this.#madeBy.delete(n)
    if (id === undefined || madeIn === undefined) return
    const key = makerKey(id, madeIn)
    const makers = this.#makers.get(key) ?? new Set()
    this.#makers.set(key, makers.add(n))
    this.#madeBy.set(n, key)
  }

  #isMade(id: string, target: Target, except: number): boolean {
    const makers = this.#makers.get(makerKey(id, target)) ?? []
    return [...makers].some((n) => n !== except)
  }

  /** Replaces the sent values by those that the gateway stored, and keeps both. */
  #keepStored(
    { n, before, after: was }: NewChange,
    { after, sent }: NonNullable<EndOfChange['ending']['stored']>,
  ): void {
    const stored = {
      after: valuesToText(after.values),
      hidden: hiddenText(before, after),
      sent: keptToText(sent),
    }
    this.#update(n).stored = stored
    const replaced = was === undefined ? 0 : byteLength(valuesToText(was.values))
    this.#count(n, 'bytes', byteLength(stored.after) - replaced + byteLength(stored.sent))
    const columns = this.altered.get(setOf(n)) ?? new Set()
    this.altered.set(setOf(n), columns)
    for (const column of Object.keys({ ...sent.values, ...sent.hidden })) columns.add(column)
  }

  /** Stores that a record was inserted again under a new id. */
  #rename(n: number, was: string | undefined, id: string, target: Target): void {
    if (was === undefined) return
    const old = presentId(was, target, this.#renames)
    if (old === id) return
    const set = setOf(n)
    this.renamed.set(JSON.stringify([old, set]), { set, old, id })
    this.#renames.add({ set, old, id, target })
  }

  /**
   * Marks a change as undone by another. If it was an undo itself, the change that it had undone is
   * effective again, and so on.
   */
  #markUndone(n: number, by: number): void {
    let [current, undoneBy]: [number | undefined, number | undefined] = [n, by]
    while (current !== undefined) {
      const link = this.#links.get(current)
      if (link === undefined) return
      this.#links.set(current, { ...link, undoneBy })
      this.#update(current).undone = { by: undoneBy }
      const change = Number(undoneBy !== undefined) - Number(link.undoneBy !== undefined)
      this.#count(current, 'undone', change)
      undoneBy = undoneBy === undefined ? current : undefined
      current = link.reverses
    }
  }

  /** What this commit sets of a change, which may be one that it adds. */
  #update(n: number): ChangeUpdate {
    const found = this.added.get(n) ?? this.updated.get(n)
    if (found !== undefined) return found
    const update: ChangeUpdate = {}
    this.updated.set(n, update)
    return update
  }

  #set(n: number): SetUpdate {
    const found = this.sets.get(n)
    if (found !== undefined) return found
    const update: SetUpdate = { counters: new Map() }
    this.sets.set(n, update)
    return update
  }

  #count(n: number, counter: Counter | 'bytes', by: number): void {
    const { counters } = this.#set(setOf(n))
    counters.set(counter, (counters.get(counter) ?? 0) + by)
  }
}

import type { WireRecord } from '@chatlayer-tables/contract'
import { createIdNumbers } from './id-numbers.ts'
import type { Page } from './page.ts'

export interface TallyOptions {
  /** Whether totals are documented to count what is read; otherwise one that does not fit is dropped. */
  readonly totalCounts: boolean
  /** How many records the read passes over by offset. */
  readonly skip: number
}

/** What is known of one pass over all pages. */
interface Pass {
  /** The first page's number. */
  readonly start: number
  /** Different ids, ids that came again within the pass, and ids that no pass saw before. */
  ids: number
  repeated: number
  fresh: number
  /** Totals that differed from the one before, or from the records they came with. */
  changes: number
  /** The latest total within the pass, and whether one was smaller than that before it, or did not fit. */
  total: number | undefined
  shrank: boolean
}

/**
 * Keeps the account of a read by offset: which ids came, and whether they are all. Offset pages
 * shift when others write, and may come in any order at all.
 *
 * The rule: **the ids seen since the total last changed are as many as the total.** It holds however
 * the pages were ordered, and after a change it holds again as soon as every page from before the
 * change was read once more.
 *
 * A second rule spares a table to which records are only added that second look: a pass that shows
 * no id twice, as many ids as the last total, and totals that never shrank, saw everything. Had a
 * record been put in among what was read already, it would have pushed another one over to the next
 * page, where it comes again.
 *
 * What neither rule can see: a record deleted and another inserted between two answers, in such
 * places that no id comes twice.
 *
 * Pure but for its own state: an id costs some 40 bytes, see {@link IdNumbers}.
 */
export interface Tally {
  startPass(): void
  /** Takes a page into account; returns its records that had not come before. */
  add(page: Page): WireRecord[]
  /** The number of records that there are in all, where that is known at present. */
  readonly total: number | undefined
  /** Different ids seen so far. */
  readonly seen: number
  readonly passes: number
  /** The rule above. Within the first pass it says nothing: a total may be that of the page. */
  readonly complete: boolean
  /** Whether a pass that came to its end leaves nothing to doubt. */
  readonly settled: boolean
  /** Whether ids came twice in the pass although no total changed: the order of pages is unstable. */
  readonly shuffled: boolean
  /** Whether the pass showed ids that none before it did. */
  readonly foundMore: boolean
}

export function createTally({ totalCounts, skip }: TallyOptions): Tally {
  /** By id, the number of the page that showed it last. */
  const lastSeen = createIdNumbers()
  let page = 0
  let total: number | undefined
  /** The page with which the present total began to be said, and the ids seen since. */
  let epochStart = 0
  let epochIds = 0
  let believed = true
  let passes = 0
  let pass = startPass(0)
  let previous: Pass | undefined

  function isFresh(id: string): boolean {
    const last = lastSeen.put(id, page)
    if (last === undefined || last < pass.start) pass.ids += 1
    else pass.repeated += 1
    if (last === undefined || last < epochStart) epochIds += 1
    if (last === undefined) pass.fresh += 1
    return last === undefined
  }

  function weighTotal({ total: said, skip: before, records }: Page): void {
    if (said === undefined || !believed) return
    const fits = records.length > 0 ? before + records.length <= said : before >= said
    if (!fits && (!totalCounts || said === records.length)) {
      believed = false
      return
    }
    if (!fits || (pass.total !== undefined && said < pass.total)) pass.shrank = true
    pass.total = said
    if (fits && said === total) return
    if (total !== undefined || !fits) pass.changes += 1
    total = fits ? said : undefined
    epochStart = page
    epochIds = 0
  }

  /** How many records the read is to show; undefined where that is not known at present. */
  function expected(): number | undefined {
    return believed && total !== undefined ? Math.max(0, total - skip) : undefined
  }

  return {
    startPass() {
      previous = passes === 0 ? undefined : pass
      passes += 1
      pass = startPass(page + 1)
    },
    add(next) {
      page += 1
      weighTotal(next)
      return next.records.filter(({ id }) => isFresh(id))
    },
    get total() {
      return believed ? total : undefined
    },
    get seen() {
      return lastSeen.size
    },
    get passes() {
      return passes
    },
    get complete() {
      return epochIds === expected()
    },
    get settled() {
      if (epochIds === expected()) return true
      if (pass.repeated > 0) return false
      if (!pass.shrank && pass.ids === expected()) return true
      // Without a total, a pass in which no id came twice is all there is to go by.
      if (!believed || (total === undefined && pass.changes === 0)) return true
      // A total that never fits is wrong when two passes agree on the records.
      return previous?.repeated === 0 && previous.ids === pass.ids && pass.fresh === 0
    },
    get shuffled() {
      return pass.repeated > 0 && pass.changes === 0
    },
    get foundMore() {
      return pass.fresh > 0
    },
  }
}

function startPass(start: number): Pass {
  return { start, ids: 0, repeated: 0, fresh: 0, changes: 0, total: undefined, shrank: false }
}

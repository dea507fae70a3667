/** One page of a preview: as many records as a person can judge at once. */
import { costOf } from '../result/budget.ts'
import { lengthsFrom } from '../result/cells.ts'
import type { Section, SectionName, SectionPlan } from './sections.ts'

/** Records on a page. */
const MAX_RECORDS = 50

/** An estimate, which is rather too high. */
const MAX_PAGE_TOKENS = 2_000

/** Characters shown of a value. */
const CELL_LENGTH = 80

/** A preview of fewer records would say little; their values are shortened further instead. */
const MIN_RECORDS = 5

export interface Page {
  readonly sections: Partial<Readonly<Record<SectionName, Section>>>
  /** Records on this page and before it. */
  readonly shown: number
  /** The same, for the next page; undefined on the last one. */
  readonly next: number | undefined
}

/** @param offset records on earlier pages */
export function pageOf(plans: readonly SectionPlan[], offset: number): Page {
  const total = plans.reduce((sum, { changes }) => sum + changes.length, 0)
  const wanted = Math.min(MIN_RECORDS, total - offset)
  let page: Filled | undefined
  for (const length of lengthsFrom(CELL_LENGTH)) {
    page = fill(plans, offset, length)
    if (page.records >= wanted) break
  }
  // One record is always shown, so that the next page is another one.
  const { sections = {}, records = 0 } = page?.records ? page : fill(plans, offset, 1, 1)
  const next = offset + records
  return { sections, shown: next, next: next < total ? next : undefined }
}

interface Filled {
  readonly sections: Page['sections']
  readonly records: number
}

/** @param least records to show whatever they take */
function fill(plans: readonly SectionPlan[], offset: number, length: number, least = 0): Filled {
  const sections: Partial<Record<SectionName, Section>> = {}
  let tokens = MAX_PAGE_TOKENS
  let records = 0
  let skip = offset
  for (const { name, head, changes, rowsOf } of plans) {
    const first = Math.min(skip, changes.length)
    skip -= first
    const rows: unknown[][] = []
    let isFull = false
    const { old_values, ...rest } = head
    const frame = first === 0 ? head : rest
    tokens -= costOf(frame)
    for (const change of changes.slice(first, first + MAX_RECORDS - records)) {
      const own = rowsOf(change, length)
      tokens -= costOf(own)
      isFull = tokens < 0 && records >= least
      if (isFull) break
      rows.push(...own)
      records++
    }
    if (rows.length > 0) sections[name] = { ...frame, rows }
    if (isFull || records >= MAX_RECORDS) break
  }
  return { sections, records }
}

import type { Page } from './page.ts'

/**
 * Detects from the dates within pages whether the newest records are listed last. Then no update
 * moves a record to the head of the list: a gateway that lists the latest update first returns
 * `updatedAt` values that never rise within a page.
 */
export class OrderEvidence {
  #updatedRises = false
  #updatedFalls = false
  #createdFalls = false

  add({ records }: Page): void {
    for (let n = 1; n < records.length; n += 1) {
      const [before, record] = [records[n - 1], records[n]]
      const updated = compareDates(before?.updatedAt, record?.updatedAt)
      if (updated < 0) this.#updatedRises = true
      if (updated > 0) this.#updatedFalls = true
      if (compareDates(before?.createdAt, record?.createdAt) > 0) this.#createdFalls = true
    }
  }

  get isNewestLast(): boolean {
    return this.#updatedRises && !(this.#updatedFalls && this.#createdFalls)
  }
}

/** Below 0 when the first is earlier; 0 when equal or unknown. */
function compareDates(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined || a === b) return 0
  if (a.length === b.length) return a < b ? -1 : 1
  return Math.sign(Date.parse(a) - Date.parse(b)) || 0
}

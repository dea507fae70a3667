import { UnexpectedAnswerError } from '../errors.ts'
import type { Page } from './page.ts'

/** Consecutive pages, at offsets beyond the number of records seen, that contain nothing new. */
const MAX_FRUITLESS_PAGES = 15

/** Records, or pages, that are repeated in the same order although the offset differs. */
const MIN_SAME_RECORDS = 10
const MIN_SAME_PAGES = 10

/** Distance beyond everything seen at which a correct gateway returns nothing. */
const FAR = 10_000

/** Detects a gateway that returns the same page for any offset. */
export class OffsetWatch {
  #previous: Page | undefined
  #sameRecords = 0
  #samePages = 0
  #fruitless = 0
  #longest = 0

  /** @returns whether to request a page at {@link farOffset} to check */
  isSuspicious(page: Page, fresh: number, seen: number): boolean {
    const { records, skip } = page
    if (records.length === 0) return false
    const previous = this.#previous
    const isSame = previous !== undefined && previous.skip !== skip && haveSameIds(previous, page)
    this.#sameRecords = isSame ? this.#sameRecords + records.length : 0
    this.#samePages = isSame ? this.#samePages + 1 : 0
    this.#previous = page
    this.#longest = Math.max(this.#longest, records.length)
    if (fresh > 0) this.#fruitless = 0
    else if (skip >= seen) this.#fruitless += records.length
    const isSuspicious =
      this.#sameRecords >= MIN_SAME_RECORDS ||
      this.#samePages >= MIN_SAME_PAGES ||
      this.#fruitless > MAX_FRUITLESS_PAGES * this.#longest
    if (isSuspicious) this.#sameRecords = this.#samePages = this.#fruitless = 0
    return isSuspicious
  }
}

export function farOffset(page: Page, seen: number): number {
  return Math.max(page.skip, seen) + FAR
}

/** Whether two pages hold the same records in the same order. */
export function haveSameIds(a: Page, b: Page): boolean {
  return (
    a.records.length === b.records.length &&
    a.records.every(({ id }, index) => id === b.records[index]?.id)
  )
}

export function offsetIgnored(skip: number): UnexpectedAnswerError {
  return new UnexpectedAnswerError(
    `the records at offset ${skip} are those of the page before it`,
    {
      place: 'data',
      hint: 'The gateway seems to ignore the offset, so the read would not end.',
    },
  )
}

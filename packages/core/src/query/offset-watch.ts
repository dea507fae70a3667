import { UnexpectedAnswerError } from '../errors.ts'
import type { Page } from './page.ts'

/** Pages in a row that bring nothing new, beyond what was seen, before an endless read is given up. */
const MAX_FRUITLESS_PAGES = 15

/** Records that must come again in the same order: by chance that is out of the question. */
const MIN_SAME = 30

export type OffsetWatch = (page: Page, fresh: number, seen: number) => void

/**
 * Notices a gateway that answers the same page whatever the offset.
 *
 * @throws UnexpectedAnswerError from the function that it returns
 */
export function offsetWatch(): OffsetWatch {
  let previous: Page | undefined
  let same = 0
  let fruitless = 0
  let longest = 0
  return (page, fresh, seen) => {
    const { records, skip } = page
    if (records.length === 0) return
    const again = previous !== undefined && previous.skip !== skip && haveSameIds(previous, page)
    same = again ? same + records.length : 0
    previous = page
    fruitless = fresh > 0 ? 0 : fruitless + records.length
    longest = Math.max(longest, records.length)
    const patience = seen + MAX_FRUITLESS_PAGES * longest
    if (same >= MIN_SAME || fruitless > patience) throw offsetIgnored(skip)
  }
}

/** Whether two pages hold the same records in the same order. */
export function haveSameIds(a: Page, b: Page): boolean {
  return (
    a.records.length === b.records.length &&
    a.records.every(({ id }, index) => id === b.records[index]?.id)
  )
}

function offsetIgnored(skip: number): UnexpectedAnswerError {
  return new UnexpectedAnswerError(
    `the records at offset ${skip} are those of the page before it`,
    {
      place: 'data',
      hint: 'The gateway seems to ignore the offset. Reading on would not end.',
    },
  )
}

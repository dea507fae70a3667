import type { WireRecord } from '@chatlayer-tables/contract'
import { describe, expect, test } from 'vitest'
import { Chain, sharesUnchanged } from './chain.ts'
import type { Page } from './page.ts'

/** A page of records by their letters; `b*` is record b after an update. */
function pageOf(skip: number, ids: string): Page {
  const records: WireRecord[] = ids.split(' ').flatMap((id) =>
    id === ''
      ? []
      : [
          {
            id: id.replace('*', ''),
            updatedAt: '2024-01-01T00:00:00.000Z',
            values: { isUpdated: id.includes('*') },
          },
        ],
  )
  return { skip, records, total: undefined, limit: 5, isLimitReported: true }
}

const FIRST = pageOf(0, 'a b c d e')

/** How many of a page's records the pass has seen before. */
function knownOf({ records }: Page): number {
  return records.filter(({ id }) => FIRST.records.some((record) => record.id === id)).length
}

describe('a page after a b c d e', () => {
  test.each([
    ['e f g h i', 'clean'],
    ['e', 'clean'],
    ['d e f g h', 'shifted'],
    ['a b c d e', 'shifted'],
    ['b c d', 'shifted'],
    // One record deleted, one inserted, one updated.
    ['b d e f g', 'shifted'],
    ['c x d e f', 'shifted'],
    ['c d* e f g', 'shifted'],
    // A deletion pushed the frontier to the page before.
    ['f g h i j', 'apart'],
    ['', 'apart'],
    // Not enough evidence.
    ['x e f g h', 'apart'],
    ['d f g h i', 'apart'],
    ['e* f g h i', 'apart'],
    ['e d f g h', 'disordered'],
    ['e f g a h', 'disordered'],
    // A record that was updated may have moved.
    ['e f g a* h', 'shifted'],
  ])('%s: %s', (ids, seam) => {
    const page = pageOf(4, ids)
    expect(new Chain(FIRST).seam(page, knownOf(page))).toBe(seam)
  })
})

test('the end of the chain is that of the page added last, or beyond it', () => {
  const chain = new Chain(FIRST)
  expect([chain.end, chain.grew]).toEqual([5, true])
  chain.add(pageOf(4, 'e f g h i'), 'clean')
  expect([chain.end, chain.grew]).toEqual([9, true])
  chain.add(pageOf(9, 'i'), 'clean')
  expect([chain.end, chain.grew]).toEqual([10, false])
  // Two records before it were deleted.
  chain.add(pageOf(6, 'h i j'), 'shifted')
  expect([chain.end, chain.grew]).toEqual([9, true])
  // A page within the chain: h, i and j are listed after it.
  chain.add(pageOf(5, 'f g'), 'shifted')
  expect([chain.end, chain.grew]).toEqual([10, false])
  expect(chain.seam(pageOf(9, 'j k l'), 1)).toBe('clean')
})

test('records between matched ones are forgotten when a later page lacks them', () => {
  const chain = new Chain(FIRST)
  chain.add(pageOf(1, 'b d e f g'), 'shifted')
  expect(chain.seam(pageOf(2, 'd e f g h'), 4)).toBe('shifted')
  expect(chain.seam(pageOf(1, 'b c d e f'), 5)).toBe('shifted')
})

test('pages that share a record that was not updated', () => {
  expect(sharesUnchanged(FIRST, pageOf(0, 'x a* e'))).toBe(true)
  expect(sharesUnchanged(FIRST, pageOf(0, 'x a* e*'))).toBe(false)
  expect(sharesUnchanged(FIRST, pageOf(0, ''))).toBe(false)
})

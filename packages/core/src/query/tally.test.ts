import { describe, expect, test } from 'vitest'
import type { Page } from './page.ts'
import { Tally } from './tally.ts'

function pageOf(skip: number, ids: string, total?: number): Page {
  const records = ids.split('').map((id) => ({ id, values: {} }))
  return { skip, records, total, limit: 3, isLimitReported: true }
}

function tallyOf(totalCounts = true): Tally {
  const tally = new Tally({ totalCounts, skip: 0 })
  tally.startPass()
  return tally
}

const idsOf = (records: readonly { id: string }[]) => records.map(({ id }) => id).join('')

describe('ids prove that everything was seen', () => {
  test('when as many as existed at a request were seen before it and since', () => {
    const tally = tallyOf()
    expect(idsOf(tally.add(pageOf(0, 'abc', 5)))).toBe('abc')
    tally.markBase()
    expect(idsOf(tally.add(pageOf(3, 'de', 5)))).toBe('de')
    tally.markBase(5)
    // By the first base d and e may have been inserted; by the second a, b and c deleted.
    expect([tally.proven, tally.missing]).toEqual([false, 2])
    tally.startPass()
    expect(idsOf(tally.add(pageOf(0, 'abc', 5)))).toBe('')
    expect(tally.proven).toBe(true)
  })

  test('not when one was deleted and another inserted', () => {
    const tally = tallyOf()
    tally.add(pageOf(0, 'abc', 5))
    tally.markBase()
    // a was deleted, so that d was not listed where it was searched for; x was inserted.
    tally.add(pageOf(3, 'ex', 5))
    tally.markBase(5)
    expect(tally.seen).toBe(5)
    tally.startPass()
    expect(idsOf(tally.add(pageOf(0, 'bcd', 5)))).toBe('d')
    tally.markBase()
    expect(tally.proven).toBe(false)
    tally.add(pageOf(3, 'ex', 5))
    expect(tally.proven).toBe(true)
  })

  test('in any order, with an id that comes twice', () => {
    const tally = tallyOf()
    tally.add(pageOf(0, 'abc', 4))
    tally.markBase()
    tally.add(pageOf(3, 'a', 4))
    tally.markBase(4)
    tally.startPass()
    tally.add(pageOf(0, 'dbb', 4))
    tally.markBase()
    expect(tally.missing).toBe(1)
    tally.add(pageOf(3, 'c', 4))
    expect(tally.missing).toBe(1)
    tally.startPass()
    tally.add(pageOf(0, 'add', 4))
    expect(tally.proven).toBe(true)
  })

  test('not by a total that turned out to count the page', () => {
    const tally = tallyOf()
    tally.add(pageOf(0, 'abc', 3))
    tally.markBase()
    expect(tally.proven).toBe(true)
    tally.add(pageOf(3, 'def', 3))
    expect([tally.proven, tally.total]).toEqual([false, undefined])
  })
})

describe('a pass whose pages overlap', () => {
  test('is plausible with as many ids as the total, with a total that changed, and with none', () => {
    const whole = tallyOf()
    whole.add(pageOf(0, 'abc', 4))
    expect(whole.isPlausible).toBe(false)
    whole.add(pageOf(2, 'cd', 4))
    expect(whole.isPlausible).toBe(true)

    const changed = tallyOf()
    changed.add(pageOf(0, 'abc', 9))
    changed.add(pageOf(2, 'cd', 8))
    expect(changed.isPlausible).toBe(true)

    const silent = tallyOf()
    silent.add(pageOf(0, 'abc'))
    expect(silent.isPlausible).toBe(true)
  })

  test('is plausible with fewer ids when the pass before found the same', () => {
    const tally = tallyOf()
    tally.add(pageOf(0, 'abc', 9))
    tally.startPass()
    tally.add(pageOf(0, 'abc', 9))
    expect(tally.isPlausible).toBe(true)
    tally.startPass()
    tally.add(pageOf(0, 'abd', 9))
    expect(tally.isPlausible).toBe(false)
  })

  test('that ends before a total which need not count it, does without the total', () => {
    for (const totalCounts of [true, false]) {
      const tally = tallyOf(totalCounts)
      tally.add(pageOf(0, 'abc', 9))
      tally.noteShortList()
      expect(tally.isPlausible).toBe(!totalCounts)
    }
  })
})

test('the last page shows how many of its records the pass had seen', () => {
  const tally = tallyOf()
  tally.add(pageOf(0, 'abc', 5))
  tally.add(pageOf(2, 'cde', 5))
  expect([tally.knownInPage, tally.isShuffled]).toEqual([1, true])
  tally.startPass()
  tally.add(pageOf(0, 'abc', 5))
  expect([tally.knownInPage, tally.isShuffled]).toEqual([0, false])
})

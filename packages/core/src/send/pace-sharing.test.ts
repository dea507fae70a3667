import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  divide,
  firstLimit,
  leads,
  limitOf,
  moved,
  moveOf,
  NO_MOVE,
  type OtherPace,
  pauseOf,
  shareOf,
} from './pace-sharing.ts'

function other(number: number, rest: Partial<OtherPace> = {}): OtherPace {
  return { number, limit: 300, used: 0, isHeldBack: true, pauseMs: 0, ageMs: 0, ...rest }
}

const limits = fc.double({ min: 1, max: 10_000, noNaN: true })
const needs = fc.double({ min: 0, max: 10_000, noNaN: true })
const clients = fc.array(fc.record({ used: needs, isHeldBack: fc.boolean() }), { maxLength: 20 })

describe('a limit is divided', () => {
  test('into equal shares where all are held back', () => {
    const others = [other(1), other(2), other(3)]
    expect(shareOf(300, divide(300, others))).toBe(75)
  })

  test('and what one does not need is lent to the others', () => {
    const others = [other(1), other(2, { isHeldBack: false, used: 20 })]
    expect(shareOf(300, divide(300, others))).toBeCloseTo((300 - 22) / 2)
  })

  test('one that knows no limit yet is counted in', () => {
    const others = [other(1, { isHeldBack: false, limit: undefined, used: 1 })]
    expect(shareOf(300, divide(300, others))).toBe(150)
  })

  test('so that the shares sum up to it, whatever the others need', () => {
    fc.assert(
      fc.property(limits, clients, (limit, list) => {
        const all = [{ used: 0, isHeldBack: true }, ...list].map((each, n) => other(n, each))
        const share = shareOf(limit, divide(limit, all.slice(1)))
        const sum = all
          .map(({ isHeldBack, used }) => (isHeldBack ? share : Math.min(share, used * 1.1)))
          .reduce((total, each) => total + each, 0)
        expect(sum).toBeLessThanOrEqual(limit * 1.000001)
        // Nothing lies idle: this client is held back.
        expect(sum).toBeGreaterThanOrEqual(limit * 0.999999)
      }),
    )
  })

  test('and nobody has less than an equal share', () => {
    fc.assert(
      fc.property(limits, clients, (limit, list) => {
        const others = list.map((each, n) => other(n + 1, each))
        const share = shareOf(limit, divide(limit, others))
        expect(share).toBeGreaterThanOrEqual((limit / (1 + others.length)) * 0.999999)
        expect(limitOf(share, divide(limit, others))).toBeCloseTo(limit, 3)
      }),
    )
  })

  test('one that vanishes gives its share back, and no other share shrinks', () => {
    fc.assert(
      fc.property(limits, clients, fc.nat(), (limit, list, index) => {
        const others = list.map((each, n) => other(n + 1, each))
        const left = others.filter((_, n) => n !== index % Math.max(1, others.length))
        const before = shareOf(limit, divide(limit, others))
        expect(shareOf(limit, divide(limit, left))).toBeGreaterThanOrEqual(before * 0.999999)
        expect(shareOf(limit, divide(limit, []))).toBe(limit)
      }),
    )
  })
})

describe('the agreed limit', () => {
  const group = (agreed: number | undefined, others: readonly OtherPace[]) => ({
    number: 9,
    agreed,
    others,
  })

  test('grows by all of what one tried', () => {
    expect(moved(300, moveOf(309, group(300, [other(1), other(2)])))).toBeCloseTo(309)
    // Also where another one changed it meanwhile.
    expect(moved(200, moveOf(309, group(300, [other(1)])))).toBeCloseTo(206)
  })

  test('goes a part of the way to what one measured', () => {
    expect(moved(400, moveOf(300, group(400, [other(1), other(2)])))).toBeCloseTo(350)
    const idle = other(1, { isHeldBack: false })
    expect(moved(400, moveOf(300, group(400, [idle])))).toBeCloseTo(300)
  })

  test('stays between what it was and what was measured, in whatever order', () => {
    const seen = fc.array(fc.double({ min: 10, max: 300, noNaN: true }), { minLength: 1 })
    fc.assert(
      fc.property(seen, fc.integer({ min: 0, max: 10 }), (list, count) => {
        const others = Array.from({ length: count }, (_, n) => other(n + 10))
        let agreed: number | undefined = 300
        for (const limit of list) agreed = moved(agreed, moveOf(limit, group(300, others)))
        expect(agreed).toBeLessThanOrEqual(300)
        expect(agreed).toBeGreaterThanOrEqual(Math.min(...list) - 1e-6)
      }),
    )
  })

  test('is the mean of what all see first, when all have seen something', () => {
    const others = [other(1, { limit: 100 }), other(2, { limit: undefined })]
    expect(firstLimit(500, others, false)).toBeUndefined()
    expect(firstLimit(500, others, true)).toBe(300)
    expect(firstLimit(500, others.slice(0, 1), false)).toBe(300)
    expect(firstLimit(undefined, others, true)).toBeUndefined()
  })

  test('is set once, and forgotten', () => {
    expect(moved(undefined, { ...NO_MOVE, first: 300 })).toBe(300)
    expect(moved(200, { ...NO_MOVE, first: 300 })).toBe(200)
    expect(moved(undefined, NO_MOVE)).toBeUndefined()
    expect(moved(200, { ...NO_MOVE, forget: true })).toBeUndefined()
  })
})

test('exactly one of those that are held back leads', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 10 }), (heldBack) => {
      const all = heldBack.map((isHeldBack, n) => other(n, { isHeldBack }))
      const leaders = all.filter((each) => {
        const others = all.filter(({ number }) => number !== each.number)
        return leads(each.isHeldBack, { number: each.number, agreed: 300, others })
      })
      const inNeed = leaders.filter(({ isHeldBack }) => isHeldBack)
      expect(inNeed).toHaveLength(heldBack.includes(true) ? 1 : 0)
    }),
  )
})

test('the longest pause of the others counts, less its age', () => {
  const others = [other(1, { pauseMs: 5000, ageMs: 400 }), other(2, { pauseMs: 3000 })]
  expect(pauseOf(others)).toBe(4600)
  expect(pauseOf([other(1, { pauseMs: 100, ageMs: 400 })])).toBe(0)
})

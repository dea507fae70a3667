import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodyHeight, ROW_HEIGHT, rowsInSight, scrollTopFor } from './grid-rows.ts'

const VIEW = 420

const place = fc
  .integer({ min: 20, max: 5_000_000 })
  .chain((length) => fc.tuple(fc.constant(length), fc.integer({ min: 0, max: length - 1 })))

describe('rowsInSight', () => {
  it('has every row at its own place in a short body', () => {
    expect(rowsInSight(100_000, 28_000, VIEW)).toEqual({ from: 994, to: 1_021, shift: 0 })
    expect(bodyHeight(100_000)).toBe(2_800_000)
  })

  it('ends with the last row, however many there are', () => {
    fc.assert(
      fc.property(place, ([length]) => {
        const end = bodyHeight(length) - VIEW
        const { to, shift } = rowsInSight(length, end, VIEW)
        expect(to).toBe(length)
        expect(length * ROW_HEIGHT - shift).toBeCloseTo(bodyHeight(length), 3)
      }),
    )
  })
})

describe('scrollTopFor', () => {
  it('brings any row wholly in sight', () => {
    fc.assert(
      fc.property(place, fc.double({ min: 0, max: 1, noNaN: true }), ([length, index], part) => {
        const before = part * (bodyHeight(length) - VIEW)
        const scrollTop = scrollTopFor(index, length, before, VIEW)
        const { shift } = rowsInSight(length, scrollTop, VIEW)
        const top = index * ROW_HEIGHT - shift - scrollTop
        expect(top).toBeGreaterThanOrEqual(-0.01)
        expect(top + ROW_HEIGHT).toBeLessThanOrEqual(VIEW + 0.01)
      }),
    )
  })
})

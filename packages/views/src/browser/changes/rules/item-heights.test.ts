import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ItemHeights } from './item-heights.ts'

test('finds the item at each offset', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }), (heights) => {
      const items = new ItemHeights(heights.length, (index) => heights[index]!)
      expect(items.total).toBe(heights.reduce((sum, height) => sum + height, 0))
      for (const [index, height] of heights.entries()) {
        expect(items.at(items.start(index))).toBe(index)
        expect(items.at(items.start(index) + height - 1)).toBe(index)
      }
      expect(items.at(-1)).toBe(0)
      expect(items.at(items.total + 1)).toBe(heights.length - 1)
    }),
  )
})

test('an empty list has no height', () => {
  expect(new ItemHeights(0, () => 1).total).toBe(0)
})

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { barScale } from './bar-scale.ts'

it('draws positive values from the left, the greatest over the whole width', () => {
  const scale = barScale([5, 20, undefined])
  expect(scale.zero).toBe(0)
  expect([scale.span(5), scale.span(20), scale.span(0)]).toEqual([
    { start: 0, width: 25 },
    { start: 0, width: 100 },
    { start: 0, width: 0 },
  ])
})

it('draws negative values left of zero', () => {
  const scale = barScale([-10, 30])
  expect(scale.zero).toBe(25)
  expect([scale.span(-10), scale.span(30)]).toEqual([
    { start: 0, width: 25 },
    { start: 25, width: 75 },
  ])
  expect(barScale([-4]).span(-4)).toEqual({ start: 0, width: 100 })
})

it('measures against a whole', () => {
  expect(barScale([1, 2], 8).span(2)).toEqual({ start: 0, width: 25 })
})

it('keeps every bar inside, whatever the values', () => {
  fc.assert(
    fc.property(fc.array(fc.double()), (values) => {
      const scale = barScale(values)
      for (const value of values) {
        const { start, width } = scale.span(value)
        expect(start).toBeGreaterThanOrEqual(-1e-9)
        expect(width).toBeGreaterThanOrEqual(0)
        expect(start + width).toBeLessThanOrEqual(100 + 1e-9)
      }
    }),
  )
})

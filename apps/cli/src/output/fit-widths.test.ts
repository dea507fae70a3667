import { expect, it } from 'vitest'
import { fitWidths } from './fit-widths.ts'

const text = (widest: number) => ({ widest, isWhole: false })
const whole = (widest: number) => ({ widest, isWhole: true })

it('does not change columns that fit', () => {
  expect(fitWidths([whole(36), text(60)], 100)).toEqual([36, 60])
  expect(fitWidths([], 80)).toEqual([])
})

it('cuts the widest text first, but not IDs or numbers', () => {
  expect(fitWidths([whole(36), text(10), text(60), whole(12)], 80)).toEqual([36, 10, 16, 12])
  expect(fitWidths([text(30), text(50)], 62)).toEqual([30, 30])
  expect(fitWidths([text(30), text(50)], 42)).toEqual([20, 20])
})

it('omits columns at the end instead of cutting all of them to nothing', () => {
  expect(fitWidths([whole(36), text(20), text(20), text(20), text(20)], 60)).toEqual([36, 10, 10])
  expect(fitWidths([whole(36), whole(20)], 30)).toEqual([36])
})

it('handles widths that are far too large', () => {
  expect(fitWidths([text(100_000), text(100_000)], 80)).toEqual([39, 39])
})

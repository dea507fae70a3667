import { expect, it } from 'vitest'
import { fitWidths } from './fit-widths.ts'

const text = (widest: number) => ({ widest, isWhole: false })
const whole = (widest: number) => ({ widest, isWhole: true })

it('leaves columns as they are where they fit', () => {
  expect(fitWidths([whole(36), text(60)], 100)).toEqual([36, 60])
  expect(fitWidths([], 80)).toEqual([])
})

it('cuts the widest text first, and neither ids nor numbers', () => {
  expect(fitWidths([whole(36), text(10), text(60), whole(12)], 80)).toEqual([36, 10, 16, 12])
  expect(fitWidths([text(30), text(50)], 62)).toEqual([30, 30])
  expect(fitWidths([text(30), text(50)], 42)).toEqual([20, 20])
})

it('leaves columns at the end out rather than show nothing of each', () => {
  expect(fitWidths([whole(36), text(20), text(20), text(20), text(20)], 60)).toEqual([36, 10, 10])
  expect(fitWidths([whole(36), whole(20)], 30)).toEqual([36])
})

it('takes widths that are far too wide in its stride', () => {
  expect(fitWidths([text(100_000), text(100_000)], 80)).toEqual([39, 39])
})

import { expect, it } from 'vitest'
import { countText, percentText, plural, shareOf } from './numbers.ts'

it('rounds a share to 0% only if it is none, and to 100% only if it is all', () => {
  const texts = [0, 0.0001, 0.001, 0.5, 0.1234, 0.9999, 1].map(percentText)
  expect(texts).toEqual(['0%', '<0.1%', '0.1%', '50%', '12.3%', '99.9%', '100%'])
})

it('divides nothing into no share', () => {
  expect([shareOf(0, 0), shareOf(3, 4), shareOf(5, 4), shareOf(-1, 4)]).toEqual([0, 0.75, 1, 0])
})

it('separates thousands', () => {
  expect([countText(1234567), plural(1, 'record'), plural(2000, 'record')]).toEqual([
    '1,234,567',
    '1 record',
    '2,000 records',
  ])
})

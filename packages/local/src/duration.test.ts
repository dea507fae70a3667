import { expect, it } from 'vitest'
import { parseDuration } from './duration.ts'

it.each([
  ['0s', 0],
  ['30s', 30_000],
  ['500ms', 500],
  ['1.5h', 5_400_000],
  ['90m', 5_400_000],
  ['12h', 43_200_000],
  ['30d', 2_592_000_000],
  ['2w', 1_209_600_000],
  ['999999w', 604_799_395_200_000],
])('reads %s', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

it.each(['', '3', '3y', 'm', '-3m', '1.h', '.5h', ' 3m', '3m ', '1234567890s', '999999999w'])(
  'rejects %o',
  (text) => {
    expect(parseDuration(text)).toBeUndefined()
  },
)

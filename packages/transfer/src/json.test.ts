import { expect, it } from 'vitest'
import { parseJson, stringifyJson } from './json.ts'

it.each([
  '{"a":[1,-2.5,1e+21,null,true,"x"]}',
  '9007199254740993',
  '-123456789012345678901234567890',
  '{"price":12.50,"tiny":0.12345678901234567890123}',
  '{"__proto__":{"a":1}}',
  '"1e5"',
])('%s is written again as it was read', (text) => {
  expect(stringifyJson(parseJson(text))).toBe(text)
})

it('reads integers beyond 2^53 as bigints, safe numbers as numbers', () => {
  expect(parseJson('[9007199254740993, 12, 1e3, 1.5]')).toEqual([9007199254740993n, 12, 1000, 1.5])
  expect(() => parseJson('{a: 1}')).toThrow(SyntaxError)
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type ComparedType,
  compareKeys,
  compareText,
  equalJson,
  equalKeys,
  keyOf,
} from './compare.ts'
import { parseJson } from './json.ts'

function order(a: unknown, b: unknown, type: ComparedType): number | undefined {
  const [left, right] = [keyOf(a, type), keyOf(b, type)]
  if (left === undefined || right === undefined) return undefined
  const result = compareKeys(left, right)
  return result === undefined ? undefined : Math.sign(result)
}

test.each<[ComparedType, unknown[]]>([
  ['text', ['', 'A', 'Z', 'a', 'aa', 'é', '\uffff', '😀', '😁']],
  ['int', [-(2n ** 63n), -5, 0, 7, 2 ** 53 - 1, 2n ** 53n, 2n ** 53n + 1n]],
  ['numeric', ['-Infinity', '-2', '-1.5', '0', '0.10', '1', '10', '1e2', 'Infinity', 'NaN']],
  ['bool', [false, true]],
  [
    'uuid',
    [
      '00000000-0000-0000-0000-000000000001',
      '10000000-0000-0000-0000-000000000000',
      'A0000000-0000-0000-0000-000000000000',
    ],
  ],
  [
    'timestamp',
    [
      '-infinity',
      '2024-01-01',
      '2024-01-01T00:00:00.000001Z',
      '2024-01-01T00:00:00.001Z',
      'infinity',
    ],
  ],
  ['id', ['5', '507f1f77bcf86cd799439011', 'abc']],
])('%s sorts as listed', (type, values) => {
  for (const [i, a] of values.entries()) {
    for (const [j, b] of values.entries()) {
      expect([a, b, order(a, b, type)]).toEqual([a, b, Math.sign(i - j)])
    }
  }
})

test.each<[ComparedType, unknown, unknown]>([
  ['int', 5, 5n],
  ['numeric', '1', '1.000'],
  ['numeric', '0', '-0.0'],
  ['uuid', 'A0000000-0000-0000-0000-00000000000B', 'a000000000000000000000000000000b'],
  ['id', 'A0000000-0000-0000-0000-00000000000B', 'a0000000-0000-0000-0000-00000000000b'],
  ['timestamp', '2024-01-01T02:00:00+02:00', '2024-01-01T00:00:00Z'],
  ['timestamp', '2024-01-01T00:00:00.100Z', '2024-01-01T00:00:00.1Z'],
  [undefined, 5, 5.0],
  [undefined, 'x', 'x'],
  [undefined, { a: 1, b: 2 }, { b: 2, a: 1 }],
])('%s: %o equals %o', (type, a, b) => {
  const [left, right] = [keyOf(a, type), keyOf(b, type)]
  expect(left !== undefined && right !== undefined && equalKeys(left, right)).toBe(true)
})

test.each<[ComparedType, unknown]>([
  ['text', 5],
  ['int', '5'],
  ['int', 1.5],
  ['int', 2 ** 53],
  ['numeric', 'lots'],
  ['numeric', {}],
  ['bool', 'true'],
  ['uuid', 'x'],
  ['id', 5],
  ['timestamp', 'soon'],
  ['timestamp', 5],
  ['text', null],
  ['jsonb', undefined],
])('%s: %o has no key', (type, value) => {
  expect(keyOf(value, type)).toBeUndefined()
})

test('values of two kinds are neither equal nor unequal, nor in order', () => {
  const [text, number] = [keyOf('5', undefined), keyOf(5, undefined)]
  expect(text && number && equalKeys(text, number)).toBeNull()
  expect(order('5', 5, undefined)).toBeUndefined()
  expect(order({}, [], 'jsonb')).toBeUndefined()
})

describe('compareText', () => {
  test('goes by code point', () => {
    const codePoints = (text: string) =>
      Array.from(text, (character) => character.codePointAt(0) ?? 0)
    const byCodePoint = (a: string, b: string): number => {
      const [left, right] = [codePoints(a), codePoints(b)]
      const index = left.findIndex((point, at) => point !== right[at])
      if (index === -1) return left.length - right.length
      return (left[index] ?? 0) - (right[index] ?? -1)
    }
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', '\ud7ff', '\ue000', '\uffff', '😀', '😁', '𐀀'),
    })
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareText(a, b))).toBe(Math.sign(byCodePoint(a, b)))
      }),
    )
  })
})

describe('equalJson', () => {
  test.each([
    ['1', '1.0', true],
    ['100', '1e2', true],
    ['9007199254740993', '9007199254740992', false],
    ['0.1000000000000000000001', '0.1', false],
    ['"1"', '1', false],
    ['null', 'false', false],
    ['null', '0', false],
    ['[]', '{}', false],
    ['[1,2]', '[2,1]', false],
    ['[1]', '[1,2]', false],
    ['[1,2]', '[1]', false],
    ['{"a":1,"b":2}', '{"b":2.0,"a":1}', true],
    ['{"a":1}', '{"a":1,"b":null}', false],
    ['{"a":1,"b":2}', '{"a":1,"c":2}', false],
    ['{"__proto__":1}', '{"constructor":1}', false],
    ['{"toString":1}', '{"a":1}', false],
    ['{"a":[{"b":[]}]}', '{"a":[{"b":[]}]}', true],
    ['"a"', '"a"', true],
    ['"a"', '{}', false],
    ['"a"', '["a"]', false],
    ['null', '{}', false],
    ['true', '[]', false],
    ['1', '{}', false],
    ['"a"', '"A"', false],
  ])('%s and %s: %s', (a, b, equal) => {
    expect(equalJson(parseJson(a), parseJson(b))).toBe(equal)
    expect(equalJson(parseJson(b), parseJson(a))).toBe(equal)
  })
})

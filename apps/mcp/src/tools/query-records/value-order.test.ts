import { describe, expect, it } from 'vitest'
import { compareCells, isBeyond, isOrderedType } from './value-order.ts'

describe('compareCells', () => {
  const cells = ['abc', '2', null, '10', true]

  it('puts what has no order last, in either direction', () => {
    expect(cells.toSorted((a, b) => compareCells(a, b, 'numeric', 1))).toEqual([
      ...['2', '10'],
      ...['abc', null, true],
    ])
    expect(cells.toSorted((a, b) => compareCells(a, b, 'numeric', -1))).toEqual([
      ...['10', '2'],
      ...['abc', null, true],
    ])
  })

  it('gives JSON no order', () => {
    expect(compareCells({ a: 1 }, { a: 2 }, 'jsonb', 1)).toBe(0)
  })
})

describe('isBeyond', () => {
  it.each([
    [1, undefined, -1, true],
    [1, 1, -1, false],
    [1, 2, -1, true],
    [1, 2, 1, false],
    ['abc', undefined, 1, undefined],
    ['abc', 2, 1, undefined],
    [null, 2, 1, undefined],
  ] as const)('%s after %s with sign %s: %s', (value, extreme, sign, expected) => {
    expect(isBeyond(value, extreme, 'int', sign)).toBe(expected)
  })
})

it.each([
  [undefined, false],
  ['jsonb', false],
  ['text', true],
  ['bool', true],
] as const)('the order of type %s: %s', (type, expected) => {
  expect(isOrderedType(type)).toBe(expected)
})

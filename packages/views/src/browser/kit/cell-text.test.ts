import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cellText, indented, visibleText } from './cell-text.ts'

describe('visibleText', () => {
  it.each([
    ['a\r\nb\tc', 'a\\r\\nb\\tc'],
    ['\u202egnp.exe', '\\u202egnp.exe'],
    ['a\u200bb\u00a0c', 'a\\u200bb\\u00a0c'],
    ['\u{e0041}x', '\\u{e0041}x'],
    ['\ud800', '\\ud800'],
    ['e\u0301 ü 日本', 'e\u0301 ü 日本'],
    ['👩‍👩‍👧 ❤️ 1️⃣', '👩‍👩‍👧 ❤️ 1️⃣'],
  ])('%j', (text, expected) => {
    expect(visibleText(text)).toBe(expected)
  })

  it('leaves no control character and no character that changes the order, in any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(visibleText(text)).not.toMatch(/\p{Cc}|\p{Bidi_Control}/u)
      }),
    )
  })
})

describe('cellText', () => {
  it.each([
    [null, 'null'],
    ['', ''],
    [0, '0'],
    [{ number: '9007199254740993' }, '9007199254740993'],
    [{ absent: 'not-kept' }, '[not kept]'],
    [{ absent: 'masked' }, '[masked]'],
  ] as const)('%j', (cell, expected) => {
    expect(cellText(cell)).toBe(expected)
  })
})

describe('indented', () => {
  it('is what JSON.stringify writes, for any value', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const value = JSON.parse(json)
        expect(indented(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2))
      }),
    )
  })

  it('keeps the digits of numbers', () => {
    expect(indented('[9007199254740993,1.10]')).toBe('[\n  9007199254740993,\n  1.10\n]')
  })
})

import { describe, expect, it } from 'vitest'
import { printable } from './printable.ts'

describe('printable', () => {
  it('keeps ordinary text unchanged', () => {
    const text = 'Café 東京 👩‍👩‍👧 №5 «ok» e\u0301'
    expect(printable(text)).toBe(text)
  })

  it.each([
    ['a\u001b[2Jb', 'a\\u001b[2Jb'],
    ['a\u009b2J', 'a\\u009b2J'],
    ['a\nb\tc\rd', 'a\\nb\\tc\\rd'],
    ['bell\u0007 nul\u0000 del\u007f', 'bell\\u0007 nul\\u0000 del\\u007f'],
    ['\u202etxt.exe', '\\u202etxt.exe'],
    ['\u2066a\u2069', '\\u2066a\\u2069'],
    ['a\u2028b', 'a\\u2028b'],
    ['tag\u{e0041}', 'tag\\udb40\\udc41'],
    ['half\ud83d', 'half\\ud83d'],
  ])('escapes %j', (text, shown) => {
    expect(printable(text)).toBe(shown)
  })
})

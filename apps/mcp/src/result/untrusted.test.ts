import { describe, expect, it } from 'vitest'
import { visible, visibleDeep } from './untrusted.ts'

const at = (...codePoints: number[]) => String.fromCodePoint(...codePoints)

describe('visible', () => {
  it.each([
    ['zero-width space', at(0x200b), '\\u200b'],
    ['zero-width joiner', at(0x200d), '\\u200d'],
    ['right-to-left override', at(0x202e), '\\u202e'],
    ['isolates', at(0x2066, 0x2069), '\\u2066\\u2069'],
    ['byte order mark', at(0xfeff), '\\ufeff'],
    ['soft hyphen', at(0xad), '\\u00ad'],
    ['line separator', at(0x2028), '\\u2028'],
    ['NUL', at(0), '\\u0000'],
    ['terminal escape', at(0x1b), '\\u001b'],
    ['next line (C1)', at(0x85), '\\u0085'],
    ['tag letter', at(0xe0041), '\\udb40\\udc41'],
    ['supplementary variation selector', at(0xe0100), '\\udb40\\udd00'],
    ['hangul filler', at(0x3164), '\\u3164'],
    ['lone surrogate', '\ud800', '\\ud800'],
  ])('escapes a %s', (_name, character, escaped) => {
    expect(visible(`a${character}b`)).toBe(`a${escaped}b`)
  })

  it.each([
    'plain',
    'two\nlines\twith\ta tab\r\n',
    'Zürich, 東京, Ελλάδα, עברית',
    '👨‍👩‍👧 ❤️ 🇧🇪 1️⃣ 🏴󠁧󠁢󠁥󠁮󠁧󠁿',
    'a \\u200b that was typed as such',
  ])('does not change %j', (text) => {
    expect(visible(text)).toBe(text)
  })

  it('escapes invisible characters after an emoji', () => {
    expect(visible(`❤️${at(0x200d)}x`)).toBe('❤️\\u200dx')
    expect(visible(`😀${at(0xe0041, 0xe0042)}`)).toBe('😀\\udb40\\udc41\\udb40\\udc42')
  })

  it('is idempotent', () => {
    const once = visible(`x${at(0x200b)}y`)
    expect(visible(once)).toBe(once)
  })
})

describe('visibleDeep', () => {
  it('escapes keys and values at any depth', () => {
    const value = { [`na${at(0x200b)}me`]: [{ deep: `a${at(0x202e)}b` }, 1, null, true] }
    expect(visibleDeep(value)).toEqual({ 'na\\u200bme': [{ deep: 'a\\u202eb' }, 1, null, true] })
  })

  it('reports escapes, and only those', () => {
    let escapes = 0
    const count = () => {
      escapes += 1
    }
    visibleDeep(['plain', { a: 'x' }], { onEscape: count })
    expect(escapes).toBe(0)
    visibleDeep([`a${at(0x200b)}`, { [`k${at(0x200b)}`]: 1 }], { onEscape: count })
    expect(escapes).toBe(2)
  })

  it('writes large integers as decimal strings', () => {
    expect(visibleDeep([2n ** 63n])).toEqual(['9223372036854775808'])
  })

  it('keeps a key named __proto__', () => {
    const value = JSON.parse('{"__proto__":"x"}')
    expect(JSON.stringify(visibleDeep(value))).toBe('{"__proto__":"x"}')
  })
})

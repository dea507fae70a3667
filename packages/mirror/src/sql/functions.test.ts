import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { foldText } from './functions.ts'

describe('fold', () => {
  test.each([
    ['  Café  LIÈGE\t', 'cafe liege'],
    ['STRASSE', 'strasse'],
    ['Straße', 'strasse'],
    ['ΟΔΌΣ', 'οδοσ'],
    ['Ёлка', 'елка'],
    ['İzmir', 'izmir'],
    ['ﬁn\u00a0de', 'fin de'],
    ['ＡＢ', 'ab'],
    ['हिन्दी', 'हिन्दी'],
    ['한국', '한국'],
    ['', ''],
  ])('%j is %j', (text, folded) => {
    expect(foldText(text)).toBe(folded.normalize('NFC'))
  })

  test('folding twice changes nothing; letter case and spaces do not count', () => {
    const letter = fc.integer({ min: 0x20, max: 0x24ff }).map((code) => String.fromCodePoint(code))
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: letter }))
    fc.assert(
      fc.property(text, (text) => {
        const folded = foldText(text)
        expect(foldText(folded)).toBe(folded)
        expect(foldText(` ${text}\n`)).toBe(folded)
        expect(foldText(text.normalize('NFD'))).toBe(folded)
        // Greek capitals write the iota below a letter as a letter.
        if (/\u0345/.test(text.normalize('NFD'))) return
        expect(foldText(text.toUpperCase())).toBe(folded)
        expect(foldText(text.toLowerCase())).toBe(folded)
      }),
      { numRuns: 1_000 },
    )
  })
})

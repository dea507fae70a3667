import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { excerpt, sameShare, textDifference } from './text-difference.ts'

function side(parts: ReturnType<typeof textDifference>, other: 'removed' | 'added'): string {
  return parts
    .filter(({ kind }) => kind !== other)
    .map(({ text }) => text)
    .join('')
}

const sentence = fc
  .array(
    fc.oneof(fc.constantFrom('open', 'on', 'Sunday', ' ', '\u00a0', '\n', '.', '😀'), fc.string()),
  )
  .map((parts) => parts.join(' '))

describe('textDifference', () => {
  test('marks the words that change', () => {
    expect(textDifference('Open from 9 to 17 h.', 'Open from 9 to 18 h, not on Sunday.')).toEqual([
      { kind: 'same', text: 'Open from 9 to ' },
      { kind: 'removed', text: '17' },
      { kind: 'added', text: '18' },
      { kind: 'same', text: ' h' },
      { kind: 'added', text: ', not on Sunday' },
      { kind: 'same', text: '.' },
    ])
  })

  test('its parts give both texts', () => {
    fc.assert(
      fc.property(sentence, sentence, (before, after) => {
        const parts = textDifference(before, after)
        expect(side(parts, 'added')).toBe(before)
        expect(side(parts, 'removed')).toBe(after)
      }),
    )
  })

  test('its parts give both texts that are too long to compare', () => {
    const before = Array.from({ length: 400 }, (_, index) => `old${index}`).join(' ')
    const after = before.replaceAll('old', 'new')
    const parts = textDifference(before, after)
    expect(side(parts, 'added')).toBe(before)
    expect(side(parts, 'removed')).toBe(after)
  })

  test('equal texts have one part, and share everything', () => {
    fc.assert(
      fc.property(sentence, (text) => {
        const parts = textDifference(text, text)
        expect(parts).toEqual(text === '' ? [] : [{ kind: 'same', text }])
        expect(sameShare(parts)).toBe(1)
      }),
    )
  })
})

describe('excerpt', () => {
  test('keeps changes whole, and no more than the context around them', () => {
    fc.assert(
      fc.property(sentence, sentence, fc.integer({ min: 1, max: 30 }), (before, after, context) => {
        const parts = textDifference(before, after)
        const short = excerpt(parts, context)
        for (const [index, part] of short.entries()) {
          if (part.kind === 'same') expect(part.text.length).toBeLessThanOrEqual(2 * context + 1)
          else expect(part).toEqual(parts[index])
          expect(part.text.isWellFormed() || !parts[index]!.text.isWellFormed()).toBe(true)
        }
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shortPair } from './cell.ts'

const part = fc.string({ unit: 'grapheme', maxLength: 200 })
const LENGTHS = [80, 40, 16]

describe('shortPair', () => {
  it('shows that two texts differ, and splits no character', () => {
    const pairs = fc.tuple(part, part, part, part, fc.constantFrom(...LENGTHS))
    fc.assert(
      fc.property(pairs, ([start, before, after, end, length]) => {
        fc.pre(before !== after)
        const [old, next] = shortPair(start + before + end, start + after + end, length)
        expect(old).not.toBe(next)
        for (const text of [String(old), String(next)]) {
          expect(text.isWellFormed()).toBe(true)
          // Room for the marks of what was cut.
          expect(text.length).toBeLessThan(length + 12)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('shows short texts and other values as they are', () => {
    expect(shortPair('a', 'b', 80)).toEqual(['a', 'b'])
    expect(shortPair(null, 'b', 80)).toEqual([null, 'b'])
    expect(shortPair({ a: 1 }, [1], 80)).toEqual([{ a: 1 }, [1]])
  })
})

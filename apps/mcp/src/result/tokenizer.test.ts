import fc from 'fast-check'
import { countTokens as cl100k } from 'gpt-tokenizer/encoding/cl100k_base'
import { countTokens as o200k } from 'gpt-tokenizer/encoding/o200k_base'
import { describe, expect, it } from 'vitest'
import { countTokens } from './token-counter.ts'
import { tokensOf } from './tokenizer.ts'

const real = (text: string) => Math.max(o200k(text), cl100k(text))

describe('tokensOf', () => {
  it('is the larger count of the two tokenizers', () => {
    for (const text of ['', 'Opening hours', '東京都千代田区', 'Öffnungszeiten', '{"a":[1,"b"]}']) {
      expect(tokensOf(text)).toBe(real(text))
    }
  })

  it('takes names of special tokens as text', () => {
    expect(tokensOf('<|endoftext|>')).toBeGreaterThan(1)
  })

  it('counts long runs at most slightly too high, and never too low', () => {
    const run = fc
      .tuple(
        fc.constantFrom('x', 'aB', 'é', '東京', 'ώ', '😀', '!', '=-', '\n', ' ', 'qz', '\u0301'),
        fc.integer({ min: 1, max: 700 }),
      )
      .map(([characters, times]) => characters.repeat(times))
    const text = fc.array(fc.oneof(run, fc.string({ unit: 'grapheme' })), { maxLength: 4 })
    fc.assert(
      fc.property(text, (parts) => {
        const joined = parts.join('')
        const [counted, exact] = [tokensOf(joined), real(joined)]
        expect(counted).toBeGreaterThanOrEqual(exact)
        // A cut after 256 characters costs one token, and may cost another in each of its parts.
        expect(counted - exact).toBeLessThanOrEqual(3 * Math.ceil(joined.length / 256) + 8)
      }),
      { numRuns: 60, seed: 5 },
    )
  })
})

describe('countTokens', () => {
  it('counts in its thread, for several callers at once', async () => {
    const texts = ['one two three', '東京', 'x'.repeat(1_000)]
    expect(await Promise.all(texts.map(countTokens))).toEqual(texts.map(tokensOf))
  })
})

import { describe, expect, it } from 'vitest'
import { estimateTokens, fitItems } from './budget.ts'

describe('estimateTokens', () => {
  // Counts of the o200k_base tokenizer; the public Claude tokenizer needs about a fifth more.
  it.each([
    [
      'prose',
      'Opening hours are from nine to five, but on public holidays the shop stays closed.',
      17,
    ],
    ['a UUID', '3f2b8c1a-9d4e-4f6a-8b7c-0e1d2f3a4b5c', 26],
    ['a CSV line', '00M,Thigpen,Bay Springs,MS,USA,31.95376472,-89.23450472', 31],
    ['Japanese', '東京都千代田区丸の内一丁目九番一号', 13],
    ['emoji', '👨‍👩‍👧❤️🇧🇪', 13],
    ['base64', 'Zk3vQ9x8Lw2RtY7uPb5sN1cJ', 18],
  ])('does not underestimate %s', (_name, text, tokens) => {
    expect(estimateTokens(text)).toBeGreaterThanOrEqual(tokens)
  })

  it('estimates prose at less than one token per two characters', () => {
    const prose = 'The shop on the corner sells bread, butter and cheese from early in the morning.'
    expect(estimateTokens(prose)).toBeLessThan(prose.length / 1.7)
  })

  it('estimates an empty text at 0', () => {
    expect(estimateTokens('')).toBe(0)
  })
})

describe('fitItems', () => {
  const row = ['00M', 'Thigpen', 'Bay Springs']
  const cost = estimateTokens(JSON.stringify(row)) + 1

  it('keeps everything that fits', () => {
    expect(fitItems([row, row], 2 * cost)).toEqual({ items: [row, row], overflow: undefined })
  })

  it('drops the first item that does not fit and all after it', () => {
    expect(fitItems([row, row, ['x']], 2 * cost - 1)).toEqual({ items: [row], overflow: cost })
  })

  it('keeps none if the first is too large', () => {
    expect(fitItems([row], cost - 1)).toEqual({ items: [], overflow: cost })
  })
})

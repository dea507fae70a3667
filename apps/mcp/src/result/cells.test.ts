import { describe, expect, it } from 'vitest'
import { lengthsFrom, shortCell, shortValues } from './cells.ts'

describe('shortCell', () => {
  it('does not change short values', () => {
    for (const value of [null, true, 1e21, 'text', '', { a: [1] }, [], 12345678901234567890n]) {
      expect(shortCell(value, 30)).toEqual({ value, isCut: false })
    }
  })

  it('states how much it cut, for JSON too', () => {
    expect(shortCell('abcdef', 4)).toEqual({ value: 'abcd…[+2]', isCut: true })
    expect(shortCell({ key: 'value' }, 6)).toEqual({ value: '{"key"…[+9]', isCut: true })
  })

  it('shows the rest, starting at a character', () => {
    expect(shortCell('abcdef', 4, 4)).toEqual({ value: 'ef', isCut: false })
    expect(shortCell('abcdef', 4, 1)).toEqual({ value: 'bcde…[+1]', isCut: true })
    expect(shortCell('abc', 4, 9)).toEqual({ value: '', isCut: false })
  })

  it('does not split or lose surrogate pairs', () => {
    const text = 'a😀b😀c'
    let read = ''
    for (let from = 0; from < text.length; from += 2) {
      read += String(shortCell(text, 2, from).value).replace(/…\[.*/, '')
    }
    expect(read.isWellFormed()).toBe(true)
    expect(read).toBe(text)
  })
})

describe('shortValues', () => {
  it('shortens each value', () => {
    expect(shortValues({ a: 'long text', b: 1 }, 4)).toEqual({ a: 'long…[+5]', b: 1 })
  })
})

describe('lengthsFrom', () => {
  it('halves the length, down to a minimum', () => {
    expect([...lengthsFrom(100)]).toEqual([100, 50, 25, 16])
    expect([...lengthsFrom(5)]).toEqual([16])
  })
})

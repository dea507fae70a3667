import { describe, expect, it } from 'vitest'
import { lengthsFrom, shortCell, shortValues } from './cells.ts'

describe('shortCell', () => {
  it('leaves what is short as it is', () => {
    for (const value of [null, true, 1e21, 'text', '', { a: [1] }, [], 12345678901234567890n]) {
      expect(shortCell(value, 30)).toEqual({ value, isCut: false })
    }
  })

  it('says how much it cut off, of JSON too', () => {
    expect(shortCell('abcdef', 4)).toEqual({ value: 'abcd…[+2]', isCut: true })
    expect(shortCell({ key: 'value' }, 6)).toEqual({ value: '{"key"…[+9]', isCut: true })
  })

  it('reads on from a character to the end', () => {
    expect(shortCell('abcdef', 4, 4)).toEqual({ value: 'ef', isCut: false })
    expect(shortCell('abcdef', 4, 1)).toEqual({ value: 'bcde…[+1]', isCut: true })
    expect(shortCell('abc', 4, 9)).toEqual({ value: '', isCut: false })
  })

  it('parts no pair of surrogates, and loses none either', () => {
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
  it('shortens each', () => {
    expect(shortValues({ a: 'long text', b: 1 }, 4)).toEqual({ a: 'long…[+5]', b: 1 })
  })
})

describe('lengthsFrom', () => {
  it('halves, and ends', () => {
    expect([...lengthsFrom(100)]).toEqual([100, 50, 25, 16])
    expect([...lengthsFrom(5)]).toEqual([16])
  })
})

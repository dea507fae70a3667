import { canonicalJson } from '@chatlayer-tables/core'
import { describe, expect, it } from 'vitest'
import { checkToken, TOKEN_SECONDS, writeToken } from './token.ts'

const key = Buffer.from('a key that is long enough to be one')
const bound = { place: ['bot', 'update_records'], args: { a: 1, b: [2n] }, data: [{ id: 'x' }] }
const NOW = Date.parse('2026-11-22T12:00:00Z')
const token = writeToken(key, 'way', bound, NOW)

describe('a token', () => {
  it('is valid for its write, independent of the order of keys', () => {
    expect(checkToken(token, key, 'way', bound, NOW)).toBeUndefined()
    const other = { ...bound, args: { b: [2n], a: 1 } }
    expect(checkToken(token, key, 'way', other, NOW)).toBeUndefined()
  })

  it('expires', () => {
    const end = NOW + TOKEN_SECONDS * 1_000
    expect(checkToken(token, key, 'way', bound, end)).toBeUndefined()
    expect(checkToken(token, key, 'way', bound, end + 1)).toBe('expired')
  })

  it('is bound to everything else', () => {
    const check = (changed: Partial<typeof bound>, way = 'way', by = key) =>
      checkToken(token, by, way, { ...bound, ...changed }, NOW)
    expect(check({ place: ['bot', 'delete_records'] })).toBe('forged')
    expect(check({}, 'another')).toBe('forged')
    expect(check({}, 'way', Buffer.from('another key'))).toBe('forged')
    expect(check({ args: { a: 2, b: [2n] } })).toBe('other-arguments')
    expect(check({ data: [{ id: 'y' }] })).toBe('other-data')
  })

  it('is invalid after a change of any letter', () => {
    for (const [index, letter] of [...token].entries()) {
      for (const other of ['A', 'b', '0', '.', '_']) {
        if (other === letter) continue
        const altered = [...token].with(index, other).join('')
        expect(checkToken(altered, key, 'way', bound, NOW)).toMatch(/^(?:malformed|forged)$/)
      }
    }
  })

  it('does not reveal the data that it is bound to', () => {
    expect(token.length).toBeLessThan(100)
  })
})

describe('canonicalJson', () => {
  it('distinguishes different values', () => {
    const values = [null, 'null', 1, '1', 1n, 10n ** 20n, [1], [[1]], {}, [], { a: 1 }, { a: [1] }]
    const texts = new Set(values.map(canonicalJson))
    // 1 and 1n are the same number.
    expect(texts.size).toBe(values.length - 1)
  })
})

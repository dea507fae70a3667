import { basicAuthorization } from '@chatlayer-tables/contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRedactor, quote } from './redact.ts'

const token = '65f0c0ffee65f0c0ffee65f0:Zk3"pq/AbC+dE:fGh1jK2mN3'
const redact = createRedactor(basicAuthorization(token))
const password = token.slice(token.indexOf(':') + 1)

describe('redact', () => {
  test.each([
    ['the token', token],
    ['its password', password],
    ['its Basic form', basicAuthorization(token).slice('Basic '.length)],
    ['percent-encoded', encodeURIComponent(token)],
    ['in a JSON string', JSON.stringify({ token })],
    ['twice', `${token}${token}`],
  ])('masks %s', (_, text) => {
    const safe = redact(`before ${text} after`)
    expect(safe).toMatch(/^before .*\[redacted\].* after$/)
    expect(safe).not.toContain(password)
    expect(safe).not.toContain('Zk3')
  })

  test('masks the Basic form without its padding', () => {
    const padded = basicAuthorization('user:passwords')
    expect(padded.endsWith('=')).toBe(true)
    const safe = createRedactor(padded)(`Basic ${padded.slice(6).replace(/=+$/, '')}`)
    expect(safe).toBe('Basic [redacted]')
  })

  test('leaves other text alone', () => {
    expect(redact('a table of stores')).toBe('a table of stores')
  })

  test('does not reveal a short password by masking it inside words', () => {
    const short = createRedactor(basicAuthorization('someone:e'))
    expect(short('the gateway')).toBe('the gateway')
    expect(short('someone:e')).toBe('[redacted]')
  })

  test('the token is masked in any surrounding text', () => {
    const word = fc.string({
      minLength: 4,
      maxLength: 30,
      unit: fc.constantFrom(...'abcXYZ019+/"\\'),
    })
    fc.assert(
      fc.property(word, word, fc.string(), fc.string(), (user, secret, before, after) => {
        const redactor = createRedactor(basicAuthorization(`${user}:${secret}`))
        const text = `${before}${user}:${secret}${after}${secret}`
        expect(redactor(text)).not.toContain(`${user}:${secret}`)
        if (!'[redacted]'.includes(secret)) expect(redactor(text)).not.toContain(secret)
      }),
    )
  })
})

describe('quote', () => {
  test('folds spaces and escapes characters that could rewrite a line', () => {
    expect(quote('a\n\t b', redact)).toBe('a b')
    expect(quote('\u001b[2Jgone\u0007', redact)).toBe('\\u{1b}[2Jgone\\u{7}')
    expect(quote('\u202eabc\u200b', redact)).toBe('\\u{202e}abc\\u{200b}')
    expect(quote('lone \ud800 half', redact)).toBe('lone \\u{d800} half')
    expect(quote('emoji 😀 stay', redact)).toBe('emoji 😀 stay')
  })

  test('shortens, not in the middle of a character', () => {
    expect(quote('x'.repeat(301), redact)).toBe(`${'x'.repeat(299)}…`)
    expect(quote('x'.repeat(300), redact)).toBe('x'.repeat(300))
    const emoji = quote(`${'x'.repeat(298)}😀😀`, redact)
    expect(emoji).toBe(`${'x'.repeat(298)}…`)
    expect(quote('abcdef', redact, 4)).toBe('abc…')
  })

  test('masks before it shortens', () => {
    expect(quote(`${'x'.repeat(290)}${token}`, redact)).not.toContain(token.slice(0, 8))
  })

  test('never longer than asked, always well-formed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
        const quoted = quote(text, redact)
        expect(quoted.length).toBeLessThanOrEqual(300)
        expect(quoted.isWellFormed()).toBe(true)
        expect(quoted).not.toMatch(/\p{Cc}/u)
      }),
    )
  })
})

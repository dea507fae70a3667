import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { basicAuthorization, TokenError, tokenOfAuthorization } from './auth.ts'

describe('basicAuthorization', () => {
  it('is HTTP Basic of the token as it is', () => {
    // The example of RFC 7617, section 2.
    expect(basicAuthorization('Aladdin:open sesame')).toBe('Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==')
  })

  it('drops the white space that pasting leaves around a token', () => {
    expect(basicAuthorization('  Aladdin:open sesame\n')).toBe(
      basicAuthorization('Aladdin:open sesame'),
    )
  })

  it('takes a password with colons, and letters beyond ASCII as UTF-8', () => {
    // The example of RFC 7617, section 2.1: test:123£.
    expect(basicAuthorization('test:123£')).toBe('Basic dGVzdDoxMjPCow==')
    expect(tokenOfAuthorization(basicAuthorization('user:a:b'))).toBe('user:a:b')
  })

  it.each([
    '',
    ':',
    'hunter2secret',
    'hunter2secret:',
    ':hunter2secret',
    ' : ',
    'hunter2: secret\r\nx',
  ])('rejects %j without repeating it', (token) => {
    expect.assertions(2)
    try {
      basicAuthorization(token)
    } catch (error) {
      expect(error).toBeInstanceOf(TokenError)
      expect(String(error)).not.toContain('hunter2')
    }
  })

  it('gives the token back, or throws its own error that does not repeat it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const token = text.toWellFormed()
        let header: string
        try {
          header = basicAuthorization(token)
        } catch (error) {
          expect(error).toBeInstanceOf(TokenError)
          return
        }
        expect(header).toMatch(/^Basic [A-Za-z0-9+/]+=*$/)
        expect(tokenOfAuthorization(header)).toBe(token.trim())
      }),
    )
  })
})

describe('tokenOfAuthorization', () => {
  it.each([
    ['Basic dTpw', 'u:p'],
    ['basic dTpw', 'u:p'],
    ['BASIC  dTpw', 'u:p'],
  ])('%s', (header, token) => {
    expect(tokenOfAuthorization(header)).toBe(token)
  })

  it.each([undefined, '', 'Basic', 'Basic ', 'Bearer dTpw', 'Basic dTpw, Basic dTpw', 'dTpw'])(
    'finds none in %j',
    (header) => {
      expect(tokenOfAuthorization(header)).toBeUndefined()
    },
  )
})

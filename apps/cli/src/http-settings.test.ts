import fc from 'fast-check'
import { expect, it } from 'vitest'
import { UsageError } from './failures.ts'
import { readHeader, readPaging } from './http-settings.ts'

it.each([
  ['link', { style: 'link' }],
  [
    'page,size=100,size-parameter=per_page',
    { style: 'page', size: 100, sizeParameter: 'per_page' },
  ],
  [
    'cursor, at=/meta/next, parameter=after',
    { style: 'cursor', at: '/meta/next', parameter: 'after' },
  ],
  [
    'page,end-status=404,total-pages=X-Pages',
    { style: 'page', endStatus: 404, totalPages: 'X-Pages' },
  ],
])('--paging %s', (text, expected) => {
  expect(readPaging(text)).toEqual(expected)
})

it('--paging of any text is read or a usage error', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        readPaging(text)
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError)
      }
    }),
  )
})

it('--header is split at its first colon', () => {
  expect(readHeader('Accept:  a/b; c=":" ')).toEqual(['Accept', 'a/b; c=":"'])
  const reference = ['$', '{TOKEN}'].join('')
  expect(readHeader(`Authorization: Bearer ${reference}`)).toEqual([
    'Authorization',
    `Bearer ${reference}`,
  ])
  expect(readHeader('X-Session-Limit: 10')).toEqual(['X-Session-Limit', '10'])
})

it('no value of a header that sends secrets is taken or repeated without a reference', () => {
  const name = fc.constantFrom('Authorization', 'cookie', 'X-API-Key', 'x-auth-token', 'App-Secret')
  const value = fc.string({ minLength: 6, unit: 'grapheme-ascii' }).filter((text) => {
    return !text.includes('$') && text.trim().length > 5 && !/^(true|false)$/.test(text.trim())
  })
  fc.assert(
    fc.property(name, value, (header, secret) => {
      let error: unknown
      try {
        readHeader(`${header}: ${secret}`)
      } catch (thrown) {
        error = thrown
      }
      expect(error).toBeInstanceOf(UsageError)
      const { message, hint = '' } = error as UsageError
      expect((message + hint).includes(`: ${secret}`)).toBe(false)
    }),
  )
})

it('an escaped dollar sign is no reference', () => {
  expect(() => readHeader('Authorization: pa$$word')).toThrow(UsageError)
})

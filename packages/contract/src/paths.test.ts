import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fillPath, PathParameterError } from './paths.ts'

const TEMPLATE = '/teams/{teamId}/tables/{tableId}/data'

function fill(tableId: string): string {
  return fillPath(TEMPLATE, { teamId: 'team', tableId })
}

describe('fillPath', () => {
  it.each([
    ['t-1', 't-1'],
    ['a/b', 'a%2Fb'],
    ['a\\b', 'a%5Cb'],
    ['a?b#c', 'a%3Fb%23c'],
    ['%2e%2e', '%252e%252e'],
    ['...', '...'],
    ['Straße 東京 😀', 'Stra%C3%9Fe%20%E6%9D%B1%E4%BA%AC%20%F0%9F%98%80'],
    ['{teamId}', '%7BteamId%7D'],
    [' ', '%20'],
    ['$&', '%24%26'],
  ])('writes %j as one segment', (value, segment) => {
    expect(fill(value)).toBe(`/teams/team/tables/${segment}/data`)
  })

  it.each([
    ['', 'tableId is missing'],
    ['.', 'tableId cannot be "."'],
    ['..', 'tableId cannot be ".."'],
    ['\ud800', 'tableId is not well-formed Unicode'],
  ])('rejects %j', (value, message) => {
    expect(() => fill(value)).toThrow(new PathParameterError('tableId', message.slice(8)))
    expect(() => fill(value)).toThrow(message)
  })

  it('rejects a parameter that is not given', () => {
    expect(() => fillPath(TEMPLATE, { teamId: 'team' })).toThrow('tableId is missing')
  })

  it('is filled to a URL that has the value as its one segment, or refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 8 }), (value) => {
        const refused = value === '' || value === '.' || value === '..' || !value.isWellFormed()
        if (refused) {
          expect(() => fill(value)).toThrow(PathParameterError)
          return
        }
        const { pathname, search, hash } = new URL(`https://host${fill(value)}`)
        expect([search, hash]).toEqual(['', ''])
        expect(pathname.split('/').map(decodeURIComponent)).toEqual([
          '',
          'teams',
          'team',
          'tables',
          value,
          'data',
        ])
      }),
      { numRuns: 300 },
    )
  })
})

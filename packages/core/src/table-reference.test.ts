import { expect, test } from 'vitest'
import { InvalidInputError } from './errors.ts'
import { parseTableReference } from './table-reference.ts'

test.each([
  ['leads', undefined, 'leads', undefined],
  ['leads@draft', undefined, 'leads', 'DRAFT'],
  ['leads@LIVE', undefined, 'leads', 'LIVE'],
  ['prod:leads@live', 'prod', 'leads', 'LIVE'],
  ['prod:leads', 'prod', 'leads', undefined],
  ['prod:a:b', 'prod', 'a:b', undefined],
  [':a:b', undefined, 'a:b', undefined],
  ['me@example.com', undefined, 'me@example.com', undefined],
  ['leads@draft@live', undefined, 'leads@draft', 'LIVE'],
  ['two words@live', undefined, 'two words', 'LIVE'],
  ['a\nb@live', undefined, 'a\nb', 'LIVE'],
])('%j', (text, profile, table, version) => {
  expect(parseTableReference(text)).toEqual({ profile, table, version })
})

test.each(['', ' ', ':', 'prod:', '@live', 'prod:@live', 'prod: @draft'])(
  '%j names no table',
  (text) => {
    expect(() => parseTableReference(text)).toThrow(InvalidInputError)
  },
)

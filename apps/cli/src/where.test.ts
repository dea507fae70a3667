import { describe, expect, it } from 'vitest'
import { UsageError } from './failures.ts'
import { combineWhere, parseColumns, parseSort, parseWhere } from './where.ts'

describe('parseWhere', () => {
  it.each([
    ['age = 18', { age: { eq: '18' } }],
    ['age>=18', { age: { gte: '18' } }],
    ['age != -1.5e3', { age: { ne: '-1.5e3' } }],
    ['age <> 18', { age: { ne: '18' } }],
    ['age < 18', { age: { lt: '18' } }],
    ['age <= 18', { age: { lte: '18' } }],
    ['age > 18', { age: { gt: '18' } }],
    ['when >= 2026-01-31T10:00:00Z', { when: { gte: '2026-01-31T10:00:00Z' } }],
    ['phone = +32470', { phone: { eq: '+32470' } }],
    ["city = 'New York'", { city: { eq: 'New York' } }],
    ['city = "New York"', { city: { eq: 'New York' } }],
    ["name = 'Town''s'", { name: { eq: "Town's" } }],
    ["name = ''", { name: { eq: '' } }],
    ['name CONTAINS hall', { name: { contains: 'hall' } }],
    ['name startswith St.', { name: { startsWith: 'St.' } }],
    ['name endsWith "(old)"', { name: { endsWith: '(old)' } }],
    ['name ICONTAINS hall', { name: { icontains: 'hall' } }],
    ['name istartswith St.', { name: { istartsWith: 'St.' } }],
    ['name iendswith "(old)"', { name: { iendsWith: '(old)' } }],
    ['city ieq ghent', { city: { ieq: 'ghent' } }],
    ["state in (NY, 'New Hampshire')", { state: { in: ['NY', 'New Hampshire'] } }],
    ['state not in (NY)', { state: { nin: ['NY'] } }],
    ['closed is null', { closed: { isNull: true } }],
    ['closed IS NOT NULL', { closed: { isNull: false } }],
    ["name = 'null'", { name: { eq: 'null' } }],
  ])('reads %s', (text, where) => {
    expect(parseWhere(text)).toEqual(where)
  })

  it('reads id, createdAt and updatedAt as the record’s own fields, unless in quotes', () => {
    expect(parseWhere('id = 7')).toEqual({ id: { eq: '7' } })
    expect(parseWhere('createdAt > 2026-01-01')).toEqual({ createdAt: { gt: '2026-01-01' } })
    expect(parseWhere('"id" = 7')).toEqual({ '"id"': { eq: '7' } })
  })

  it('accepts columns whose names are keywords', () => {
    expect(parseWhere('in in (in)')).toEqual({ in: { in: ['in'] } })
    expect(parseWhere('or is null')).toEqual({ '"or"': { isNull: true } })
    expect(parseWhere('"Phone ""mobile""" contains 32')).toEqual({
      'Phone "mobile"': { contains: '32' },
    })
    expect(parseWhere('"""quoted""" is null')).toEqual({ '""quoted""': { isNull: true } })
  })

  it.each([
    ['', 'expected a column'],
    ['= 18', 'expected a column'],
    ['age', 'expected an operator'],
    ['age like 18', '"like" is not an operator'],
    ['age == 18', 'expected a value'],
    ['age >', 'expected a value'],
    ['city = New York', 'needs quotes'],
    ['age > 1 and age < 5', 'repeat --where'],
    ['age > 1 or age < 5', 'repeat --where'],
    ['city = null', 'is null'],
    ['city != NULL', 'is null'],
    ['state in NY', 'expected a list'],
    ['state in ()', 'expected a list'],
    ['state in (NY NJ)', 'commas'],
    ['state in (NY,)', 'commas'],
    ['state is NY', '"is" is not an operator'],
    ["city = 'New York", 'invalid from here'],
  ])('rejects %s', (text, reason) => {
    expect(() => parseWhere(text)).toThrow(UsageError)
    expect(() => parseWhere(text)).toThrow(reason)
  })
})

describe('combineWhere', () => {
  it('ANDs its conditions', () => {
    const filter = { or: [{ a: 1 }] }
    expect(combineWhere([], undefined)).toBeUndefined()
    expect(combineWhere([], filter)).toEqual(filter)
    expect(combineWhere(['a = 1'], undefined)).toEqual({ a: { eq: '1' } })
    expect(combineWhere(['a = 1', 'a = 2'], filter)).toEqual({
      and: [{ a: { eq: '1' } }, { a: { eq: '2' } }, filter],
    })
  })
})

it('shows only the beginning of a very long condition', () => {
  const read = () => parseWhere(`${'('.repeat(60_000)}a = 1`)
  expect(read).toThrow(/^invalid condition .{100,400}$/)
})

describe('lists of columns', () => {
  it('splits at commas outside quotes', () => {
    expect(parseColumns('a, "b, c",d')).toEqual(['a', 'b, c', 'd'])
    expect(() => parseColumns('a b')).toThrow(UsageError)
  })

  it('reads directions, and where nulls come', () => {
    expect(parseSort('state, latitude:DESC, "a:desc", id')).toEqual([
      { column: 'state', direction: 'asc' },
      { column: 'latitude', direction: 'desc' },
      { column: 'a:desc', direction: 'asc' },
      { column: 'id', direction: 'asc' },
    ])
    expect(
      parseSort('a:nulls-first, b:desc:NULLS-FIRST, c:asc:nulls-last, :desc, d:desc:desc'),
    ).toEqual([
      { column: 'a', direction: 'asc', nulls: 'first' },
      { column: 'b', direction: 'desc', nulls: 'first' },
      { column: 'c', direction: 'asc' },
      { column: ':desc', direction: 'asc' },
      { column: 'd:desc', direction: 'desc' },
    ])
  })
})

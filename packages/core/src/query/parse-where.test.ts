import type { Table } from '@chatlayer-tables/contract'
import { describe, expect, test } from 'vitest'
import { InvalidInputError } from '../errors.ts'
import { formatCondition } from './condition.ts'
import { parseWhere } from './parse-where.ts'
import type { Where } from './where-types.ts'

const table: Table = {
  id: 't1',
  name: 'people',
  columns: [
    { name: 'name', type: 'text' },
    { name: 'first_name', type: 'varchar' },
    { name: 'age', type: 'int' },
    { name: 'spend', type: 'numeric' },
    { name: 'vip', type: 'bool' },
    { name: 'born', type: 'timestamp' },
    { name: 'token', type: 'uuid' },
    { name: 'data', type: 'jsonb' },
    { name: 'place', type: 'geography' },
    { name: 'or', type: 'int' },
    { name: 'id', type: 'text' },
    { name: '"quoted"', type: 'text' },
    { name: '__proto__', type: 'text' },
  ],
}

const words = (where: Where): string => formatCondition(parseWhere(where, table))

describe('reads', () => {
  test.each<[string, Where, string]>([
    ['nothing as everything', {}, 'true'],
    ['a bare value as eq', { name: 'Ann' }, 'name = "Ann"'],
    ['a bare null as isNull', { name: null }, 'name is null'],
    ['a bare Date as eq', { born: new Date(0) }, 'born = "1970-01-01T00:00:00.000Z"'],
    ['a bare list as a JSON value', { data: [1, 2] }, 'data = "[1,2]"'],
    ['several keys as AND', { name: 'Ann', age: 5 }, '(name = "Ann" and age = "5")'],
    ['several comparisons as AND', { age: { gte: 1, lt: 5 } }, '(age >= "1" and age < "5")'],
    ['an alias of a type', { first_name: { contains: 'x' } }, 'first_name contains "x"'],
    ['or', { or: [{ age: 1 }, { vip: true }] }, '(age = "1" or vip = "true")'],
    [
      'an or next to a key',
      { name: 'A', or: [{ age: 1 }, { age: 2 }] },
      '(name = "A" and (age = "1" or age = "2"))',
    ],
    ['an empty or as never', { or: [] }, 'false'],
    ['an empty and as always', { and: [] }, 'true'],
    ['an or with a branch for everything', { or: [{ age: 1 }, {}] }, 'true'],
    ['an and with a branch for nothing', { and: [{ age: 1 }, { or: [] }] }, 'false'],
    [
      'nested ands as one',
      { and: [{ and: [{ age: 1 }, { age: 2 }] }, { vip: false }] },
      '(age = "1" and age = "2" and vip = "false")',
    ],
    [
      'not by turning each test',
      { not: { age: { gte: 5 }, name: 'x' } },
      '(age < "5" or name != "x")',
    ],
    [
      'not of or',
      { not: { or: [{ age: { lt: 1 } }, { vip: null }] } },
      '(age >= "1" and vip is not null)',
    ],
    ['not twice', { not: { not: { age: { gt: 1 } } } }, 'age > "1"'],
    ['not of a list', { not: { age: { in: [1] } } }, 'age not in ("1")'],
    ['not of contains', { not: { name: { contains: 'x' } } }, 'not name contains "x"'],
    ['not of icontains', { not: { name: { icontains: 'X' } } }, 'not name icontains "X"'],
    ['not of everything', { not: {} }, 'false'],
    ['an empty in as never', { age: { in: [] } }, 'false'],
    ['an empty nin as always', { age: { nin: [] } }, 'true'],
    ['equal values of a list once', { age: { in: [1, '1', 1n, 2] } }, 'age in ("1", "2")'],
    ['the record’s own id', { id: 'abc' }, 'id = "abc"'],
    [
      'the record’s own dates',
      { createdAt: { gte: '2024-01-01' } },
      'createdAt >= "2024-01-01T00:00:00.000Z"',
    ],
    ['a quoted column', { '"or"': 5 }, 'or = "5"'],
    ['a quoted column of an ordinary name', { '"age"': { ne: 5 } }, 'age != "5"'],
    ['a column with quotes in its name', { '""quoted""': 'x' }, '"quoted" = "x"'],
    [
      'a column of an unknown type',
      { place: { gt: 'a', isNull: false } },
      '(place > "a" and place is not null)',
    ],
    ['a JSON object under eq', { data: { eq: { a: 1 } } }, 'data = "{\\"a\\":1}"'],
    [
      'numbers of any kind',
      { spend: { gt: '1e2', lt: 10n ** 30n } },
      `(spend > "100" and spend < "1${'0'.repeat(30)}")`,
    ],
    [
      'a zone in a timestamp',
      { born: '2024-01-01T01:00:00+01:00' },
      'born = "2024-01-01T00:00:00.000Z"',
    ],
    [
      'a uuid in any form',
      { token: '123E4567E89B12D3A456426614174000' },
      'token = "123e4567-e89b-12d3-a456-426614174000"',
    ],
  ])('%s', (_, where, expected) => {
    expect(words(where)).toBe(expected)
  })

  test('__proto__ as a column', () => {
    expect(words(JSON.parse('{"__proto__":"x"}') as Where)).toBe('__proto__ = "x"')
  })

  test('the quoted id is the column, the bare one the record’s', () => {
    const condition = parseWhere({ and: [{ id: 'x' }, { '"id"': 'y' }] }, table)
    expect(condition).toMatchObject({
      conditions: [
        { subject: { kind: 'record', field: 'id' } },
        { subject: { kind: 'column', name: 'id' } },
      ],
    })
  })
})

type Wrong = [where: unknown, field: string, message: RegExp, hint?: RegExp]

const wrong: Wrong[] = [
  [{ nmae: 'x' }, 'where.nmae', /"people" has no column "nmae"/, /"name"/],
  [{ firstName: 'x' }, 'where.firstName', /no column/, /"first_name"/],
  [{ created_at: 'x' }, 'where.created_at', /no column/, /"createdAt"/],
  [{ ore: [] }, 'where.ore', /no column/, /"or"/],
  [{ telephone: 'x' }, 'where.telephone', /no column/, /Its columns: name, first_name/],
  [{ '"telephone"': 'x' }, 'where["\\"telephone\\""]', /no column "telephone"/],
  [{ toString: 'x' }, 'where.toString', /no column "toString"/],
  [{ or: [{ age: 1 }, { age: { gte: 'x' } }] }, 'where.or[1].age.gte', /int column/],
  [{ and: [{ not: { or: [{ vip: 1 }] } }] }, 'where.and[0].not.or[0].vip', /bool column/],
  [{ 'age ': 1 }, 'where["age "]', /no column "age "/, /"age"/],
  [
    { age: { greater: 1 } },
    'where.age.greater',
    /no comparison "greater"/,
    /^Comparisons: eq, ne.*isNull\.$/,
  ],
  [{ age: { isnull: true } }, 'where.age.isnull', /no comparison/, /"isNull"/],
  [{ name: { starts_with: 'x' } }, 'where.name.starts_with', /no comparison/, /"startsWith"/],
  [{ data: { a: 1 } }, 'where.data.a', /no comparison "a"/, /\{ eq: … \}/],
  [{ place: { a: 1 } }, 'where.place.a', /no comparison "a"/, /\{ eq: … \}/],
  [{ age: {} }, 'where.age', /must contain a comparison/],
  [{ age: 1.5 }, 'where.age', /whole number/],
  [{ name: 5 }, 'where.name', /text column takes a string/, /String\(value\)/],
  [{ name: { eq: null } }, 'where.name.eq', /null cannot be compared/, /isNull: true/],
  [{ name: { ne: null } }, 'where.name.ne', /null cannot be compared/, /isNull: false/],
  [{ age: { in: [1, null] } }, 'where.age.in[1]', /null cannot be compared/, /isNull/],
  [{ age: { in: 5 } }, 'where.age.in', /must be a list/],
  [{ name: ['a', 'b'] }, 'where.name', /one value, not with a list/, /\{"name":\{"in":\[…\]\}\}/],
  [{ age: { ne: [1] } }, 'where.age.ne', /one value/, /\{"age":\{"nin":\[…\]\}\}/],
  [{ age: { gt: [1] } }, 'where.age.gt', /age is compared with one value, not with a list/],
  [{ '"id"': [1] }, 'where["\\"id\\""]', /one value/, /\{"\\"id\\"":\{"in"/],
  [{ age: { nin: [1, 'x'] } }, 'where.age.nin[1]', /int column/],
  // biome-ignore lint/suspicious/noSparseArray: a hole is what is rejected
  [{ age: { in: [1, , 2] } }, 'where.age.in[1]', /not undefined/],
  [{ age: { contains: '5' } }, 'where.age.contains', /contains is for text; age is of type int/],
  [{ id: { startsWith: 'a' } }, 'where.id.startsWith', /id is the id of a record/],
  [{ age: { ieq: '5' } }, 'where.age.ieq', /ieq is for text; age is of type int/],
  [{ name: { iContains: 'a' } }, 'where.name.iContains', /no comparison "iContains"/],
  [{ token: { contains: 'a' } }, 'where.token.contains', /of type uuid/],
  [{ name: { contains: 5 } }, 'where.name.contains', /takes a string/],
  [{ name: { contains: 'cut \ud83d' } }, 'where.name.contains', /lone surrogate/],
  [{ name: { isNull: 'yes' } }, 'where.name.isNull', /true or false/],
  [{ data: { gt: 5 } }, 'where.data.gt', /no useful order/, /eq, ne, in, nin/],
  [{ born: '2024-02-30' }, 'where.born', /does not exist/],
  [{ token: 'x' }, 'where.token', /hexadecimal/],
  [{ id: 5 }, 'where.id', /takes a string/],
  [{ createdAt: 'yesterday' }, 'where.createdAt', /ISO 8601/],
  [{ name: undefined }, 'where.name', /must not be undefined/, /isNull/],
  [{ name: { eq: undefined } }, 'where.name.eq', /not undefined/],
  [{ or: undefined }, 'where.or', /must not be undefined/],
  [{ or: { age: 1 } }, 'where.or', /list of conditions, not an object/, /'"or"'/],
  [{ or: 5 }, 'where.or', /list of conditions/, /'"or"'/],
  [{ or: ['x'] }, 'where.or[0]', /condition object, not this string/],
  // biome-ignore lint/suspicious/noSparseArray: a hole is what is rejected
  [{ or: [, {}] }, 'where.or[0]', /condition object, not undefined/],
  [{ not: [{}] }, 'where.not', /condition object, not a list/],
  [{ not: null }, 'where.not', /condition object, not null/],
  ['age > 5', 'where', /condition object, not this string/],
  [null, 'where', /condition object/],
  [[], 'where', /condition object, not a list/],
  [new Date(0), 'where', /condition object, not a Date/],
]

describe('rejects', () => {
  test.each(wrong)('%o at %s', (where, field, message, hint) => {
    const attempt = () => parseWhere(where as Where, table)
    expect(attempt).toThrow(InvalidInputError)
    expect(attempt).toThrow(message)
    expect(attempt).toThrow(expect.objectContaining({ field }))
    if (hint)
      expect(attempt).toThrow(expect.objectContaining({ hint: expect.stringMatching(hint) }))
  })

  test('what is nested without end, and no more than that', () => {
    const nest = (depth: number): Where => {
      let where: Where = { age: 1 }
      for (let level = 0; level < depth; level += 1) where = { not: where }
      return where
    }
    expect(words(nest(100))).toBe('age = "1"')
    expect(() => parseWhere(nest(101), table)).toThrow(/nested more than 100 levels deep/)
    const cycle: Record<string, unknown> = {}
    cycle.not = cycle
    expect(() => parseWhere(cycle as Where, table)).toThrow(/nested/)
  })
})

test('a long list is cut in words', () => {
  expect(words({ age: { in: [1, 2, 3, 4, 5, 6, 7] } })).toBe(
    'age in ("1", "2", "3", "4", "5", … 2 more)',
  )
  expect(words({ name: 'x'.repeat(100) })).toBe(`name = "${'x'.repeat(60)}…"`)
})

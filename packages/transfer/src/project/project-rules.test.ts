/** The pure rules of a plan: limits, drift, and what the text of a check shows. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { comparisonIn, isAboutRows } from './check-text.ts'
import { ContentSum, hashOf } from './digests.ts'
import { findDrift } from './drift.ts'
import { checkLimits } from './limits.ts'
import { parseAllowance } from './plan-file.ts'
import type { Limit } from './project-types.ts'

const PLACE = { file: 'f', line: 1, column: 1, path: '' }

it('a limit is exceeded by more than it allows, of the records before', () => {
  const count = fc.nat({ max: 10_000 })
  const limit: fc.Arbitrary<Limit> = fc.oneof(
    fc.record({ records: count }),
    fc.record({ percent: fc.nat({ max: 100 }) }),
  )
  fc.assert(
    fc.property(limit, count, count, (deletes, found, same) => {
      const counts = { inserts: 0, updates: 0, deletes: found, extra: 0, same }
      const [result] = checkLimits({ name: 's', limits: { deletes } }, counts, [])
      const before = found + same
      if ('percent' in deletes && before === 0) return result === undefined
      const isMore =
        'records' in deletes ? found > deletes.records : found * 100 > deletes.percent * before
      return result?.exceeded === isMore && result.found === found
    }),
  )
})

it('an allowance takes the place of a limit of its sync alone', () => {
  const counts = { inserts: 0, updates: 0, deletes: 9, extra: 0, same: 1 }
  const limits = { deletes: { records: 5 } }
  const exceeded = (allow: string) =>
    checkLimits({ name: 's', limits }, counts, [parseAllowance(allow)])[0]?.exceeded
  expect(['s:deletes=9', 's:deletes=8', 't:deletes=9', 's:updates=9'].map(exceeded)).toEqual([
    ...[false, true, true, true],
  ])
  expect(() => parseAllowance('s:delete=1')).toThrow('does not set a limit')
})

describe('drift', () => {
  const drift = (expected: Record<string, string>, live: Record<string, string>) =>
    findDrift(
      Object.entries(expected).map(([name, type]) => ({ name, type, place: PLACE })),
      Object.entries(live).map(([name, type]) => ({ name, type })),
    ).map(({ place: _, ...each }) => each)

  it('names what is missing, added or of another type, and what was renamed', () => {
    expect(drift({ a: 'text', b: 'int' }, { a: 'varchar', b: 'bigint' })).toEqual([])
    expect(drift({ 'Store code': 'text', x: 'int' }, { store_code: 'text', x: 'text' })).toEqual([
      { kind: 'missing', column: 'Store code', type: 'text', renamed: 'store_code' },
      { kind: 'type', column: 'x', expected: 'int', type: 'text' },
      { kind: 'extra', column: 'store_code', type: 'text' },
    ])
    expect(drift({ opening: 'jsonb' }, { hours: 'jsonb' })).toMatchObject([
      { renamed: 'hours' },
      {},
    ])
    expect(drift({ opening: 'jsonb' }, { hours: 'text' })[0]).toMatchObject({ renamed: undefined })
  })
})

describe('a check', () => {
  it.each([
    ['count(*) > 100', false],
    ['price > 0', true],
    ['not exists (select 1 from t where x is null)', false],
    ['(select max(x) from t) < 5', false],
    ['1 = 1', false],
    ['code in (select code from regions)', true],
    ['"count" > 1', true],
    ['length(name) > 0', true],
    ['sum(x) > 1 and min(y) > 0', false],
  ])('%s is about each record: %s', (sql, is) => {
    expect(isAboutRows(sql)).toBe(is)
  })

  it('that is one comparison has two sides', () => {
    expect(comparisonIn('count(*) >= (select 1 > 0)').sides).toEqual(['count(*)', '(select 1 > 0)'])
    expect(comparisonIn('a > 1 and b > 2').sides).toBeUndefined()
  })
})

it('a digest depends on the contents and how often each is there, not on their order', () => {
  const digest = (texts: readonly string[]): string => {
    const sum = new ContentSum()
    for (const text of texts) sum.add(hashOf(text))
    return sum.digest([])
  }
  const some = fc.array(fc.string({ maxLength: 2 }), { maxLength: 6 })
  fc.assert(
    fc.property(some, some, (a, b) => {
      const isSame = JSON.stringify(a.toSorted()) === JSON.stringify(b.toSorted())
      expect(digest(a.toReversed())).toBe(digest(a))
      expect(digest(a) === digest(b)).toBe(isSame)
    }),
  )
})

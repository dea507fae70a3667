import { describe, expect, it } from 'vitest'
import { DistinctEstimate } from './distinct-estimate.ts'
import { Frequencies } from './frequencies.ts'
import { Lengths } from './lengths.ts'
import { share } from './sample.ts'

describe('DistinctEstimate', () => {
  it.each([10, 1_000, 20_000, 300_000])('is close to %i', (count) => {
    const estimate = new DistinctEstimate()
    for (let round = 0; round < 2; round += 1) {
      for (let index = 0; index < count; index += 1) estimate.add(`value ${index}`)
    }
    expect(Math.abs(estimate.value - count) / count).toBeLessThan(0.06)
  })
})

describe('Frequencies', () => {
  function count(values: Iterable<string>, limit: number): Frequencies<string> {
    const frequencies = new Frequencies<string>(limit)
    for (const value of values) frequencies.add(value, () => value)
    return frequencies
  }

  it('counts exactly up to the limit', () => {
    const found = count(['a', 'b', 'a', 'c', 'a', 'b'], 3)
    expect(found).toMatchObject({ isExact: true, distinct: 3, error: 0 })
    expect(found.top(2)).toEqual([
      { value: 'a', count: 3 },
      { value: 'b', count: 2 },
    ])
  })

  it('keeps frequent values among many rare ones, in bounded memory', () => {
    const values = Array.from({ length: 50_000 }, (_, index) =>
      index % 10 === 0 ? 'often' : index % 25 === 1 ? 'at times' : `rare ${index}`,
    )
    const found = count(values, 500)
    expect(found.isExact).toBe(false)
    expect([...found.all()].length).toBeLessThanOrEqual(500)
    expect(Math.abs(found.distinct - 43_000) / 43_000).toBeLessThan(0.06)
    const [first, second] = found.top(2)
    expect(first?.value).toBe('often')
    expect(second?.value).toBe('at times')
    for (const [entry, real] of [
      [first, 5_000],
      [second, 2_000],
    ] as const) {
      expect(entry?.count).toBeLessThanOrEqual(real)
      expect((entry?.count ?? 0) + found.error).toBeGreaterThanOrEqual(real)
    }
  })

  it('distinguishes long texts by their whole content', () => {
    const long = 'x'.repeat(5_000)
    expect(count([`${long}a`, `${long}b`, `${long}a`], 10).distinct).toBe(2)
  })
})

describe('Lengths', () => {
  it('finds outliers', () => {
    const lengths = new Lengths()
    for (let index = 0; index < 1_000; index += 1) lengths.add(10 + (index % 20))
    expect(lengths.range).toEqual([10, 29])
    const limit = lengths.outlierLimit ?? 0
    expect(limit).toBeGreaterThan(60)
    expect(lengths.above(limit)).toBe(0)
    lengths.add(5_000)
    expect(lengths.above(lengths.outlierLimit ?? 0)).toBe(1)
    expect(lengths.range).toEqual([10, 5_000])
  })

  it('has no limit for few texts', () => {
    const lengths = new Lengths()
    for (const length of [1, 2, 3, 900]) lengths.add(length)
    expect(lengths.outlierLimit).toBeUndefined()
  })
})

it('divides a sample evenly and completely', () => {
  for (const [whole, parts] of [
    [1_000, 10],
    [1_001, 11],
    [7, 3],
  ] as const) {
    const bounds = Array.from({ length: parts + 1 }, (_, index) => share(whole, index, parts))
    expect(bounds[0]).toBe(0)
    expect(bounds.at(-1)).toBe(whole)
    const sizes = bounds.slice(1).map((bound, index) => bound - (bounds[index] ?? 0))
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
  }
})

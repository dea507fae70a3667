import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NumberProfile } from './number-profile.ts'
import { QuantileSketch } from './quantile-sketch.ts'

function sketchOf(values: readonly number[]): QuantileSketch {
  const sketch = new QuantileSketch()
  for (const value of values) sketch.add(value)
  return sketch
}

describe('QuantileSketch', () => {
  it('is exact for few numbers', () => {
    const sketch = sketchOf([4, 1, 3, 2])
    expect([0, 0.25, 0.5, 1].map((share) => sketch.quantile(share))).toEqual([1, 1.75, 2.5, 4])
    expect(sketch.isExact).toBe(true)
    expect(sketchOf([7]).quantile(0.95)).toBe(7)
  })

  it.each([
    ['even', (n: number) => n],
    ['skewed', (n: number) => (n / 1_000) ** 4],
    ['with repeats', (n: number) => n % 7],
    ['times', (n: number) => 1.7e12 + n * 1_000],
  ])('has small errors of rank for many %s numbers, in bounded memory', (_, make) => {
    const size = 60_000
    // Neither sorted nor random.
    const values = Array.from({ length: size }, (__, index) => make((index * 7_919) % size))
    const sketch = sketchOf(values)
    expect(sketch.isExact).toBe(false)
    for (const share of [0.001, 0.05, 0.25, 0.5, 0.75, 0.95, 0.999]) {
      const found = sketch.quantile(share)
      const below = values.filter((value) => value < found).length / size
      const upTo = values.filter((value) => value <= found).length / size
      expect(below).toBeLessThanOrEqual(share + 0.002)
      expect(upTo).toBeGreaterThanOrEqual(share - 0.002)
    }
    expect(sketch.histogram(20).reduce((sum, count) => sum + count, 0)).toBe(size)
  })

  it('never leaves the range, and does not decrease', () => {
    // Adding 0 makes -0 a 0, which is the same number.
    const double = fc.double({ noNaN: true, min: -1e9, max: 1e9 }).map((value) => value + 0)
    const doubles = fc.array(double, { minLength: 1 })
    fc.assert(
      fc.property(doubles, (values) => {
        const sketch = sketchOf(values)
        const found = [0, 0.05, 0.5, 0.95, 1].map((share) => sketch.quantile(share))
        expect(found[0]).toBe(Math.min(...values))
        expect(found[4]).toBe(Math.max(...values))
        expect(found.toSorted((a, b) => a - b)).toEqual(found)
      }),
    )
  })
})

describe('NumberProfile', () => {
  it('has the statistics of numbers, also those that are text', () => {
    const profile = new NumberProfile('numeric')
    for (const value of ['2', '4', '4', '4', '5', '5', '7', '9']) profile.add(value)
    expect(profile.facts).toMatchObject({ mean: 5, median: 4.5, quantilesAreExact: true })
    expect(profile.facts?.standardDeviation).toBeCloseTo(2.138, 3)
    expect(profile.facts?.histogram).toHaveLength(20)
  })

  it('has the statistics of times, as times and seconds', () => {
    const profile = new NumberProfile('timestamp')
    for (const day of ['01', '02', '03']) profile.add(`2026-05-${day}T00:00:00.000Z`)
    expect(profile.facts).toMatchObject({
      mean: '2026-05-02T00:00:00.000Z',
      median: '2026-05-02T00:00:00.000Z',
      standardDeviation: 86_400,
    })
  })

  it('keeps digits of numbers that are close together', () => {
    const profile = new NumberProfile('int')
    for (const value of [1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]) profile.add(value)
    expect(profile.facts?.standardDeviation).toBeCloseTo(Math.sqrt(30), 6)
  })
})

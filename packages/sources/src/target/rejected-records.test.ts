import fc from 'fast-check'
import { expect, it } from 'vitest'
import { findRejected } from './rejected-records.ts'

it('finds the first elements that cannot be applied, and applies all others once', async () => {
  const cases = fc.record({
    total: fc.nat(40),
    bad: fc.uniqueArray(fc.integer({ min: 1, max: 40 })),
    max: fc.integer({ min: 1, max: 5 }),
  })
  await fc.assert(
    fc.asyncProperty(cases, async ({ total, bad, max }) => {
      const applied: number[] = []
      const found = await findRejected(total, max, async (from, to) => {
        const part = Array.from({ length: to - from }, (_, index) => from + index + 1)
        if (part.some((each) => bad.includes(each))) return false
        applied.push(...part)
        return true
      })
      const all = bad.filter((each) => each <= total).sort((a, b) => a - b)
      expect(found).toEqual(all.slice(0, max))
      const end = all.length >= max ? (found.at(-1) ?? 0) : total
      const good = Array.from({ length: end }, (_, index) => index + 1)
      expect(applied).toEqual(good.filter((each) => !all.includes(each)))
    }),
  )
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { IdNumbers } from './id-numbers.ts'

const counted = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

/** Ids that are alike, ids of every form, and what is almost a UUID. */
const id = fc.oneof(
  fc.integer({ min: 0, max: 200 }).map(counted),
  fc.uuid(),
  fc.uuid().map((uuid) => uuid.toUpperCase()),
  fc.string(),
  fc.constantFrom(
    '00000000-0000-4000-8000-00000000000g',
    '00000000-0000-4000-8000-00000000000:',
    '00000000-0000-4000-8000-00000000000/',
    '00000000-0000-4000-8000-00000000000`',
    '00000000-0000-4000-8000-00000000000A',
    '000000000000040008000000000000000000',
    '00000000-0000-4000-8000_000000000000',
  ),
)

describe('IdNumbers', () => {
  test('keeps what a Map keeps', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(id, fc.nat({ max: 2 ** 31 }))), (entries) => {
        const numbers = new IdNumbers()
        const map = new Map<string, number>()
        for (const [key, value] of entries) {
          expect(numbers.get(key)).toBe(map.get(key))
          numbers.set(key, value)
          map.set(key, value)
        }
        expect(numbers.size).toBe(map.size)
        for (const [key, value] of map) expect(numbers.get(key)).toBe(value)
      }),
    )
  })

  test('keeps very many', () => {
    const numbers = new IdNumbers()
    for (let n = 0; n < 50_000; n++) numbers.set(counted(n), n % 7)
    expect(numbers.size).toBe(50_000)
    for (let n = 0; n < 50_000; n += 11) expect(numbers.get(counted(n))).toBe(n % 7)
    expect(numbers.get(counted(50_000))).toBeUndefined()
  })
})

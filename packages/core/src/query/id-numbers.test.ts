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

describe('id numbers', () => {
  test('are kept as in a Map', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 20 }),
        fc.array(fc.tuple(id, fc.nat({ max: 2 ** 32 - 2 }))),
        (few, entries) => {
          const numbers = new IdNumbers(few)
          const map = new Map<string, number>()
          for (const [key, value] of entries) {
            expect(numbers.put(key, value)).toBe(map.get(key))
            map.set(key, value)
          }
          expect(numbers.size).toBe(map.size)
          for (const [key, value] of map) expect(numbers.put(key, 0)).toBe(value)
        },
      ),
    )
  })

  test('are kept for very many', () => {
    const numbers = new IdNumbers()
    for (let n = 0; n < 50_000; n++) numbers.put(counted(n), n % 7)
    expect(numbers.size).toBe(50_000)
    for (let n = 0; n < 50_000; n += 11) expect(numbers.put(counted(n), 0)).toBe(n % 7)
    expect(numbers.put(counted(50_000), 0)).toBeUndefined()
  })
})

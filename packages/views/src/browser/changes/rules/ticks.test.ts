import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Ticks, tickedRows } from './ticks.ts'

const SIZE = 20
const steps = fc.array(fc.tuple(fc.nat(SIZE - 1), fc.boolean()))

describe('Ticks', () => {
  test('holds what was set last', () => {
    fc.assert(
      fc.property(fc.boolean(), steps, (startsTicked, changes) => {
        const ticks = new Ticks(SIZE, startsTicked)
        const expected = Array.from({ length: SIZE }, () => startsTicked)
        for (const [index, isTicked] of changes) {
          ticks.set(index, isTicked)
          expected[index] = isTicked
        }
        const list = [...expected.keys()].filter((index) => expected[index])
        expect(ticks.list()).toEqual(list)
        expect(ticks.count).toBe(list.length)
        expect(ticks.isAll).toBe(list.length === SIZE)
      }),
    )
  })
})

describe('tickedRows', () => {
  test('names nothing if all rows of all sets are ticked', () => {
    const sets = [new Ticks(2, true), new Ticks(3, true)]
    expect(tickedRows(sets)).toBeUndefined()
    sets[1]!.set(1, false)
    expect(tickedRows(sets)).toEqual([
      [0, 1],
      [0, 2],
    ])
    sets[1]!.set(1, true)
    expect(tickedRows(sets)).toBeUndefined()
  })
})

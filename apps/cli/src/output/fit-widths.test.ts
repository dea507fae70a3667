import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ColumnNeed, fitWidths, GAP } from './fit-widths.ts'

const text = (widest: number): ColumnNeed => ({ widest, kind: 'text' })
const number = (widest: number): ColumnNeed => ({ widest, kind: 'number' })
const time = (widest: number): ColumnNeed => ({ widest, kind: 'time' })
const id: ColumnNeed = { widest: 36, kind: 'id', short: 9 }

describe('fitWidths', () => {
  it('does not change columns that fit', () => {
    expect(fitWidths([id, text(60)], 98)).toEqual([36, 60])
    expect(fitWidths([], 80)).toEqual([])
  })

  it('shortens IDs first, then cuts the widest text, but no number', () => {
    expect(fitWidths([id, text(10), text(40)], 80)).toEqual([9, 10, 40])
    expect(fitWidths([id, text(10), text(60), number(12)], 80)).toEqual([9, 10, 43, 12])
    expect(fitWidths([text(30), text(50)], 62)).toEqual([30, 30])
    expect(fitWidths([text(30), text(50)], 42)).toEqual([20, 20])
    expect(fitWidths([text(30), text(50)], 43)).toEqual([21, 20])
  })

  it('omits IDs, then dates, then columns at the end', () => {
    expect(fitWidths([id, text(20), text(20), text(20)], 51)).toEqual([9, 12, 12, 12])
    expect(fitWidths([id, text(20), text(20), text(20)], 50)).toEqual([undefined, 16, 15, 15])
    expect(fitWidths([id, time(24), text(20), text(20)], 30)).toEqual([
      ...[undefined, undefined],
      ...[14, 14],
    ])
    expect(fitWidths([text(20), text(20), text(20), number(5)], 30)).toEqual([
      ...[14, 14],
      ...[undefined, undefined],
    ])
  })

  it('keeps one column, even an ID', () => {
    expect(fitWidths([{ widest: 36, kind: 'id' }, time(24)], 30)).toEqual([undefined, 24])
    expect(fitWidths([{ widest: 36, kind: 'id' }], 30)).toEqual([30])
    expect(fitWidths([number(100)], 30)).toEqual([30])
  })

  it('never exceeds the room, and shows data if there is any', () => {
    const need = fc.record({
      widest: fc.integer({ min: 0, max: 300 }),
      kind: fc.constantFrom('id', 'time', 'number', 'text'),
    })
    fc.assert(
      fc.property(
        fc.array(need, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 250 }),
        (needs, room) => {
          const widths = fitWidths(needs, room)
          const shown = widths.filter((width) => width !== undefined)
          const used = shown.reduce((sum, width) => sum + width, GAP * (shown.length - 1))
          expect(shown.length).toBeGreaterThan(0)
          expect(used).toBeLessThanOrEqual(room)
          const isData = ({ kind }: ColumnNeed) => kind === 'text' || kind === 'number'
          const first = needs.findIndex(isData)
          if (first >= 0) expect(widths[first]).toBeDefined()
          // What is omitted gives way in order.
          const omits = (kind: string) =>
            needs.some((each, index) => each.kind === kind && widths[index] === undefined)
          const keeps = (kind: string) =>
            needs.some((each, index) => each.kind === kind && widths[index] !== undefined)
          if (first >= 0 && omits('time')) expect(keeps('id')).toBe(false)
          if (omits('text') || omits('number')) expect(keeps('id') || keeps('time')).toBe(false)
        },
      ),
    )
  })

  it('handles widths that are far too large', () => {
    expect(fitWidths([text(100_000), text(100_000)], 80)).toEqual([39, 39])
  })
})

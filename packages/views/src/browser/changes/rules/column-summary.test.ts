import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { COLUMNS, changeRows } from '../../../../test/random-rows.ts'
import type { ChangeRow } from '../../../protocol/changes.ts'
import { changeFilter } from './change-filter.ts'
import { type ColumnSummary, SummaryCounter } from './column-summary.ts'

function summarize(...chunks: (readonly ChangeRow[])[]): ColumnSummary[] {
  const counter = new SummaryCounter()
  for (const chunk of chunks) counter.add(chunk)
  return counter.summaries()
}

function update(index: number, before: string | null, after: string | null): ChangeRow {
  return { index, kind: 'updated', id: `r${index}`, before: [before], after: [after], changed: [0] }
}

describe('SummaryCounter', () => {
  test('counts by old and new value, the most frequent first', () => {
    const [summary] = summarize([
      update(0, 'Gent', 'Antwerpen'),
      update(1, 'gent', 'Gent'),
      update(2, 'gent', 'Gent'),
    ])
    expect(summary).toEqual({
      column: 0,
      records: 3,
      emptied: 0,
      changes: [
        { key: '"gent" "Gent"', before: 'gent', after: 'Gent', count: 2 },
        { key: '"Gent" "Antwerpen"', before: 'Gent', after: 'Antwerpen', count: 1 },
      ],
    })
  })

  test('names the new value once if all get the same one', () => {
    const [summary] = summarize([update(0, 'a', null), update(1, 'b', null)])
    expect(summary).toMatchObject({ onlyAfter: { value: null }, emptied: 2, records: 2 })
  })

  test('does not take values that are not shown for the same value', () => {
    const masked = { absent: 'masked' } as const
    const [summary] = summarize([{ ...update(0, 'a', ''), before: [masked], after: [masked] }])
    expect(summary?.onlyAfter).toBeUndefined()
  })

  test('the counts of a column add up to the updates that change it', () => {
    fc.assert(
      fc.property(changeRows, (rows) => {
        const summaries = summarize(rows)
        for (let column = 0; column < COLUMNS; column += 1) {
          const expected = rows.filter(
            (row) => row.kind === 'updated' && row.changed?.includes(column),
          ).length
          const summary = summaries.find((each) => each.column === column)
          expect(summary?.records ?? 0).toBe(expected)
          expect(summary?.changes.reduce((sum, { count }) => sum + count, 0) ?? 0).toBe(expected)
        }
      }),
    )
  })

  test('each count equals the rows that its filter shows', () => {
    fc.assert(
      fc.property(changeRows, (rows) => {
        for (const { column, changes } of summarize(rows)) {
          for (const { key, count } of changes) {
            const matches = changeFilter({ column, valueChange: key, search: '' }, COLUMNS)
            expect(rows.filter(matches)).toHaveLength(count)
          }
        }
      }),
    )
  })

  test('rows in chunks count as rows at once', () => {
    fc.assert(
      fc.property(changeRows, fc.nat(40), (rows, cut) => {
        expect(summarize(rows.slice(0, cut), rows.slice(cut))).toEqual(summarize(rows))
      }),
    )
  })
})

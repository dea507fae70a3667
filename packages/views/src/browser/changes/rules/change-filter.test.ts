import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { COLUMNS, changeRows } from '../../../../test/random-rows.ts'
import { CHANGE_KINDS, type ChangeRow } from '../../../protocol/changes.ts'
import { changeFilter, NO_FILTER } from './change-filter.ts'
import { columnsOf, concernsColumn } from './row-cells.ts'

const ROW: ChangeRow = {
  index: 0,
  kind: 'updated',
  id: 'rec_1',
  before: ['Gent', 12, { number: '12345678901234567890' }, null],
  after: ['Antwerpen', 12, { json: '{"a":"Brugge"}' }, null],
  changed: [0, 2],
}

describe('changeFilter', () => {
  test.each(['', ' ', 'gent', 'ANTWERP', '12', '456789', 'brugge', 'REC_1'])(
    'finds the row by %j',
    (search) => {
      expect(changeFilter({ search }, COLUMNS)(ROW)).toBe(true)
    },
  )

  test.each(['Leuven', 'null', 'number', 'json'])('does not find the row by %j', (search) => {
    expect(changeFilter({ search }, COLUMNS)(ROW)).toBe(false)
  })

  test('shows all rows without conditions, and each row by its kind only', () => {
    fc.assert(
      fc.property(changeRows, (rows) => {
        expect(rows.filter(changeFilter(NO_FILTER, COLUMNS))).toEqual(rows)
        const byKind = CHANGE_KINDS.map(
          (kind) => rows.filter(changeFilter({ kind, search: '' }, COLUMNS)).length,
        )
        expect(byKind.reduce((sum, count) => sum + count, 0)).toBe(rows.length)
      }),
    )
  })

  test('shows a row by exactly the columns that are shown of it', () => {
    fc.assert(
      fc.property(changeRows, (rows) => {
        for (const row of rows) {
          const shown = columnsOf(row, COLUMNS, { all: false })
          for (let column = 0; column < COLUMNS; column += 1) {
            expect(changeFilter({ column, search: '' }, COLUMNS)(row)).toBe(shown.includes(column))
            expect(concernsColumn(row, column)).toBe(shown.includes(column))
          }
        }
      }),
    )
  })
})

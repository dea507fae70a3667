import { expect, test } from 'vitest'
import type { ChangeRow } from '../../../protocol/changes.ts'
import { nameOf, tellingColumn } from './telling-column.ts'

const columns = ['status', 'code', 'storeName', 'remark'].map((name) => ({ name, type: 'string' }))

function rows(cells: (index: number) => (string | number | null)[], changed: number[] = [0]) {
  return Array.from(
    { length: 10 },
    (_, index): ChangeRow => ({
      index,
      kind: 'updated',
      id: `r${index}`,
      before: cells(index),
      after: cells(index),
      changed,
    }),
  )
}

test('prefers names over codes, and different texts over repeated ones', () => {
  expect(
    tellingColumn(
      columns,
      rows((i) => ['open', `c${i}`, `Store ${i % 7}`, null]),
    ),
  ).toBe(2)
  expect(
    tellingColumn(
      columns,
      rows((i) => ['open', `c${i}`, 'Store', null]),
    ),
  ).toBe(1)
})

test('does not name records by what changes, by numbers or by long texts', () => {
  const cells = (i: number) => [`s${i}`, i, null, `${'long '.repeat(20)}${i}`]
  expect(tellingColumn(columns, rows(cells))).toBeUndefined()
})

test('takes the name from before the change', () => {
  const row: ChangeRow = {
    index: 0,
    kind: 'updated',
    before: ['old'],
    after: ['new'],
    changed: [0],
  }
  expect(nameOf(row, 0)).toBe('old')
  expect(nameOf({ index: 0, kind: 'inserted', after: ['new'] }, 0)).toBe('new')
  expect(nameOf({ index: 0, kind: 'inserted', after: [' '] }, 0)).toBeUndefined()
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Cell } from '../../protocol/cells.ts'
import type { FILTER_OPERATORS, RecordRow } from '../../protocol/records.ts'
import { localRecords, queryRecords } from './local-records.ts'

const table = {
  columns: [
    { name: 'name', type: 'string' },
    { name: 'stock', type: 'number' },
    { name: 'since', type: 'timestamp' },
  ],
}

function rowsOf(...cells: (readonly Cell[])[]): RecordRow[] {
  return cells.map((row, index) => ({ id: `r${index}`, cells: row }))
}

const ROWS = rowsOf(
  ['Zoo', 9, '2024-05-01T00:00:00Z'],
  ['apple', 10, '2024-05-01T01:00:00+02:00'],
  [null, { number: '9007199254740993' }, null],
  ['Äpfel', { number: '9007199254740992' }, '2023-01-01'],
  ['', { absent: 'masked' }, ''],
)

const idsOf = (rows: readonly RecordRow[]) => rows.map(({ id }) => id).join(' ')
const query = (params: Partial<Parameters<typeof queryRecords>[2]>) =>
  idsOf(queryRecords(table, ROWS, { filters: [], ...params }))

describe('queryRecords', () => {
  it.each([
    ['name', false, 'r4 r1 r0 r3 r2'],
    ['name', true, 'r3 r0 r1 r4 r2'],
    ['stock', false, 'r0 r1 r3 r2 r4'],
    ['stock', true, 'r2 r3 r1 r0 r4'],
    ['since', false, 'r3 r1 r0 r4 r2'],
    ['id', true, 'r4 r3 r2 r1 r0'],
  ])('sorts by %s, descending %s', (column, descending, ids) => {
    expect(query({ sort: { column, descending } })).toBe(ids)
  })

  it.each([
    ['name', 'equals', 'Zoo', 'r0'],
    ['name', 'equals', 'ZOO', ''],
    ['name', 'differs', 'Zoo', 'r1 r2 r3 r4'],
    ['name', 'contains', 'P', 'r1 r3'],
    ['name', 'starts', 'a', 'r1'],
    ['name', 'empty', undefined, 'r2'],
    ['name', 'filled', undefined, 'r0 r1 r3 r4'],
    ['stock', 'more', '9.5', 'r1 r2 r3'],
    ['stock', 'more', '9007199254740992', 'r2'],
    ['stock', 'less', '10', 'r0'],
    ['stock', 'equals', '10.0', 'r1'],
    ['stock', 'empty', undefined, ''],
    ['since', 'equals', '2024-04-30T23:00:00Z', 'r1'],
    ['since', 'less', '2024-01-01', 'r3'],
  ] as const)('filters %s %s %s', (column, operator, value, ids) => {
    expect(query({ filters: [{ column, operator, ...(value && { value }) }] })).toBe(ids)
  })

  it('searches texts, in any letter case', () => {
    expect(query({ search: 'PP' })).toBe('r1')
  })

  const cell = fc.oneof(
    fc.constant(null),
    fc.string({ maxLength: 3 }),
    fc.integer(),
    fc.bigInt().map((digits) => ({ number: String(digits) })),
    fc.constant({ absent: 'hidden' } as const),
  )
  const rows = fc.array(fc.tuple(cell, cell, cell)).map((cells) => rowsOf(...cells))
  const column = fc.constantFrom('name', 'stock', 'since', 'id')

  it('sorts any values: no record is lost, and sorting again changes nothing', () => {
    fc.assert(
      fc.property(rows, column, fc.boolean(), (given, name, descending) => {
        const sort = { column: name, descending }
        const sorted = queryRecords(table, given, { filters: [], sort })
        expect(new Set(sorted)).toEqual(new Set(given))
        expect(queryRecords(table, sorted, { filters: [], sort })).toEqual(sorted)
      }),
    )
  })

  it('splits records by opposite operators, save values that are not shown', () => {
    fc.assert(
      fc.property(rows, column, fc.string({ maxLength: 2 }), (given, name, value) => {
        const count = (operator: (typeof FILTER_OPERATORS)[number]) =>
          queryRecords(table, given, { filters: [{ column: name, operator, value }] }).length
        expect(count('equals') + count('differs')).toBe(count('empty') + count('filled'))
        expect(count('more') + count('less')).toBeLessThanOrEqual(count('differs'))
      }),
    )
  })
})

describe('localRecords', () => {
  it('gives the pages of a query', () => {
    const request = localRecords(table, { rows: ROWS, total: ROWS.length })
    const sort = { column: 'stock', descending: false }
    const page = (offset: number) => request({ offset, limit: 2, filters: [], sort })
    expect([0, 2, 4].map((offset) => idsOf(page(offset).rows))).toEqual(['r0 r1', 'r3 r2', 'r4'])
    expect(page(0).total).toBe(5)
  })
})

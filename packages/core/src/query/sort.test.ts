import type { Table } from '@chatlayer-tables/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { TableRecord, Values } from '../types.ts'
import { parseQuery } from './parse-query.ts'
import { createSorter } from './sort.ts'

const table: Table = {
  id: 't',
  name: 't',
  columns: [
    { name: 'n', type: 'int' },
    { name: 's', type: 'text' },
    { name: 'm', type: 'mystery' },
    { name: 'j', type: 'jsonb' },
  ],
}

const record = (id: string, values: Values): TableRecord => ({
  id,
  createdAt: '',
  updatedAt: '',
  values,
})

function sorted(
  records: TableRecord[],
  sort: Parameters<typeof parseQuery>[0]['sort'],
  keep?: number,
) {
  const sorter = createSorter(parseQuery({ sort }, table).sort, keep)
  for (const one of records) sorter.add(one)
  return sorter.sorted().map(({ id }) => id)
}

test('nulls come last in both directions, or first where stated; equal ones by id', () => {
  const records = [
    record('d', { n: 1 }),
    record('c', { n: null }),
    record('a', { n: 2 }),
    record('b', { n: 1 }),
  ]
  expect(sorted(records, 'n')).toEqual(['b', 'd', 'a', 'c'])
  expect(sorted(records, { column: 'n', direction: 'desc' })).toEqual(['a', 'b', 'd', 'c'])
  expect(sorted(records, { column: 'n', nulls: 'first' })).toEqual(['c', 'b', 'd', 'a'])
  const descending = { column: 'n', direction: 'desc', nulls: 'first' } as const
  expect(sorted(records, descending)).toEqual(['c', 'a', 'b', 'd'])
})

test('a value that has not its column’s type sorts with the nulls', () => {
  expect(sorted([record('a', { n: 'x' }), record('b', { n: 1 })], 'n')).toEqual(['b', 'a'])
})

test('values of several kinds have some order, the same each time', () => {
  const records = [
    record('a', { m: 'x' }),
    record('b', { m: 5 }),
    record('c', { m: true }),
    record('d', { m: 1 }),
  ]
  expect(sorted(records, 'm')).toEqual(sorted(records.toReversed(), 'm'))
})

test('the later key decides among equals', () => {
  const records = [
    record('a', { n: 1, s: 'x' }),
    record('b', { n: 1, s: 'y' }),
    record('c', { n: 0, s: 'z' }),
  ]
  expect(sorted(records, ['n', { column: 's', direction: 'desc' }])).toEqual(['c', 'b', 'a'])
})

test('keeping the first few gives what sorting everything gives', () => {
  const value = fc.option(fc.integer({ min: 0, max: 9 }))
  fc.assert(
    fc.property(
      fc.array(value, { maxLength: 60 }),
      fc.nat({ max: 20 }),
      fc.boolean(),
      (values, keep, down) => {
        const records = values.map((n, index) => record(`r${index}`, { n }))
        const sort = { column: 'n', direction: down ? 'desc' : 'asc' } as const
        expect(sorted(records, sort, keep)).toEqual(sorted(records, sort).slice(0, keep))
      },
    ),
  )
})

test.each([
  [{ sort: 'x' }, 'sort', /no column "x"/],
  [{ sort: ['n', 's', 'N '] }, 'sort[2]', /no column/],
  [{ sort: 'j' }, 'sort', /jsonb/],
  [{ sort: { column: 'n', direction: 'up' } }, 'sort.direction', /"asc" or "desc"/],
  [{ sort: { column: 'n', nulls: 'low' } }, 'sort.nulls', /"first" or "last"/],
  [{ sort: { column: 'n', directon: 'up' } }, 'sort.directon', /did you mean "sort.direction"/],
  [{ sort: [{ direction: 'asc' }] }, 'sort[0].column', /is missing/],
  [{ sort: [null] }, 'sort[0]', /must be a column, .*, not null/],
  [{ sort: 5 }, 'sort', /must be a column, .*, not 5/],
  [{ select: ['n', 'nn'] }, 'select[1]', /no column "nn"/],
  [{ select: ['id'] }, 'select[0]', /not a column; every record has it/],
  [{ select: [5] }, 'select[0]', /name of a column, not a number/],
])('%o is rejected at %s', (options, field, message) => {
  const attempt = () => parseQuery(options as never, table)
  expect(attempt).toThrow(message)
  expect(attempt).toThrow(expect.objectContaining({ code: 'INVALID_INPUT', field }))
})

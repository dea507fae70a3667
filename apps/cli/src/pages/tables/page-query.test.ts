import type { Table, TableRecord, Value } from '@chatlayer-tables/core'
import { describe, expect, it } from 'vitest'
import { recordOrder, searchOf, whereOf } from './page-query.ts'

const table: Table = {
  ...{ id: 't', botId: 'b', name: 'stores', description: '' },
  columns: [
    { name: 'name', type: 'text' },
    { name: 'price', type: 'numeric' },
    { name: 'opened', type: 'timestamp' },
    { name: 'createdAt', type: 'text' },
  ],
}

function sorted(column: string, values: readonly Value[], descending = false) {
  const records = values.map(
    (value, index): TableRecord => ({
      ...{ id: String(index), createdAt: '', updatedAt: '' },
      values: { [column]: value },
    }),
  )
  return records
    .toSorted(recordOrder({ column, descending }, table))
    .map(({ values: { [column]: value } }) => value)
}

describe('recordOrder', () => {
  it('orders by the meaning of the type, nulls last in both directions', () => {
    expect(sorted('price', ['10', null, '9.5', '9.50'])).toEqual(['9.5', '9.50', '10', null])
    expect(sorted('price', ['10', null, '9.5'], true)).toEqual(['10', '9.5', null])
    const times = ['2026-01-02T00:00:00Z', '2026-01-01T00:00:00.000001Z', '2026-01-01T00:00:00.5Z']
    expect(sorted('opened', times)).toEqual([times[1], times[2], times[0]])
  })

  it('refuses columns that the table does not have', () => {
    expect(() => recordOrder({ column: 'nope', descending: false }, table)).toThrow('no column')
  })
})

describe('conditions', () => {
  it('reads a column before a field of the record of the same name', () => {
    const filter = (column: string) => whereOf([{ column, operator: 'equals', value: 'x' }], table)
    expect(filter('createdAt')).toEqual({ '"createdAt"': { eq: 'x' } })
    expect(filter('updatedAt')).toEqual({ updatedAt: { eq: 'x' } })
    expect(() => whereOf([{ column: 'name', operator: 'equals' }], table)).toThrow('no value')
  })

  it('searches columns of text', () => {
    expect(searchOf('  ', table)).toBe(undefined)
    expect(searchOf(' Ghent ', table)).toEqual({
      or: [{ name: { icontains: 'Ghent' } }, { '"createdAt"': { icontains: 'Ghent' } }],
    })
  })
})

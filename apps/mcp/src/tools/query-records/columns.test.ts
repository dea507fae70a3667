import { describe, expect, it } from 'vitest'
import { shownColumns } from './columns.ts'

const table = {
  id: 't',
  botId: 'b',
  name: 'stores',
  description: '',
  columns: ['id', 'city', '__proto__'].map((name) => ({ name, type: 'text' })),
}

const record = {
  id: 'r1',
  createdAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-02T00:00:00Z',
  values: JSON.parse('{"id":"own","city":"Ghent","__proto__":"p"}'),
}

const shown = (select?: string[]) =>
  shownColumns(table, select).map((column) => [column.name, column.of(record)])

describe('shownColumns', () => {
  it('shows the id and all columns, one that is called like it in quotes', () => {
    expect(shown()).toEqual([
      ['id', 'r1'],
      ['"id"', 'own'],
      ['city', 'Ghent'],
      ['__proto__', 'p'],
    ])
  })

  it('shows what was selected, once', () => {
    expect(shown(['city', 'id', 'updatedAt', 'city'])).toEqual([
      ['city', 'Ghent'],
      ['id', 'r1'],
      ['updatedAt', '2026-01-02T00:00:00Z'],
    ])
    expect(shown(['"id"'])).toEqual([['"id"', 'own']])
  })

  it('adds the dates to the details of all columns', () => {
    const names = shownColumns(table, undefined, 'detailed').map(({ name }) => name)
    expect(names).toEqual(['id', '"id"', 'city', '__proto__', 'createdAt', 'updatedAt'])
    expect(shownColumns(table, ['city'], 'detailed').map(({ name }) => name)).toEqual(['city'])
  })

  it('shows null for a missing column of any name', () => {
    const [column] = shownColumns(table, ['__proto__'])
    expect(column?.of({ ...record, values: {} })).toBeNull()
  })
})

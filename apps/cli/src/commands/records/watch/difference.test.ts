import type { Table, TableRecord, Values } from '@chatlayer-tables/core'
import { expect, it } from 'vitest'
import { compareAll, compareRecords } from './difference.ts'

const table: Table = {
  id: 't',
  botId: 'b',
  name: 'stores',
  description: '',
  columns: [
    { name: 'code', type: 'text' },
    { name: 'price', type: 'numeric' },
    { name: 'tags', type: 'jsonb' },
  ],
}

function record(id: string, values: Values, updatedAt = '2026-01-01T00:00:00Z'): TableRecord {
  return { id, createdAt: '', updatedAt, values }
}

function byId(...records: TableRecord[]) {
  return new Map(records.map((each) => [each.id, each]))
}

it('compares values by the type of their column', () => {
  const before = record('1', { code: 'A', price: '1.50', tags: { a: 1, b: 2 } })
  const after = record('1', { code: 'a', price: '1.5', tags: { b: 2, a: 1 } })
  expect(compareRecords(before, after, table)).toMatchObject({
    event: 'changed',
    columns: ['code'],
  })
})

it('does not report a new date as a change', () => {
  const values = { code: 'A', price: null, tags: null }
  const later = record('1', { ...values }, '2026-02-02T00:00:00Z')
  expect(compareRecords(record('1', values), later, table)).toBeUndefined()
})

it('distinguishes null from an empty text, and detects added and removed columns with values', () => {
  const compare = (before: Values, after: Values) =>
    compareRecords(record('1', before), record('1', after), table)
  expect(compare({ code: null }, { code: '' })).toMatchObject({ columns: ['code'] })
  expect(compare({}, { code: 'A' })).toMatchObject({ columns: ['code'] })
  expect(compare({ code: 'A' }, {})).toMatchObject({ columns: ['code'] })
  expect(compare({}, { code: null })).toBeUndefined()
})

it('reports added, changed and removed records', () => {
  const before = byId(record('1', { code: 'A' }), record('2', { code: 'B' }))
  const after = byId(record('2', { code: 'C' }), record('3', { code: 'A' }))
  const events = compareAll(before, after, table).map((event) => [
    event.event,
    event.event === 'removed' ? event.before.id : event.record.id,
  ])
  expect(events).toEqual([
    ['removed', '1'],
    ['changed', '2'],
    ['added', '3'],
  ])
})

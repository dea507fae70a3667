import { describe, expect, it } from 'vitest'
import {
  deleteAction,
  describeFilter,
  insertAction,
  recordFieldColumn,
  recordsOf,
  selectAction,
  updateAction,
  wireField,
  wireFilter,
} from './actions.ts'
import { Dialect } from './dialect.ts'
import { receiveAction } from './gateway-side.ts'
import { TableAction } from './schemas.ts'

const code = wireFilter({ name: 'code', type: 'text' }, 'eq', '00M')
const open = wireField('open', 'bool', 'true')

describe('the bodies of actions', () => {
  it.each([
    [insertAction([open]), { type: 'INSERT', fields: [openOnTheWire()] }],
    [selectAction({ filters: [code] }), { type: 'SELECT', filters: [codeOnTheWire()] }],
    [
      selectAction({ filters: [], skip: 100, limit: 50 }),
      { type: 'SELECT', filters: [], skip: 100, limit: 50 },
    ],
    [
      updateAction([code], [open]),
      { type: 'UPDATE', filters: [codeOnTheWire()], fields: [openOnTheWire()] },
    ],
    [deleteAction([code]), { type: 'DELETE', filters: [codeOnTheWire()] }],
  ])('%j', (built, written) => {
    expect(JSON.parse(JSON.stringify(built))).toEqual(written)
    expect(TableAction.safeParse(built).success).toBe(true)
  })

  function codeOnTheWire() {
    return { columnName: 'code', columnType: 'text', operator: 'eq', value: '00M' }
  }

  function openOnTheWire() {
    return { columnName: 'open', columnType: 'bool', value: 'true' }
  }

  it('leaves out a type that the wire has not', () => {
    expect(wireField('place', undefined, '(1,2)')).toEqual({ columnName: 'place', value: '(1,2)' })
  })

  it('is received as it was meant', () => {
    expect(receiveAction(updateAction([code], [open]))).toEqual({
      type: 'UPDATE',
      filters: [{ column: 'code', type: 'text', operator: 'eq', value: '00M' }],
      fields: [{ column: 'open', type: 'bool', value: 'true' }],
    })
  })

  it('is received with an operator by its sign, and with empty lists for those omitted', () => {
    const filter = { columnName: 'n', columnType: 'int', operator: '>=', value: '2' } as const
    expect(receiveAction({ type: 'SELECT', filters: [filter] })).toEqual({
      type: 'SELECT',
      filters: [{ column: 'n', type: 'int', operator: 'gte', value: '2' }],
      fields: [],
    })
  })
})

describe('recordFieldColumn', () => {
  it.each([
    ['id', {}, { name: 'id', type: 'uuid' }],
    ['id', { idFilter: 'text' }, { name: 'id', type: 'text' }],
    ['id', { idFilter: 'none' }, undefined],
    ['createdAt', {}, undefined],
    ['createdAt', { timestampFilter: 'camel' }, { name: 'createdAt', type: 'timestamp' }],
    ['createdAt', { timestampFilter: 'snake' }, { name: 'created_at', type: 'timestamp' }],
    ['updatedAt', { timestampFilter: 'snake' }, { name: 'updated_at', type: 'timestamp' }],
  ] as const)('%s under %j', (field, dialect, column) => {
    expect(recordFieldColumn(field, Dialect.parse(dialect))).toEqual(column)
  })
})

it.each([
  ['eq', 'code = "00M"'],
  ['gte', 'code >= "00M"'],
  ['nin', 'code nin "00M"'],
] as const)('puts a filter with %s in words', (operator, words) => {
  expect(describeFilter(wireFilter({ name: 'code', type: 'text' }, operator, '00M'))).toBe(words)
})

it('takes the records of an action in any shape', () => {
  const record = { id: 'a', values: {} }
  expect(recordsOf({ data: [record, record] })).toEqual([record, record])
  expect(recordsOf({ data: record })).toEqual([record])
  expect(recordsOf({ data: null })).toEqual([])
  expect(recordsOf({})).toEqual([])
})

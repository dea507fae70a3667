import {
  basicAuthorization,
  endpoints,
  TableAction,
  TableActionWithNull,
} from '@chatlayer-tables/contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InvalidInputError } from '../errors.ts'
import { createEncoder } from './encode-request.ts'
import { VERSION } from './version.ts'

const authorization = basicAuthorization('user:password')
const connection = {
  origin: 'https://gateway.example',
  prefix: '/api/v1',
  teamId: 'team 1',
  botId: 'bot/2',
}
const encode = createEncoder({ connection, authorization })

const table = { params: { tableId: 'x' }, query: { version: 'DRAFT' as const } }

describe('a request', () => {
  test('that reads', () => {
    expect(
      encode('getTableData', { ...table, query: { version: 'LIVE', limit: 10, offset: 0 } }),
    ).toEqual({
      method: 'GET',
      path: '/api/v1/teams/team%201/bots/bot%2F2/tables/x/data?version=LIVE&limit=10&offset=0',
      shownPath: '/teams/team%201/bots/bot%2F2/tables/x/data?version=LIVE&limit=10&offset=0',
      headers: {
        authorization,
        'user-agent': `chatlayer-tables-core/${VERSION}`,
        accept: 'application/json',
      },
      body: undefined,
      action: undefined,
    })
  })

  test('that acts', () => {
    const body = { type: 'INSERT' as const, fields: [{ columnName: 'naam', value: 'Zoë "1"' }] }
    const request = encode('performTableAction', { ...table, body })
    expect(request).toMatchObject({
      method: 'POST',
      path: '/api/v1/teams/team%201/bots/bot%2F2/tables/x/action?version=DRAFT',
      body: '{"type":"INSERT","fields":[{"columnName":"naam","value":"Zoë \\"1\\""}]}',
      action: 'INSERT',
    })
    expect(request.headers).toMatchObject({ 'content-type': 'application/json' })
  })

  test('without parameters of its own, and with an omitted query', () => {
    expect(encode('listTables', { params: {}, query: {} }).shownPath).toBe(
      '/teams/team%201/bots/bot%2F2/tables',
    )
    expect(
      encode('listCustomers', { params: {}, query: { limit: undefined, page: 3 } }).shownPath,
    ).toBe('/teams/team%201/customers?page=3')
  })

  test('has the caller’s name after ours', () => {
    const named = createEncoder({ connection, authorization, userAgent: 'importer/2.1' })
    const { headers } = named('listTables', { params: {}, query: {} })
    expect(headers['user-agent']).toBe(`chatlayer-tables-core/${VERSION} importer/2.1`)
  })

  test('is rejected for an id that cannot be in a path', () => {
    for (const tableId of ['', '.', '..', '\ud800']) {
      const make = () => encode('getTable', { params: { tableId }, query: {} })
      expect(make).toThrow(InvalidInputError)
      expect(make).toThrow(expect.objectContaining({ field: 'tableId' }))
    }
  })
})

test('any id stays one segment of the path, also from the cache', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (tableId) => {
      fc.pre(tableId !== '.' && tableId !== '..')
      const path = () => encode('getTable', { params: { tableId }, query: {} }).path
      const url = new URL(path(), connection.origin)
      const segments = url.pathname.split('/')
      expect(segments).toHaveLength(9)
      expect(decodeURIComponent(segments[8] ?? '')).toBe(tableId)
      expect(url.search).toBe('')
      expect(path()).toBe(path())
    }),
  )
})

test('more tables than are cached do not mix up their paths', () => {
  for (let round = 0; round < 2; round++) {
    for (let n = 0; n < 1500; n++) {
      const { path } = encode('getTable', { params: { tableId: `t${n}` }, query: {} })
      expect(path.endsWith(`/tables/t${n}`)).toBe(true)
    }
  }
})

test('what leaves satisfies the strict schemas of the contract', () => {
  const field = fc.record(
    {
      columnName: fc.string(),
      value: fc.oneof(fc.string(), fc.constant(null)),
      columnType: fc.constantFrom('text' as const, 'int' as const, 'jsonb' as const),
    },
    { requiredKeys: ['columnName', 'value'] },
  )
  const filter = fc.record(
    {
      columnName: fc.string(),
      columnType: fc.constantFrom('text' as const, 'uuid' as const),
      operator: fc.constantFrom('eq', '>=', 'in'),
      value: fc.string(),
    },
    { requiredKeys: ['columnName', 'columnType', 'operator'] },
  )
  const body = fc.record(
    {
      type: fc.constantFrom('INSERT' as const, 'SELECT' as const, 'UPDATE' as const),
      skip: fc.nat(),
      limit: fc.nat(),
      filters: fc.array(filter, { maxLength: 3 }),
      fields: fc.array(field, { maxLength: 3 }),
    },
    { requiredKeys: ['type'] },
  )
  const query = fc.record({ version: fc.constantFrom('DRAFT' as const, 'LIVE' as const) })
  fc.assert(
    fc.property(body, query, (action, asked) => {
      const request = encode('performTableAction', { ...table, query: asked, body: action })
      const sent: unknown = JSON.parse(request.body ?? '')
      expect(sent).toEqual(action)
      TableActionWithNull.parse(sent)
      const withNull = action.fields?.some(({ value }) => value === null) ?? false
      expect(TableAction.safeParse(sent).success).toBe(!withNull)
      const search = new URL(request.path, connection.origin).searchParams
      endpoints.performTableAction.query.parse(Object.fromEntries(search))
    }),
  )
})

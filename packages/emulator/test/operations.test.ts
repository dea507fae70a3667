import { describe, expect, test } from 'vitest'
import { act, basic, column, insert, pageOf, pathOf, select, send, start } from './support.ts'

const stores = {
  name: 'stores',
  description: 'Where we are',
  columns: [
    { name: 'city', type: 'text' },
    { name: 'size', type: 'int' },
  ],
}

const cities = ['Ghent', 'Bruges', 'Antwerp', 'Leuven', 'Mechelen']
const records = cities.map((city, size) => ({ city, size }))
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

describe('tables', () => {
  test('are listed, and got one by one, with their columns in order', async () => {
    const emulator = await start({ teamId: 'team', botId: 'bot', tables: [stores] })
    const list = await send(emulator, '/api/v1/teams/team/bots/bot/tables')
    expect(list.status).toBe(200)
    expect(list.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(list.headers.date).toBeDefined()
    const table = {
      id: expect.stringMatching(UUID),
      botId: 'bot',
      name: 'stores',
      description: 'Where we are',
      columns: [
        { name: 'city', type: 'text' },
        { name: 'size', type: 'int' },
      ],
    }
    expect(list.json).toEqual({ data: [table] })
    const one = await send(emulator, pathOf(emulator, 'stores'))
    expect(one.json).toEqual({ data: table })
  })

  test('a declared type is answered as it was declared, and works as what it is', async () => {
    const emulator = await start({
      tables: [{ name: 't', columns: [{ name: 'a', type: 'varchar' }] }],
    })
    const one = await send(emulator, pathOf(emulator, 't'))
    expect(one.json).toMatchObject({ data: { columns: [{ name: 'a', type: 'varchar' }] } })
    expect((await insert(emulator, 't', { a: 'x' })).status).toBe(200)
    expect(column(await select(emulator, 't', 'a', 'text', 'eq', 'x'), 'a')).toEqual(['x'])
  })
})

describe('the data read', () => {
  test('pages in the order of insertion and states the total', async () => {
    const emulator = await start({ tables: [{ ...stores, records }] })
    const path = `${pathOf(emulator, 'stores')}/data?version=DRAFT`
    const whole = await send(emulator, path)
    expect(column(whole, 'city')).toEqual(cities)
    expect(pageOf(whole).meta).toEqual({ total: 5, limit: 100, offset: 0 })
    const page = await send(emulator, `${path}&limit=2&offset=3`)
    expect(column(page, 'city')).toEqual(['Leuven', 'Mechelen'])
    expect(pageOf(page).meta).toEqual({ total: 5, limit: 2, offset: 3 })
    const beyond = await send(emulator, `${path}&offset=5`)
    expect(beyond.json).toEqual({ data: [], meta: { total: 5, limit: 100, offset: 5 } })
  })

  test('keeps DRAFT and LIVE apart', async () => {
    const emulator = await start({ tables: [{ ...stores, records, version: 'LIVE' }] })
    const path = `${pathOf(emulator, 'stores')}/data?version=`
    expect(pageOf(await send(emulator, `${path}DRAFT`)).meta.total).toBe(0)
    expect(pageOf(await send(emulator, `${path}LIVE`)).meta.total).toBe(5)
    await act(emulator, 'stores', { type: 'DELETE' })
    expect(emulator.tables.count('stores', 'LIVE')).toBe(5)
  })
})

describe('INSERT', () => {
  test('answers 200 with the record, its dates, and null where no field was given', async () => {
    const emulator = await start({ tables: [stores] })
    const answer = await insert(emulator, 'stores', { city: 'Ostend' })
    expect(answer.status).toBe(200)
    expect(answer.json).toEqual({
      data: [
        {
          id: expect.stringMatching(UUID),
          createdAt: expect.stringMatching(ISO),
          updatedAt: expect.stringMatching(ISO),
          values: { city: 'Ostend', size: null },
        },
      ],
      meta: { total: 1, limit: 1, offset: 0 },
    })
  })

  test('without fields makes a record of nulls, as PostgreSQL does', async () => {
    const emulator = await start({ tables: [stores] })
    const answer = await act(emulator, 'stores', { type: 'INSERT' })
    expect(pageOf(answer).data[0]?.values).toEqual({ city: null, size: null })
  })

  test('keeps every column of a table whose names JavaScript has plans for', async () => {
    const names = ['__proto__', 'constructor', 'toString', '0', 'a "b"', 'é', '']
    const columns = names.filter((name) => name !== '').map((name) => ({ name, type: 'text' }))
    const emulator = await start({ tables: [{ name: 't', columns }] })
    const answer = await act(emulator, 't', {
      type: 'INSERT',
      fields: columns.map(({ name }) => ({ columnName: name, value: `of ${name}` })),
    })
    expect(answer.text).toContain('"__proto__":"of __proto__","constructor":"of constructor"')
    expect(Object.keys(pageOf(answer).data[0]!.values)).toHaveLength(6)
  })
})

describe('SELECT', () => {
  test('filters, skips and limits; the total counts all that match', async () => {
    const emulator = await start({ tables: [{ ...stores, records }] })
    const answer = await act(emulator, 'stores', {
      type: 'SELECT',
      filters: [{ columnName: 'size', columnType: 'int', operator: 'gte', value: '1' }],
      skip: 1,
      limit: 2,
    })
    expect(column(answer, 'city')).toEqual(['Antwerp', 'Leuven'])
    expect(pageOf(answer).meta).toEqual({ total: 4, limit: 2, offset: 1 })
  })

  test('takes a limit of 0, and empty lists as no lists', async () => {
    const emulator = await start({ tables: [{ ...stores, records }] })
    const answer = await act(emulator, 'stores', {
      type: 'SELECT',
      limit: 0,
      filters: [],
      fields: [],
    })
    expect(answer.json).toEqual({ data: [], meta: { total: 5, limit: 0, offset: 0 } })
  })

  test.each([
    ['eq', ['Antwerp']],
    ['=', ['Antwerp']],
    ['gt', ['Leuven', 'Mechelen']],
    ['>', ['Leuven', 'Mechelen']],
    ['gte', ['Antwerp', 'Leuven', 'Mechelen']],
    ['>=', ['Antwerp', 'Leuven', 'Mechelen']],
    ['lt', ['Ghent', 'Bruges']],
    ['<', ['Ghent', 'Bruges']],
    ['lte', ['Ghent', 'Bruges', 'Antwerp']],
    ['<=', ['Ghent', 'Bruges', 'Antwerp']],
  ])('compares with %s', async (operator, expected) => {
    const emulator = await start({ tables: [{ ...stores, records }] })
    const answer = await select(emulator, 'stores', 'size', 'int', operator, '2')
    expect(column(answer, 'city')).toEqual(expected)
  })

  test('in and nin take a list', async () => {
    const emulator = await start({ tables: [{ ...stores, records }] })
    const among = await select(emulator, 'stores', 'size', 'int', 'in', '["0","+4","9"]')
    expect(column(among, 'city')).toEqual(['Ghent', 'Mechelen'])
    const others = await select(emulator, 'stores', 'city', 'text', 'nin', '["Ghent","ghent"]')
    expect(column(others, 'city')).toEqual(['Bruges', 'Antwerp', 'Leuven', 'Mechelen'])
    expect(column(await select(emulator, 'stores', 'size', 'int', 'in', '[]'), 'city')).toEqual([])
  })

  test('null matches no operator', async () => {
    const emulator = await start({
      tables: [{ ...stores, records: [{ city: null }, { city: 'Ghent' }] }],
    })
    const found = async (operator: string, value: string) =>
      column(await select(emulator, 'stores', 'city', 'text', operator, value), 'city')
    for (const operator of ['eq', 'gt', 'gte', 'lt', 'lte']) {
      expect(await found(operator, '')).not.toContain(null)
      expect(await found(operator, 'zzz')).not.toContain(null)
    }
    expect(await found('in', '["Ghent"]')).toEqual(['Ghent'])
    expect(await found('nin', '["Bruges"]')).toEqual(['Ghent'])
    expect(await found('nin', '[]')).toEqual(['Ghent'])
  })

  test('several filters must all match', async () => {
    const emulator = await start({ tables: [{ ...stores, records }] })
    const answer = await act(emulator, 'stores', {
      type: 'SELECT',
      filters: [
        { columnName: 'size', columnType: 'int', operator: '>', value: '0' },
        { columnName: 'size', columnType: 'int', operator: '<', value: '3' },
        { columnName: 'city', columnType: 'text', operator: '<', value: 'B' },
      ],
    })
    expect(column(answer, 'city')).toEqual(['Antwerp'])
  })

  test('a record is found by its id, in any spelling of it', async () => {
    const emulator = await start({ tables: [{ ...stores, records }] })
    const { id } = emulator.tables.records('stores')[3]!
    for (const spelling of [id, id.toUpperCase(), `{${id}}`, id.replaceAll('-', '')]) {
      const answer = await select(emulator, 'stores', 'id', 'uuid', 'eq', spelling)
      expect(column(answer, 'city')).toEqual(['Leuven'])
    }
  })

  test("a table's own column named id is meant before the record's id", async () => {
    const emulator = await start({
      tables: [{ name: 't', columns: [{ name: 'id', type: 'text' }], records: [{ id: '007' }] }],
    })
    expect(column(await select(emulator, 't', 'id', 'text', 'eq', '007'), 'id')).toEqual(['007'])
  })
})

describe('UPDATE', () => {
  test('writes the fields of the records that match, and nothing else', async () => {
    let now = new Date('2026-01-01T00:00:00.000Z')
    const emulator = await start({ tables: [{ ...stores, records }], clock: () => now })
    now = new Date('2026-01-02T00:00:00.000Z')
    const answer = await act(emulator, 'stores', {
      type: 'UPDATE',
      filters: [{ columnName: 'size', columnType: 'int', operator: '>', value: '2' }],
      fields: [{ columnName: 'city', value: 'closed', columnType: 'text' }],
    })
    expect(pageOf(answer).meta).toEqual({ total: 2, limit: 2, offset: 0 })
    expect(pageOf(answer).data[0]).toEqual({
      id: emulator.tables.records('stores')[3]!.id,
      createdAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-01-02T00:00:00.000Z',
      values: { city: 'closed', size: 3 },
    })
    const after = emulator.tables.records('stores')
    expect(after.map(({ values }) => values.city)).toEqual([
      'Ghent',
      'Bruges',
      'Antwerp',
      'closed',
      'closed',
    ])
    expect(after[0]!.updatedAt).toBe('2026-01-01T00:00:00.000Z')
  })

  test('that matches nothing answers an empty page', async () => {
    const emulator = await start({ tables: [stores] })
    const answer = await act(emulator, 'stores', {
      type: 'UPDATE',
      filters: [{ columnName: 'size', columnType: 'int', operator: '=', value: '9' }],
      fields: [{ columnName: 'city', value: 'x' }],
    })
    expect(answer.json).toEqual({ data: [], meta: { total: 0, limit: 0, offset: 0 } })
  })
})

describe('DELETE', () => {
  test('takes away the records that match, and answers them', async () => {
    const emulator = await start({ tables: [{ ...stores, records }] })
    const answer = await act(emulator, 'stores', {
      type: 'DELETE',
      filters: [{ columnName: 'city', columnType: 'text', operator: 'in', value: '["Ghent"]' }],
    })
    expect(column(answer, 'city')).toEqual(['Ghent'])
    expect(emulator.tables.count('stores')).toBe(4)
  })
})

describe('customers', () => {
  const customers = Array.from({ length: 25 }, (_, index) => ({
    name: `Name ${index}`,
    email: `n${index}@example.com`,
    phone: `+32 ${index}`,
  }))

  test('are paged; a limit of 0 gives none and the total', async () => {
    const emulator = await start({ customers, clock: () => new Date('2026-01-01T00:00:00.000Z') })
    const page = async (query: string) => {
      const path = `/api/v1/teams/${emulator.teamId}/customers${query}`
      const answer = await send(emulator, path)
      expect(answer.status).toBe(200)
      return answer.json as { data: { profile: { name: string } }[]; meta: { total: number } }
    }
    const first = await page('')
    expect(first.data).toHaveLength(20)
    expect(first.data[0]).toEqual({
      id: expect.stringMatching(UUID),
      profile: { name: 'Name 0', email: 'n0@example.com', phone: '+32 0' },
      created_at: '2026-01-01T00:00:00.000Z',
      updated_at: '2026-01-01T00:00:00.000Z',
    })
    expect(first.meta).toEqual({ total: 25 })
    const names = (await page('?page=3&limit=12')).data.map(({ profile }) => profile.name)
    expect(names).toEqual(['Name 24'])
    expect((await page('?limit=100')).data).toHaveLength(25)
    expect(await page('?limit=0')).toEqual({ data: [], meta: { total: 25 } })
  })
})

test('signs in with the token as user and password', async () => {
  const emulator = await start({ token: 'user:pass:word é' })
  const path = pathOf(emulator)
  expect((await send(emulator, path)).status).toBe(200)
  for (const authorization of [
    basic('user:pass'),
    basic('user:pass:word'),
    'Bearer user:pass:word é',
    'Basic',
    basic('user:pass:word é').replace('Basic ', ''),
  ].map((value) => Buffer.from(value, 'utf8').toString('latin1'))) {
    const refused = await send(emulator, path, { headers: { authorization } })
    expect(refused.status).toBe(401)
    expect(refused.headers['www-authenticate']).toBe('Basic')
    expect(refused.json).toEqual({
      message: 'Unauthorized',
      error: 'Unauthorized',
      statusCode: 401,
    })
  }
})

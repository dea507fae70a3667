/** The admin path, over plain HTTP and without a token. */
import { request } from 'undici'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Emulator } from '../src/index.ts'
import { insert, pathOf, send, start } from './support.ts'

let emulator: Emulator

beforeEach(async () => {
  emulator = await start({
    tables: [{ name: 't', columns: [{ name: 'a', type: 'text' }], records: [{ a: 'x' }] }],
  })
})

async function admin(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; json: unknown }> {
  const answer = await request(`${emulator.url}/_emulator${path}`, {
    method: method as 'GET',
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    body: body === undefined ? null : JSON.stringify(body),
  })
  return { status: answer.statusCode, json: await answer.body.json() }
}

describe('faults', () => {
  test('are set, added, listed and cleared', async () => {
    expect(await admin('PUT', '/faults', [{ kind: 'status', times: 1 }])).toEqual({
      status: 200,
      json: [{ kind: 'status', status: 503, when: 'before', rate: 1, times: 1, hits: 0 }],
    })
    expect((await send(emulator, pathOf(emulator))).status).toBe(503)
    const { json } = await admin('POST', '/faults', { kind: 'html', operations: ['getTable'] })
    expect(json).toMatchObject([
      { kind: 'status', hits: 1 },
      { kind: 'html', hits: 0 },
    ])
    expect((await admin('GET', '/faults')).json).toEqual(json)
    expect(await admin('DELETE', '/faults')).toEqual({ status: 200, json: {} })
    expect(emulator.faults.list()).toEqual([])
  })

  test('that are none are rejected', async () => {
    const answer = await admin('PUT', '/faults', [{ kind: 'hang', rate: 2 }])
    expect(answer).toMatchObject({ status: 400, json: { message: expect.stringMatching(/rate/) } })
    expect((await admin('POST', '/faults', { kind: 'odd' })).status).toBe(400)
  })
})

describe('tables', () => {
  test('are made, listed, filled and dropped', async () => {
    const made = await admin('POST', '/tables', {
      name: 'airports',
      description: 'Where planes land',
      columns: [{ name: 'iata', type: 'text' }],
      records: [{ iata: '00M' }],
      version: 'LIVE',
    })
    expect(made).toMatchObject({
      status: 200,
      json: { id: expect.any(String), name: 'airports', description: 'Where planes land' },
    })
    expect((await admin('GET', '/tables')).json).toEqual(emulator.tables.list())
    expect(emulator.tables.count('airports', 'LIVE')).toBe(1)
    const filled = await admin('POST', '/tables/airports/records?version=LIVE', [
      { iata: '00R' },
      { iata: null },
    ])
    expect(filled.json).toEqual({ ids: [expect.any(String), expect.any(String)] })
    expect(emulator.tables.count('airports', 'LIVE')).toBe(3)
    await admin('POST', '/tables/airports/records', [{}])
    expect(emulator.tables.count('airports', 'DRAFT')).toBe(1)
    expect((await admin('DELETE', '/tables/airports')).status).toBe(200)
    expect(emulator.tables.list().map(({ name }) => name)).toEqual(['t'])
  })

  test.each([
    ['POST', '/tables', { name: 't', columns: [{ name: 'a', type: 'text' }] }, 'already'],
    ['POST', '/tables', { name: 'u' }, 'columns is required'],
    ['POST', '/tables', { name: 'u', columns: [{ name: 'a', type: 'money' }] }, 'must be one of'],
    ['DELETE', '/tables/nope', undefined, 'there is no table "nope"'],
    ['POST', '/tables/t/records', [{ b: 1 }], 'has no column "b"'],
    ['POST', '/tables/t/records', { a: 1 }, 'expected array'],
    ['POST', '/tables/t/records?version=OLD', [], 'version'],
    ['POST', '/tables/t/records', undefined, 'content type'],
  ])('%s %s %j is rejected', async (method, path, body, message) => {
    expect(await admin(method, path, body)).toMatchObject({
      status: 400,
      json: { message: expect.stringContaining(message), statusCode: 400 },
    })
    expect(emulator.tables.count('t')).toBe(1)
  })
})

test('the log is read and cleared, and admin requests are not in it', async () => {
  await insert(emulator, 't', {})
  await admin('GET', '')
  expect((await admin('GET', '/requests')).json).toMatchObject([{ action: 'INSERT', status: 200 }])
  expect((await admin('GET', '/stats')).json).toMatchObject({
    requests: { total: 1, actions: { INSERT: 1 }, statuses: { 200: 1 } },
    cpu: { user: expect.any(Number), system: expect.any(Number) },
    memory: { rss: expect.any(Number) },
  })
  await admin('DELETE', '/requests')
  expect((await admin('GET', '/requests')).json).toEqual([])
})

test('the dialect is read and changed', async () => {
  expect((await admin('GET', '/dialect')).json).toEqual(emulator.dialect)
  const changed = await admin('PATCH', '/dialect', { insertAnswer: 'none' })
  expect(changed.json).toMatchObject({ insertAnswer: 'none', emptyFilter: 'all' })
  expect((await insert(emulator, 't', {})).json).toMatchObject({ data: [] })
  expect((await admin('PATCH', '/dialect', { insertAnswer: 'maybe' })).status).toBe(400)
  expect((await admin('PATCH', '/dialect', { colour: 'red' })).status).toBe(400)
})

test('a reset puts the start back', async () => {
  emulator.faults.set([{ kind: 'status' }])
  emulator.tables.drop('t')
  expect(await admin('POST', '/reset')).toEqual({ status: 200, json: {} })
  expect((await send(emulator, pathOf(emulator, 't'))).status).toBe(200)
})

test('it states whose tables these are, and not the token', async () => {
  const { json } = await admin('GET', '')
  expect(json).toEqual({ teamId: emulator.teamId, botId: emulator.botId })
})

test('web pages, and names that someone points at this machine, are rejected', async () => {
  for (const headers of [{ origin: 'http://localhost:3000' }, { host: 'attacker.example' }]) {
    expect(await admin('POST', '/reset', undefined, headers)).toMatchObject({ status: 403 })
  }
  expect((await admin('GET', '/stats', undefined, { host: 'localhost:1' })).status).toBe(200)
})

test('what the admin path does not have is 404', async () => {
  expect((await admin('GET', '/nothing')).status).toBe(404)
  expect((await admin('POST', '/stats')).status).toBe(404)
})

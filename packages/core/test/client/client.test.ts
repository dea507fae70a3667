/** The client as a whole: its options, its tables, its end. */
import { inspect } from 'node:util'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Client, type ClientOptions, ConfigurationError, createClient } from '../../src/index.ts'

let emulator: Emulator
let options: ClientOptions

beforeAll(async () => {
  const columns = [{ name: 'n', type: 'int' }]
  emulator = await startEmulator({
    tables: [{ name: 't', columns }],
    customers: [{ name: 'A customer' }, { name: 'Another' }],
  })
})
afterAll(() => emulator.close())
beforeEach(() => {
  emulator.reset()
  const { url: baseUrl, token, teamId, botId } = emulator
  options = { baseUrl, token, teamId, botId }
})

test('nothing is sent before it is used', async () => {
  await using client = createClient(options)
  const table = client.table('no such table')
  expect(client).toBeInstanceOf(Client)
  expect(client.connection).toEqual({
    origin: emulator.url,
    prefix: '/api/v1',
    teamId: emulator.teamId,
    botId: emulator.botId,
    version: 'DRAFT',
  })
  expect(table.version).toBe('DRAFT')
  expect(client.stats()).toMatchObject({ sent: 0, inFlight: 0, queued: 0 })
  expect(emulator.requests.counts.total).toBe(0)
})

test.each([
  ['an unknown dialect setting', { dialect: { nul: 'x' } }, 'invalid dialect at'],
  ['an unknown value of one', { dialect: { idFilter: 'x' } }, 'invalid dialect at idFilter'],
  ['no bot', { botId: '' }, 'botId'],
])('%s is a ConfigurationError', (_, wrong, message) => {
  const make = () => createClient({ ...options, ...wrong } as ClientOptions)
  expect(make).toThrow(ConfigurationError)
  expect(make).toThrow(message)
})

test('versions are kept apart, and the connection’s is the default', async () => {
  await using client = createClient({ ...options, version: 'LIVE' })
  await client.table('t').insert({ n: 1 })
  await client.table('t', { version: 'DRAFT' }).insertMany([{ n: 2 }, { n: 3 }])
  expect([emulator.tables.count('t', 'LIVE'), emulator.tables.count('t')]).toEqual([1, 2])
  expect(await client.table('t').count()).toBe(1)
})

test('a table goes by name or id, and its definition is asked for once', async () => {
  await using client = createClient(options)
  const { id } = await client.tables.get('t')
  emulator.requests.clear()
  await client.table('t').insert({ n: 1 })
  await client.table(id).insert({ n: 2 })
  expect(emulator.requests.counts.operations).toEqual({ performTableAction: 2 })
  expect(await client.tables.getById(id)).toMatchObject({ name: 't', columns: [{ name: 'n' }] })
  expect(await client.table(id).definition()).toMatchObject({ id, name: 't' })
  await expect(client.table('tt').get('x')).rejects.toThrow('no table "tt"')
  await expect(client.tables.getById('x')).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('customers come by page', async () => {
  await using client = createClient(options)
  expect((await client.customers.list()).total).toBe(2)
  const { customers } = await client.customers.list({ limit: 1, page: 2 })
  expect(customers).toHaveLength(1)
})

describe('the end', () => {
  test('lets what is in flight end, and rejects what comes later', async () => {
    const client = createClient(options)
    await client.tables.list()
    emulator.faults.set([{ kind: 'latency', ms: 100 }])
    const insert = client.table('t').insert({ n: 1 })
    await new Promise((resolve) => setTimeout(resolve, 30))
    await client.close()
    await expect(insert).resolves.toMatchObject({ id: expect.any(String) })
    await expect(client.tables.list()).rejects.toMatchObject({ code: 'CONNECTION' })
    await expect(client.table('t').insert({ n: 2 })).rejects.toThrow('the client is closed')
    await client.close()
    expect(emulator.tables.count('t')).toBe(1)
  })

  test('comes by itself with `await using`', async () => {
    let kept: Client
    {
      await using client = createClient(options)
      kept = client
      await client.tables.list()
    }
    await expect(kept.tables.list()).rejects.toThrow('the client is closed')
  })
})

test('a client shows no secret, however it is looked at', async () => {
  await using client = createClient({ ...options, dialect: { idFilter: 'text' } })
  await client.table('t').insert({ n: 1 })
  const looks = [
    inspect(client, { depth: 20, showHidden: true }),
    inspect(client.table('t'), { depth: 20, showHidden: true }),
    JSON.stringify(client),
    JSON.stringify(client.connection),
    JSON.stringify(client.stats()),
    String(client),
  ].join()
  expect(looks).not.toContain(emulator.token)
  expect(looks).not.toContain(emulator.token.split(':')[1])
  expect(looks).not.toContain(Buffer.from(emulator.token).toString('base64'))
})

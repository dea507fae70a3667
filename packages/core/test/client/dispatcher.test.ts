/** A client whose requests go through a dispatcher that the caller passed. */
import { startEmulator } from '@chatlayer-tables/emulator'
import { Agent, MockAgent, Pool, ProxyAgent } from 'undici'
import { Agent as Agent6 } from 'undici-6'
import { MockAgent as MockAgent7 } from 'undici-7'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type ClientOptions, createClient } from '../../src/client.ts'
import { InvalidInputError } from '../../src/errors.ts'
import type { HttpDispatcher } from '../../src/send/dispatcher-transport.ts'
import { privateAuthority, startProxy } from '../send/connect-proxy.ts'

const ORIGIN = 'https://gateway.test'
const TOKEN = 'someone:Pa55wordPa55word'
const LEADS = {
  id: 'x',
  botId: 'b',
  name: 'leads',
  description: '',
  columns: [{ name: 'name', type: 'text' }],
}

function clientBy(dispatcher: unknown, options: Partial<ClientOptions> = {}) {
  const client = createClient({
    token: TOKEN,
    baseUrl: ORIGIN,
    teamId: 't',
    botId: 'b',
    dispatcher: dispatcher as HttpDispatcher,
    ...options,
  })
  onTestFinished(() => client.close())
  return client
}

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
}

describe.each([
  ['undici 8', () => new MockAgent()],
  ['undici 7', () => new MockAgent7() as unknown as MockAgent],
])('a MockAgent of %s', (_, createAgent) => {
  test('answers in place of the gateway', async () => {
    const agent = createAgent()
    agent.disableNetConnect()
    agent
      .get(ORIGIN)
      .intercept({ path: '/api/v1/teams/t/bots/b/tables' })
      .reply(200, { data: [LEADS] }, { headers: { 'content-type': 'application/json' } })
    const client = clientBy(agent)
    expect(await client.tables.list()).toMatchObject([{ id: 'x', name: 'leads' }])
    agent.assertNoPendingInterceptors()
  })

  test('without an intercept for a request makes it fail once, and shows no token', async () => {
    const agent = createAgent()
    agent.disableNetConnect()
    agent
      .get(ORIGIN)
      .intercept({ path: () => true, headers: { authorization: 'another' } })
      .reply(200, { data: [LEADS] })
    const error = await errorOf(clientBy(agent).tables.list())
    expect(error).toBeInstanceOf(InvalidInputError)
    expect(error).toMatchObject({
      executed: 'no',
      message: expect.stringMatching(/^the dispatcher did not accept the request: Mock dispatch/),
      hint: expect.stringContaining('intercept'),
      request: { attempts: 1 },
    })
    expect(String(error)).not.toContain(Buffer.from(TOKEN).toString('base64'))
  })

  test('that fails like a connection is retried', async () => {
    const agent = createAgent()
    const path = '/api/v1/teams/t/bots/b/tables'
    agent.get(ORIGIN).intercept({ path }).replyWithError(new Error('reset'))
    agent
      .get(ORIGIN)
      .intercept({ path })
      .reply(200, { data: [LEADS] })
    expect(await clientBy(agent).tables.list()).toHaveLength(1)
  })
})

test('a pool sends to the emulator, and stays open when the client is closed', async () => {
  await using emulator = await startEmulator({
    tables: [{ name: 'leads', columns: LEADS.columns }],
  })
  const pool = new Pool(emulator.url, { connections: 2 })
  const { token, teamId, botId } = emulator
  const options = { token, teamId, botId, baseUrl: emulator.url }
  const first = clientBy(pool, options)
  await first.table('leads').insertMany(Array.from({ length: 20 }, (_, n) => ({ name: `${n}` })))
  await first.close()
  expect(pool.closed).toBe(false)
  expect(await clientBy(pool, options).table('leads').records().toArray()).toHaveLength(20)
  await pool.close()
})

test('an agent can trust a private authority, and send through a proxy', async () => {
  await using emulator = await startEmulator({
    tables: [{ name: 'leads', columns: LEADS.columns }],
  })
  const authority = await privateAuthority()
  const port = await authority.serve('localhost', Number(new URL(emulator.url).port))
  const { token, teamId, botId } = emulator
  const options = { token, teamId, botId, baseUrl: `https://localhost:${port}`, maxAttempts: 1 }
  expect(await errorOf(clientBy(new Agent(), options).tables.list())).toMatchObject({
    code: 'CONNECTION',
    message: expect.stringContaining('cannot be trusted'),
  })

  const ca = authority.cert
  const agent = new Agent({ connect: { ca } })
  expect(await clientBy(agent, options).tables.list()).toHaveLength(1)

  const proxy = await startProxy({ route: () => port })
  const proxyAgent = new ProxyAgent({ uri: proxy.url, requestTls: { ca } })
  expect(await clientBy(proxyAgent, options).tables.list()).toHaveLength(1)
  expect(proxy.tunnels).toEqual([`localhost:${port}`])
  await Promise.all([agent.close(), proxyAgent.close()])
})

test('no proxy is used, and none is named', async () => {
  const agent = new Agent()
  const proxy = 'http://127.0.0.1:9'
  process.env.HTTPS_PROXY = proxy
  onTestFinished(() => {
    delete process.env.HTTPS_PROXY
  })
  const client = clientBy(agent, { baseUrl: 'https://127.0.0.1:1', maxAttempts: 1 })
  expect(await errorOf(client.tables.list())).toMatchObject({
    code: 'CONNECTION',
    message: expect.not.stringContaining('proxy'),
  })
  await agent.close()
})

test('a dispatcher of undici 6 is rejected at the first request', async () => {
  const agent = new Agent6()
  const error = await errorOf(clientBy(agent).tables.list())
  expect(error).toBeInstanceOf(InvalidInputError)
  expect(error).toMatchObject({
    executed: 'no',
    message: expect.stringMatching(/^the dispatcher did not accept the request/),
    hint: expect.stringContaining('undici 7 or later'),
  })
  await agent.close()
})

test.each([Agent, {}, null, 'http://proxy.test'])('%s is no dispatcher', (dispatcher) => {
  expect(() => clientBy(dispatcher)).toThrow(InvalidInputError)
})

test.each([{ connectTimeoutMs: 1 }, { proxyEnvironment: {} }])(
  'with a dispatcher, %o has no effect and is rejected',
  (option) => {
    const [field] = Object.keys(option)
    expect(() => clientBy(new MockAgent(), option)).toThrow(
      expect.objectContaining({ field, message: `${field} has no effect with a dispatcher` }),
    )
  },
)

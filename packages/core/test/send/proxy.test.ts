import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect, promisify } from 'node:util'
import { basicAuthorization } from '@chatlayer-tables/contract'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createSender, type Sender, type SenderOptions } from '../../src/send/sender.ts'
import { privateAuthority, startProxy, type TestProxy } from './connect-proxy.ts'
import { freePort, httpServer, rawServer, reply, sendJson } from './servers.ts'

const CREDENTIALS = 'clerk:Sw0rdf/sh'
const HOST = 'gateway.test'
const CHILD = fileURLToPath(new URL('through-proxy.mjs', import.meta.url))

let folder = ''
let emulator: Emulator
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxy-test-'))
  emulator = await startEmulator({
    tables: [{ name: 'leads', columns: [{ name: 'name', type: 'text' }] }],
  })
})
afterAll(async () => {
  await emulator.close()
  await rm(folder, { recursive: true })
})

/** A gateway at https://gateway.test that only the proxy can reach. */
async function gatewayBehindProxy(plainPort = Number(new URL(emulator.url).port)) {
  const authority = await privateAuthority()
  const extraCa = join(folder, 'authority.pem')
  await writeFile(extraCa, authority.cert)
  const port = await authority.serve(HOST, plainPort)
  return { extraCa, route: (to: string) => (to === `${HOST}:443` ? port : undefined) }
}

/** The client in a process of its own: Node reads NODE_EXTRA_CA_CERTS when it starts. */
async function runChild(env: Readonly<Record<string, string>>, options = {}) {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [CHILD, JSON.stringify(options)],
    {
      env: {
        CHATLAYER_TOKEN: emulator.token,
        CHATLAYER_TEAM_ID: emulator.teamId,
        CHATLAYER_BOT_ID: emulator.botId,
        CHATLAYER_BASE_URL: `https://${HOST}`,
        ...env,
      },
    },
  )
  expect(stdout + stderr).not.toMatch(/Sw0rd|clerk/)
  return JSON.parse(stdout)
}

function withCredentials({ port }: TestProxy): string {
  const [user = '', password = ''] = CREDENTIALS.split(':')
  return `http://${user}:${encodeURIComponent(password)}@localhost:${port}`
}

test('https goes through tunnels of the proxy, with its credentials and a private authority', async () => {
  const { extraCa, route } = await gatewayBehindProxy()
  const proxy = await startProxy({ route, credentials: CREDENTIALS })
  const reading = await runChild({
    HTTPS_PROXY: withCredentials(proxy),
    HTTP_PROXY: 'http://127.0.0.1:9',
    NO_PROXY: 'elsewhere.test',
    NODE_EXTRA_CA_CERTS: extraCa,
  })
  expect(reading).toEqual({ names: ['Ann'], inserted: 'string' })
  expect(new Set(proxy.tunnels)).toEqual(new Set([`${HOST}:443`]))
  expect(proxy.refused()).toBe(0)

  const untrusted = await runChild({ https_proxy: withCredentials(proxy) })
  expect(untrusted).toMatchObject({
    code: 'CONNECTION',
    executed: 'no',
    message: expect.stringContaining(
      `the connection to the gateway through the proxy http://localhost:${proxy.port} cannot be trusted`,
    ),
    hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
  })
})

test('a host in NO_PROXY is connected to directly', async () => {
  const { extraCa, route } = await gatewayBehindProxy()
  const proxy = await startProxy({ route })
  const direct = { HTTPS_PROXY: proxy.url, no_proxy: '.test', NODE_EXTRA_CA_CERTS: extraCa }
  const outcome = await runChild(direct, { maxAttempts: 1, connectTimeoutMs: 3000 })
  expect(outcome).toMatchObject({ code: 'CONNECTION', executed: 'no' })
  expect(outcome.message).not.toContain('proxy')
  expect(proxy.tunnels).toEqual([])
})

function senderBy(proxy: string, options: Partial<SenderOptions> = {}): Sender {
  const sender = createSender({
    connection: { origin: `https://${HOST}`, prefix: '/api/v1', teamId: 't', botId: 'b' },
    authorization: basicAuthorization('someone:Pa55wordPa55word'),
    proxyEnvironment: { HTTPS_PROXY: proxy, HTTP_PROXY: proxy },
    maxAttempts: 2,
    ...options,
  })
  onTestFinished(() => sender.close())
  return sender
}

function insert(sender: Sender) {
  return sender.send('performTableAction', {
    params: { tableId: 'x' },
    query: { version: 'DRAFT' },
    body: { type: 'INSERT', fields: [{ columnName: 'n', value: '1' }] },
  })
}

/** The error of an INSERT, checked not to contain the proxy's credentials. */
async function failureOf(sender: Sender) {
  const error = await insert(sender).then(
    () => new Error('it went well'),
    (reason: unknown) => reason,
  )
  expect(inspect(error, { depth: 20, showHidden: true, getters: true })).not.toMatch(/Sw0rd|clerk/)
  return error
}

describe('a proxy that fails is named, and nothing was sent', () => {
  const route = () => undefined

  test('refused connection, and again', async () => {
    const port = await freePort()
    const sender = senderBy(`http://clerk:Sw0rdfish@127.0.0.1:${port}`)
    expect(await failureOf(sender)).toMatchObject({
      code: 'CONNECTION',
      executed: 'no',
      message: `the proxy http://127.0.0.1:${port} cannot be reached (ECONNREFUSED); it was tried 2 times`,
      hint: expect.stringContaining('HTTPS_PROXY'),
    })
  })

  test.each([
    [407, 'requires other credentials (407)', 1],
    [403, 'does not connect to the gateway (403)', 1],
    [502, 'does not connect to the gateway (502); it was tried 2 times', 2],
  ])('%i in answer to CONNECT', async (refuse, message, refused) => {
    const proxy = await startProxy({ route, refuse })
    expect(await failureOf(senderBy(withCredentials(proxy)))).toMatchObject({
      code: 'CONNECTION',
      executed: 'no',
      message: `the proxy http://localhost:${proxy.port} ${message}`,
    })
    expect(proxy.refused()).toBe(refused)
  })

  test('no answer to CONNECT', async () => {
    const proxy = await startProxy({ route, refuse: 0 })
    const sender = senderBy(withCredentials(proxy), {
      attemptTimeoutMs: 100,
      connectTimeoutMs: 300,
    })
    expect(await failureOf(sender)).toMatchObject({
      code: 'TIMEOUT',
      executed: 'no',
      hint: expect.stringContaining(`the proxy http://localhost:${proxy.port} made no connection`),
    })
  })

  test('no TLS at the proxy', async () => {
    const server = await httpServer((_, response) => response.end())
    const sender = senderBy(`https://clerk:Sw0rdfish@localhost:${server.port}`)
    expect(await failureOf(sender)).toMatchObject({
      code: 'CONNECTION',
      executed: 'no',
      message: expect.stringContaining(
        `the connection to the proxy https://localhost:${server.port} cannot be trusted`,
      ),
    })
  })

  test('a connection closed without a response', async () => {
    const server = await rawServer((socket) => socket.resetAndDestroy())
    const failure = await failureOf(senderBy(server.origin))
    expect(failure).toMatchObject({ code: 'CONNECTION', executed: 'no' })
    expect(failure).toMatchObject({ message: expect.stringContaining('cannot be reached') })
    expect(server.received).toHaveLength(2)
  })
})

describe('plain http, for a gateway on this machine', () => {
  const page = { data: [], meta: { total: 0 } }

  function toLoopback(origin: string, proxy: string): Sender {
    const connection = { origin, prefix: '/api/v1', teamId: 't', botId: 'b' }
    return senderBy(proxy, { connection })
  }

  test('is forwarded by a proxy on this machine', async () => {
    const server = await httpServer((_, response) => sendJson(response, page))
    const route = () => server.port
    const proxy = await startProxy({ route, credentials: CREDENTIALS })
    const sender = toLoopback(server.origin, withCredentials(proxy))
    await Promise.all([insert(sender), insert(sender)])
    expect(proxy.forwarded).toHaveLength(2)
    expect(proxy.forwarded[0]).toContain(`${server.origin}/api/v1/`)
    expect(proxy.tunnels).toEqual([])
    expect(server.received[0]?.headers).not.toHaveProperty('proxy-authorization')

    const refused = await failureOf(toLoopback(server.origin, proxy.url))
    expect(refused).toMatchObject({
      code: 'CONNECTION',
      executed: 'no',
      message: `the proxy ${proxy.url} requires other credentials (407)`,
    })
    expect(server.received).toHaveLength(2)
  })

  test('goes to no proxy elsewhere', async () => {
    const server = await httpServer((_, response) => sendJson(response, page))
    await insert(toLoopback(server.origin, 'http://proxy.test:3128'))
    expect(server.received).toHaveLength(1)
  })

  test('a proxy that is gone', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    const failure = await failureOf(toLoopback('http://127.0.0.1:9', url))
    expect(failure).toMatchObject({
      executed: 'no',
      message: expect.stringContaining(`the proxy ${url} cannot be reached`),
    })
  })
})

test('a write whose tunnel breaks before the response has an unknown outcome, and is sent once', async () => {
  const columns = [{ name: 'name', type: 'text' }]
  const tables = [{ id: 'x', botId: 'b', name: 'leads', description: '', columns }]
  const server = await rawServer((socket, { method }) => {
    if (method === 'GET') socket.write(reply({ data: tables }))
    else socket.destroy()
  })
  const { extraCa, route } = await gatewayBehindProxy(server.port)
  const proxy = await startProxy({ route })
  const outcome = await runChild(
    { HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: extraCa },
    { maxAttempts: 2 },
  )
  expect(outcome).toMatchObject({ code: 'UNKNOWN_OUTCOME', executed: 'maybe' })
  expect(server.received.filter(({ body }) => body.includes('INSERT'))).toHaveLength(1)
})

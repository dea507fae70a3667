import { once } from 'node:events'
import { request as nodeRequest } from 'node:http'
import { connect } from 'node:net'
import type { Emulator } from '@chatlayer-tables/emulator'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { environmentOf, startFixture } from './fixture.ts'
import { type HttpProcess, startHttpServer } from './http-server.ts'
import { INITIALIZE } from './process.ts'

let emulator: Emulator
let server: HttpProcess
const servers: HttpProcess[] = []

async function start(...flags: string[]): Promise<HttpProcess> {
  const started = await startHttpServer(environmentOf(emulator), flags)
  servers.push(started)
  return started
}

beforeAll(async () => {
  emulator = await startFixture()
  server = await start('--max-body', '20000', '--allow-origin', 'https://app.example.com')
})

afterEach(() => emulator.reset())

afterAll(async () => {
  await Promise.all(servers.map(({ child }) => child.exitCode ?? child.kill('SIGKILL')))
  await emulator.close()
})

const HEADERS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
}

const LIST_TABLES = call('list_tables', {})

function call(name: string, args: Record<string, unknown>) {
  return { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } }
}

/** Uses node:http, which allows any Host header. */
async function send(
  url: string,
  headers: Record<string, string>,
  message: unknown = LIST_TABLES,
  method = 'POST',
) {
  const req = nodeRequest(url, { method, headers: { ...HEADERS, ...headers } })
  req.end(method === 'POST' ? JSON.stringify(message) : undefined)
  const [res] = await once(req, 'response')
  let text = ''
  for await (const chunk of res.setEncoding('utf8')) text += chunk
  return { status: res.statusCode as number, headers: res.headers, text }
}

describe('access over HTTP', () => {
  it.each(['evil.example.com', 'evil.example.com:80', '127.0.0.1.evil.example.com'])(
    'rejects the host name %j',
    async (host) => {
      const { status, text } = await send(server.url, { host })
      expect([400, 403]).toContain(status)
      expect(text).not.toContain('stores')
    },
  )

  it.each(['localhost', '127.0.0.1:1234', '[::1]:80'])('who calls it %s', async (host) => {
    expect((await send(server.url, { host })).text).toContain('stores')
  })

  it.each(['https://evil.example.com', 'null', 'http://localhost.evil.example.com'])(
    'no page of %s',
    async (origin) => {
      const { status, headers } = await send(server.url, { origin })
      expect(status).toBe(403)
      expect(headers).not.toHaveProperty('access-control-allow-origin')
    },
  )

  it('allows pages of configured origins, with CORS headers', async () => {
    const origin = 'https://app.example.com'
    const asked = await send(server.url, { origin }, undefined, 'OPTIONS')
    expect(asked).toMatchObject({
      status: 204,
      headers: { 'access-control-allow-origin': origin },
    })
    const { status, headers, text } = await send(server.url, { origin })
    expect(status).toBe(200)
    expect(headers['access-control-allow-origin']).toBe(origin)
    expect(text).toContain('stores')
  })

  it('has a health check, and rejects other paths', async () => {
    const health = await send(new URL('/healthz', server.url).href, { host: '10.0.0.7' }, {}, 'GET')
    expect(health).toMatchObject({ status: 200, text: '{"status":"ok"}' })
    expect((await send(new URL('/', server.url).href, {})).status).toBe(404)
  })

  it('limits the calls of a batch by the rate limit', async () => {
    const few = await start('--rate-limit', '10')
    const batch = (size: number) =>
      Array.from({ length: size }, (_, id) => ({ ...LIST_TABLES, id }))
    const headers = { 'mcp-protocol-version': '2025-03-26' }
    const { status, headers: sent } = await send(few.url, headers, batch(11))
    expect(status).toBe(429)
    expect(Number(sent['retry-after'])).toBeGreaterThan(0)
    const others = await start('--rate-limit', '10')
    expect((await send(others.url, headers, batch(8))).status).toBe(200)
    expect((await send(others.url, headers, batch(3))).status).toBe(429)
  })

  it('rejects requests over the rate limit', async () => {
    const slow = await start('--rate-limit', '3')
    const statuses: number[] = []
    for (let round = 0; round < 5; round++) statuses.push((await send(slow.url, {})).status)
    expect(statuses).toEqual([200, 200, 200, 429, 429])
    expect((await send(slow.url, {})).headers['retry-after']).toMatch(/^\d+$/)
    const health = await send(new URL('/healthz', slow.url).href, {}, {}, 'GET')
    expect(health.status).toBe(200)
  })
})

describe('request bodies', () => {
  it('are rejected over the limit, with or without a length', async () => {
    const large = call('query_records', { table: 'x'.repeat(30_000) })
    expect((await send(server.url, {}, large)).status).toBe(413)
    const chunked = await fetch(server.url, {
      method: 'POST',
      headers: HEADERS,
      body: new Blob([JSON.stringify(large)]).stream(),
      duplex: 'half',
    } as RequestInit)
    expect(chunked.status).toBe(413)
    expect((await send(server.url, {})).status).toBe(200)
  })

  it('must be JSON', async () => {
    expect((await send(server.url, { 'content-type': 'text/plain' })).status).toBe(415)
    const broken = await fetch(server.url, { method: 'POST', headers: HEADERS, body: '{"a":' })
    expect(broken.status).toBe(400)
  })

  it('time out', async () => {
    const patient = await start('--request-timeout', '1')
    const { hostname, port } = new URL(patient.url)
    const socket = connect(Number(port), hostname)
    socket.on('error', () => undefined)
    socket.write(
      `POST /mcp HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`,
    )
    const drip = setInterval(() => socket.write(' '), 200)
    let answer = ''
    socket.setEncoding('utf8').on('data', (text) => {
      answer += text
    })
    await once(socket, 'close')
    clearInterval(drip)
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect((await send(patient.url, {})).status).toBe(200)
  })
})

describe('a call over the time limit', () => {
  it('fails with TIMEOUT, and is aborted', async () => {
    const impatient = await start('--request-timeout', '1')
    emulator.faults.set([{ kind: 'hang' }])
    const headers = [{}, { 'mcp-method': 'subscriptions/listen' }]
    for (const { status, text } of await Promise.all(
      headers.map((more) => send(impatient.url, more)),
    )) {
      expect(status).toBe(200)
      expect(text).toContain('TIMEOUT')
      expect(text).toContain('"isError":true')
    }
  })
})

describe('shutdown', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('comes on %s once calls have ended', async (signal) => {
    const ending = await start()
    emulator.faults.set([{ kind: 'latency', ms: 1_000 }])
    const inFlight = send(ending.url, {})
    await expect.poll(() => emulator.requests.log.length, { timeout: 20_000 }).toBeGreaterThan(0)
    const ended = ending.stop(signal)
    expect(await inFlight).toMatchObject({ status: 200 })
    expect((await inFlight).text).toContain('stores')
    expect(await ended).toBe(0)
    await expect(send(ending.url, {})).rejects.toThrow('ECONNREFUSED')
  })

  it('does not wait for idle connections and subscriptions', async () => {
    const ending = await start()
    const { hostname, port } = new URL(ending.url)
    const idle = connect(Number(port), hostname)
    await once(idle, 'connect')
    const listen = {
      jsonrpc: '2.0',
      id: 1,
      method: 'subscriptions/listen',
      params: {
        notifications: {},
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': {},
          'io.modelcontextprotocol/clientInfo': { name: 'x', version: '1' },
        },
      },
    }
    const open = await fetch(ending.url, {
      method: 'POST',
      headers: {
        ...HEADERS,
        'mcp-method': 'subscriptions/listen',
        'mcp-protocol-version': '2026-07-28',
      },
      body: JSON.stringify(listen),
    })
    expect(open.headers.get('content-type')).toContain('text/event-stream')
    expect(await ending.stop()).toBe(0)
    idle.destroy()
    await open.body?.cancel().catch(() => undefined)
  })

  it('reports a port in use in one line', async () => {
    const { host } = new URL(server.url)
    const second = startHttpServer(environmentOf(emulator), [], host)
    await expect(second).rejects.toThrow(/exit 2: .*EADDRINUSE/s)
  })
})

describe('the log', () => {
  it('contains no secret', async () => {
    await send(server.url, { authorization: 'Bearer abc-secret-123' }, { ...INITIALIZE })
    expect(server.stderr()).not.toContain('abc-secret-123')
    expect(server.stderr()).not.toContain(emulator.token)
  })
})

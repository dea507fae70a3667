/** Attacks the page server as a program of this machine could, without the rules of a browser. */
import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { UsageError } from '../src/failures.ts'
import { type Handlers, type PageServer, servePage } from '../src/pages/page-server.ts'

const TABLES = { tables: [] }
let server: PageServer
let stop: AbortController
let hidden: string[]
let handlers: Handlers

beforeEach(async () => {
  stop = new AbortController()
  hidden = []
  handlers = { tables: async () => TABLES }
  server = await serve()
})
afterEach(() => server.close())

function serve(options: { idleMs?: number; port?: number } = {}): Promise<PageServer> {
  return servePage({
    page: 'browse',
    handlers,
    signal: stop.signal,
    messages: {
      hide: (text) => void hidden.push(text ?? ''),
      redact: (text) => hidden.reduce((rest, each) => rest.replaceAll(each, '[token]'), text),
    },
    ...options,
  })
}

const secretOf = ({ url }: PageServer): string => new URL(url).hash.slice(1)
const portOf = ({ url }: PageServer): number => Number(new URL(url).port)

interface Answer {
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

interface Sent {
  readonly method?: string
  readonly path?: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string
}

/** Sends what the page would send, with these differences. */
function send(sent: Sent = {}): Promise<Answer> {
  const { method = 'POST', path = '/api', body = '{"request":"tables","params":{}}' } = sent
  const port = portOf(server)
  const own: OutgoingHttpHeaders = {
    host: `127.0.0.1:${port}`,
    origin: `http://127.0.0.1:${port}`,
    'sec-fetch-site': 'same-origin',
    'content-type': 'application/json',
    authorization: `Bearer ${secretOf(server)}`,
    ...sent.headers,
  }
  const headers = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined))
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, method, path, headers, agent: false }
    const request = httpRequest(options, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: text }),
      )
    })
    request.on('error', reject).end(method === 'GET' || method === 'TRACE' ? '' : body)
  })
}

async function codeOf(sent: Sent): Promise<string> {
  const { status, body } = await send(sent)
  return `${status} ${JSON.parse(body).error?.code}`
}

/** Sends bytes, and returns all that comes back until the server closes the connection. */
function sendBytes(...parts: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(portOf(server), '127.0.0.1')
    let text = ''
    socket.on('data', (part) => {
      text += String(part)
    })
    socket.on('error', reject).on('close', () => resolve(text))
    for (const part of parts) socket.write(part)
  })
}

it('answers its own page', async () => {
  const answer = await send()
  expect(answer).toMatchObject({ status: 200, body: JSON.stringify({ result: TABLES }) })
  await server.opened
})

it('accepts the name localhost, where the origin is the same', async () => {
  const host = `localhost:${portOf(server)}`
  expect((await send({ headers: { host, origin: `http://${host}` } })).status).toBe(200)
  expect(await codeOf({ headers: { host } })).toBe('403 ORIGIN_NOT_ALLOWED')
})

it.each([
  ['of another site', 'https://attacker.example'],
  ['of a sandboxed frame or a file', 'null'],
  ['of another port', 'http://127.0.0.1:1'],
  ['with another scheme', undefined],
  ['missing', ''],
])('rejects a call with an origin %s', async (_, origin) => {
  const wrong = origin ?? `https://127.0.0.1:${portOf(server)}`
  const headers = { origin: wrong === '' ? undefined : wrong }
  expect(await codeOf({ headers })).toBe('403 ORIGIN_NOT_ALLOWED')
})

it.each(['cross-site', 'same-site', 'none'])('rejects a call that is %s', async (site) => {
  expect(await codeOf({ headers: { 'sec-fetch-site': site } })).toBe('403 ORIGIN_NOT_ALLOWED')
})

it('rejects other names that resolve to this machine', async () => {
  const port = portOf(server)
  const hosts = [
    `attacker.example:${port}`,
    'attacker.example',
    '127.0.0.1',
    `127.0.0.1:${port}.attacker.example`,
    `localhost.attacker.example:${port}`,
    `127.0.0.2:${port}`,
    `LOCALHOST:${port}`,
    `0.0.0.0:${port}`,
  ]
  for (const host of hosts) {
    const headers = { host, origin: `http://${host}` }
    expect(await codeOf({ headers })).toBe('403 HOST_NOT_ALLOWED')
    expect(await codeOf({ method: 'GET', path: '/', headers })).toBe('403 HOST_NOT_ALLOWED')
  }
  expect(await sendBytes('GET / HTTP/1.1\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
  expect(await sendBytes('GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 403 /)
})

it('rejects a call without the secret, and each that is nearly it', async () => {
  const secret = secretOf(server)
  expect(secret).toMatch(/^[\w-]{43}$/)
  const wrong = [
    undefined,
    '',
    'Bearer',
    'Bearer ',
    secret,
    `bearer ${secret}`,
    `Bearer ${secret.slice(0, -1)}`,
    `Bearer ${secret}x`,
    `Bearer ${secret.toLowerCase()}`,
    `Bearer ${secret}, Bearer ${secret}`,
  ]
  for (const authorization of wrong) {
    expect(await codeOf({ headers: { authorization } })).toBe('401 WRONG_SECRET')
  }
  const headers = { authorization: undefined, cookie: `secret=${secret}` }
  expect(await codeOf({ headers })).toBe('401 WRONG_SECRET')
  expect(await codeOf({ headers, path: `/api?secret=${secret}` })).toBe('404 NOT_FOUND')
})

it('accepts only JSON, which forms and simple requests cannot send', async () => {
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json; charset=utf-16',
    undefined,
  ]) {
    expect(await codeOf({ headers: { 'content-type': type } })).toBe('415 NOT_JSON')
  }
})

it('answers no other method or path', async () => {
  for (const method of ['OPTIONS', 'TRACE', 'PUT', 'DELETE', 'PATCH', 'GET']) {
    const { status, headers } = await send({ method })
    expect(status).toBe(405)
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  }
  expect((await send({ method: 'HEAD' })).status).toBe(405)
  const paths = [
    '/../../../../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '//etc/passwd',
    '/api/',
    '/api/../api',
    '/API',
    '/?x',
    '/index.html',
    '/favicon.ico',
    `http://127.0.0.1:${portOf(server)}/`,
    '*',
  ]
  for (const path of paths) {
    expect(await codeOf({ method: 'GET', path })).toBe('404 NOT_FOUND')
    expect(await codeOf({ path })).toBe('404 NOT_FOUND')
  }
})

it('closes upgrades and tunnels without an answer', async () => {
  const host = `Host: 127.0.0.1:${portOf(server)}\r\n`
  const upgrade = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n`
  expect(await sendBytes(`GET /api HTTP/1.1\r\n${host}${upgrade}\r\n`)).toBe('')
  expect(await sendBytes(`CONNECT 10.0.0.1:80 HTTP/1.1\r\n${host}\r\n`)).toBe('')
})

it('cannot be included by another page, and sends no page to one', async () => {
  for (const dest of ['script', 'image', 'iframe', 'frame', 'embed', 'object', 'empty', 'style']) {
    const headers = { origin: undefined, 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': dest }
    expect(await codeOf({ method: 'GET', path: '/', headers })).toBe('403 NOT_A_DOCUMENT')
  }
})

it('sends headers that close the page to others, with each answer', async () => {
  const page = await send({
    method: 'GET',
    path: '/',
    headers: { origin: undefined, authorization: undefined, 'sec-fetch-dest': 'document' },
  })
  expect(page.status).toBe(200)
  expect(page.body).not.toContain(secretOf(server))
  const policy = String(page.headers['content-security-policy'])
  expect(policy).toMatch(/^default-src 'none'; script-src 'sha256-/)
  expect(policy).not.toMatch(/unsafe|https?:|\*/)
  const answers = [
    page,
    await send(),
    await send({ path: '/x' }),
    await send({ headers: { origin: 'null' } }),
  ]
  for (const { headers } of answers) {
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
    expect(Object.keys(headers).filter((name) => /access-control|cookie/.test(name))).toEqual([])
  }
})

it('rejects parameters that no page sends', async () => {
  const bodies = [
    '',
    '[',
    'null',
    '[]',
    '{"request":"toString","params":{}}',
    '{"request":"__proto__","params":{}}',
    '{"request":"tables","params":{"more":1}}',
    '{"request":"tables"}',
    '{"request":"tables","params":{},"more":1}',
    '['.repeat(500_000),
  ]
  for (const body of bodies) {
    const { status, body: text } = await send({ body })
    expect(status).toBe(200)
    expect(JSON.parse(text)).toMatchObject({ error: { message: expect.any(String) } })
    expect(JSON.parse(text)).not.toHaveProperty('result')
  }
  const { body } = await send({ body: '{"request":"journal","params":{"limit":5}}' })
  expect(JSON.parse(body).error.message).toBe('this page cannot ask for "journal"')
})

it('reads no more of a body than a page sends', async () => {
  const head = (length: string): string =>
    `POST /api HTTP/1.1\r\nHost: 127.0.0.1:${portOf(server)}\r\nOrigin: http://127.0.0.1:${portOf(server)}\r\n` +
    `Content-Type: application/json\r\nAuthorization: Bearer ${secretOf(server)}\r\n${length}\r\n\r\n`
  expect(await sendBytes(head('Content-Length: 999999999999'))).toMatch(/^HTTP\/1\.1 413 /)
  const chunk = `100000\r\n${' '.repeat(0x10_0000)}\r\n`
  const long = await sendBytes(head('Transfer-Encoding: chunked'), ...Array<string>(5).fill(chunk))
  expect(long).toMatch(/^HTTP\/1\.1 413 /)
  // Without the secret, nothing is read.
  const unread = head('Content-Length: 1000').replace(secretOf(server), 'x')
  expect(await sendBytes(unread)).toMatch(/^HTTP\/1\.1 401 /)
  expect((await send()).status).toBe(200)
})

it('hides secrets in errors', async () => {
  const secret = secretOf(server)
  await server.close()
  handlers = {
    tables: () => Promise.reject(new UsageError(`not ${hidden.join(' ')}`, `use ${hidden[0]}`)),
  }
  server = await serve()
  const { body } = await send()
  expect(body).not.toContain(secret)
  expect(body).not.toContain(secretOf(server))
  expect(JSON.parse(body)).toEqual({
    error: { code: 'NOT_DONE', message: 'not [token] [token]', hint: 'use [token]' },
  })
})

it('ends with the program, and its secret with it', async () => {
  const [first, port] = [secretOf(server), portOf(server)]
  await send()
  stop.abort()
  expect(await server.ended).toBe('interrupted')
  await expect(send()).rejects.toThrow('ECONNREFUSED')
  stop = new AbortController()
  server = await serve({ port })
  expect(await codeOf({ headers: { authorization: `Bearer ${first}` } })).toBe('401 WRONG_SECRET')
  expect((await send()).status).toBe(200)
})

it('aborts the calls in flight when it ends, and those whose browser has left', async () => {
  await server.close()
  const seen: AbortSignal[] = []
  handlers = {
    tables: (_, signal) => {
      seen.push(signal)
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('left')))
      })
    },
  }
  server = await serve()
  const call = send()
  await expect.poll(() => seen.length).toBe(1)
  await server.close()
  await expect(call).rejects.toThrow()
  expect(seen[0]?.aborted).toBe(true)
})

it('ends when it is not used, but not while it works', async () => {
  await server.close()
  const { promise, resolve } = Promise.withResolvers<typeof TABLES>()
  handlers = { tables: () => promise }
  server = await serve({ idleMs: 50 })
  const call = send()
  await server.opened
  await new Promise((ready) => setTimeout(ready, 200))
  resolve(TABLES)
  expect((await call).status).toBe(200)
  expect(await server.ended).toBe('idle')
})

it('reports a port that is in use', async () => {
  await expect(serve({ port: portOf(server) })).rejects.toThrow(/cannot be used: EADDRINUSE/)
})

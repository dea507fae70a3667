import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { Agent as Agent8 } from 'undici'
import { Agent as Agent7 } from 'undici-7'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { HttpDispatcher } from '../../src/send/dispatcher-transport.ts'
import {
  createTransport,
  type Transport,
  type TransportOptions,
  type TransportRequest,
} from '../../src/send/transport.ts'
import { TransportError } from '../../src/send/transport-error.ts'
import { selfSigned } from './self-signed.ts'
import { freePort, httpServer, listen, rawServer, reply } from './servers.ts'

const post = (body: string): TransportRequest => ({
  method: 'POST',
  path: '/action',
  headers: { 'x-mark': 'mine' },
  body,
})
const get: TransportRequest = { method: 'GET', path: '/data', headers: {}, body: undefined }

async function errorOf(answer: Promise<unknown>): Promise<TransportError> {
  const error = await answer.then(
    () => new Error('an answer came'),
    (error: unknown) => error,
  )
  if (error instanceof TransportError) return error
  throw error
}

/** Each way of sending, by the dispatcher that it uses; ours needs none. */
const WAYS: readonly [string, ((options: DispatcherOptions) => HttpDispatcher) | undefined][] = [
  ['node:http', undefined],
  ['a dispatcher of undici 8', (options) => new Agent8({ ...options, allowH2: false })],
  ['a dispatcher of undici 7', (options) => new Agent7(options)],
]

interface DispatcherOptions {
  readonly connections: number
}

describe.each(WAYS)('by %s', (_, makeDispatcher) => {
  function create(options: Partial<TransportOptions>): Transport {
    const { connections = 4 } = options
    const dispatcher = makeDispatcher?.({ connections })
    if (dispatcher instanceof Agent7 || dispatcher instanceof Agent8) {
      onTestFinished(() => dispatcher.destroy())
    }
    return createTransport({
      origin: '',
      connections,
      connectTimeoutMs: 5000,
      maxResponseBytes: 1_000_000,
      dispatcher,
      ...options,
    })
  }

  function transportTo(origin: string, options: Partial<TransportOptions> = {}): Transport {
    const transport = create({ origin, ...options })
    onTestFinished(() => transport.close())
    return transport
  }

  describe('an answer', () => {
    test('comes with status, headers in lower case and the whole text', async () => {
      const server = await rawServer((socket) => {
        socket.write('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n')
        socket.write('HTTP/1.1 201 Made\r\nContent-Type: text/plain\r\nX-Two: a\r\nX-Two: b\r\n')
        socket.write('transfer-encoding: chunked\r\n\r\n4\r\nZoë\r\n0\r\n\r\n')
      })
      const { exchange } = transportTo(server.origin)
      const body = JSON.stringify({ naam: 'Zoë' })
      await expect(exchange(post(body), 5000).answer).resolves.toEqual({
        status: 201,
        headers: expect.objectContaining({ 'content-type': 'text/plain', 'x-two': ['a', 'b'] }),
        text: 'Zoë',
      })
      expect(server.received[0]).toMatchObject({
        method: 'POST',
        path: '/action',
        headers: { 'x-mark': 'mine', 'content-length': String(Buffer.byteLength(body)) },
      })
      expect(Buffer.from(server.received[0]?.body ?? '', 'latin1').toString()).toBe(body)
    })

    test('is joined from chunks that cut a character', async () => {
      const bytes = Buffer.from('"Zoë 😀"')
      const server = await rawServer(async (socket) => {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${bytes.length}\r\n\r\n`)
        for (const byte of bytes) {
          socket.write(Buffer.from([byte]))
          await delay(2)
        }
      })
      const { text } = await transportTo(server.origin).exchange(get, 5000).answer
      expect(text).toBe('"Zoë 😀"')
    })

    test('may have no body', async () => {
      const server = await rawServer((socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n'))
      const answer = await transportTo(server.origin).exchange(get, 5000).answer
      expect(answer).toMatchObject({ status: 204, text: '' })
    })

    test('a redirect is an answer like any other', async () => {
      const other = await rawServer((socket) => socket.write(reply({})))
      const server = await rawServer((socket) =>
        socket.write(reply({}, 307, { location: `${other.origin}/elsewhere` })),
      )
      const answer = await transportTo(server.origin).exchange(post('{}'), 5000).answer
      expect(answer.status).toBe(307)
      expect(other.received).toHaveLength(0)
    })
  })

  describe('nothing was sent', () => {
    test('when the connection is refused', async () => {
      const { exchange } = transportTo(`http://127.0.0.1:${await freePort()}`)
      expect(await errorOf(exchange(post('{}'), 5000).answer)).toMatchObject({
        reason: 'unreachable',
        sent: false,
        code: 'ECONNREFUSED',
      })
    })

    test('when the certificate is not trusted', async () => {
      let requests = 0
      const port = await listen(
        createTlsServer(selfSigned(), (_, response) => {
          requests += 1
          response.end()
        }),
      )
      const { exchange } = transportTo(`https://127.0.0.1:${port}`)
      expect(await errorOf(exchange(post('{}'), 5000).answer)).toMatchObject({
        reason: 'untrusted',
        sent: false,
        code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
      })
      expect(requests).toBe(0)
    })

    test('when the server does not speak TLS', async () => {
      const server = await httpServer((_, response) => response.end())
      const { exchange } = transportTo(`https://127.0.0.1:${server.port}`)
      expect(await errorOf(exchange(post('{}'), 5000).answer)).toMatchObject({
        reason: 'untrusted',
        sent: false,
      })
      expect(server.received).toHaveLength(0)
    })

    test.each(['times out', 'is withdrawn'])(
      'when it %s while it waits for a connection, and it never goes out later',
      async (how) => {
        let answerFirst = () => {}
        const server = await rawServer((socket, _, count) => {
          if (count > 1) socket.write(reply({}))
          else answerFirst = () => socket.write(reply({}))
        })
        const transport = transportTo(server.origin, { connections: 1 })
        const first = transport.exchange(get, 5000)
        const second = transport.exchange(post('{"n":2}'), how === 'times out' ? 50 : 5000)
        if (how === 'is withdrawn') second.withdraw()
        expect(await errorOf(second.answer)).toMatchObject({
          reason: how === 'times out' ? 'timeout' : 'withdrawn',
          sent: false,
        })
        await expect.poll(() => server.received.length).toBe(1)
        answerFirst()
        await first.answer
        // The connection is still open and serves the next request.
        await transport.exchange(get, 5000).answer
        expect(server.received.map(({ method, connection }) => [method, connection])).toEqual([
          ['GET', 0],
          ['GET', 0],
        ])
      },
    )
  })

  describe('a POST is never sent twice', () => {
    test('when the connection is reset before an answer', async () => {
      const server = await rawServer((socket) => socket.resetAndDestroy())
      const error = await errorOf(transportTo(server.origin).exchange(post('{}'), 5000).answer)
      expect(error).toMatchObject({ reason: 'broken', sent: true, status: undefined })
      await delay(50)
      expect(server.received).toHaveLength(1)
    })

    test('when the connection is closed without an answer', async () => {
      const server = await rawServer((socket) => socket.end())
      const error = await errorOf(transportTo(server.origin).exchange(post('{}'), 5000).answer)
      expect(error).toMatchObject({ reason: 'broken', sent: true })
      await delay(50)
      expect(server.received).toHaveLength(1)
    })

    test('when a kept connection turns out to be stale', async () => {
      // The server closes an idle connection just as the next request is written.
      const server = await rawServer((socket, request) => {
        if (request.body === '{"n":1}') socket.write(reply({}))
        else socket.resetAndDestroy()
      })
      const transport = transportTo(server.origin, { connections: 1 })
      await transport.exchange(post('{"n":1}'), 5000).answer
      const error = await errorOf(transport.exchange(post('{"n":2}'), 5000).answer)
      expect(error).toMatchObject({ reason: 'broken', sent: true })
      await delay(50)
      expect(server.received.map(({ body }) => body)).toEqual(['{"n":1}', '{"n":2}'])
    })

    test('when others wait for the same connection', async () => {
      const server = await rawServer((socket, _, count) => {
        if (count % 3 === 0) socket.resetAndDestroy()
        else socket.write(reply({}))
      })
      const transport = transportTo(server.origin, { connections: 2 })
      const bodies = Array.from({ length: 60 }, (_, n) => JSON.stringify({ n }))
      const ends = await Promise.allSettled(
        bodies.map((body) => transport.exchange(post(body), 5000).answer),
      )
      await delay(50)
      expect(server.received.map(({ body }) => body).toSorted()).toEqual(bodies.toSorted())
      expect(ends.filter(({ status }) => status === 'rejected')).toHaveLength(20)
    })

    test('an idle connection that was closed properly is not used', async () => {
      const server = await rawServer((socket) => socket.end(reply({})))
      const transport = transportTo(server.origin, { connections: 1 })
      for (let n = 0; n < 5; n++) {
        await transport.exchange(post(JSON.stringify({ n })), 5000).answer
        await delay(10)
      }
      expect(server.received.map(({ connection }) => connection)).toEqual([0, 1, 2, 3, 4])
    })
  })

  describe('the response must be complete', () => {
    test.each([
      ['of a known length', 'content-length: 100\r\n\r\n{"data":'],
      ['in chunks', 'transfer-encoding: chunked\r\n\r\n8\r\n{"data":\r\n'],
    ])('a body that is cut, %s', async (_, rest) => {
      const server = await rawServer((socket) => socket.end(`HTTP/1.1 200 OK\r\n${rest}`))
      const error = await errorOf(transportTo(server.origin).exchange(get, 5000).answer)
      expect(error).toMatchObject({ reason: 'broken', sent: true, status: 200 })
    })

    test('a slow response times out, though each byte arrives in time', async () => {
      const server = await rawServer((socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n')
        const drip = setInterval(() => socket.write('x'), 10)
        socket.on('close', () => clearInterval(drip))
      })
      const error = await errorOf(transportTo(server.origin).exchange(get, 200).answer)
      expect(error).toMatchObject({ reason: 'timeout', sent: true, status: 200 })
      expect(error.message).toBe('no complete response within 200 ms')
    })

    test('one that is there when the time is over is used, even if this process was held up', async () => {
      const server = await rawServer((socket) => {
        socket.write(reply({ n: 1 }))
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)
      })
      const { answer } = transportTo(server.origin).exchange(get, 200)
      await expect(answer).resolves.toMatchObject({ status: 200 })
    })

    test('a server that hangs causes a timeout', async () => {
      const server = await rawServer(() => {})
      const error = await errorOf(transportTo(server.origin).exchange(get, 50).answer)
      expect(error).toMatchObject({ reason: 'timeout', sent: true, status: undefined })
    })

    test('a response over the size limit is not read to its end', async () => {
      let written = 0
      const server = await rawServer((socket) => {
        socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n')
        const flood = setInterval(() => {
          written += 10_000
          socket.write(`2710\r\n${'x'.repeat(10_000)}\r\n`)
        }, 1)
        socket.on('close', () => clearInterval(flood))
      })
      const transport = transportTo(server.origin, { maxResponseBytes: 100_000 })
      const error = await errorOf(transport.exchange(get, 5000).answer)
      expect(error).toMatchObject({ reason: 'too-large', sent: true, status: 200 })
      await delay(20)
      expect(written).toBeLessThan(1_000_000)
    })

    test('an invalid HTTP response is an error', async () => {
      const server = await rawServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n\r\n'))
      const error = await errorOf(transportTo(server.origin).exchange(get, 5000).answer)
      expect(error).toMatchObject({ reason: 'broken', sent: true })
    })
  })

  describe('withdrawing', () => {
    test('in flight ends it and its connection', async () => {
      let arrived = () => {}
      const arrival = new Promise<void>((resolve) => {
        arrived = resolve
      })
      let closed = false
      const server = await rawServer((socket) => {
        socket.on('close', () => {
          closed = true
        })
        arrived()
      })
      const exchange = transportTo(server.origin).exchange(post('{}'), 5000)
      await arrival
      exchange.withdraw()
      expect(await errorOf(exchange.answer)).toMatchObject({ reason: 'withdrawn', sent: true })
      await expect.poll(() => closed).toBe(true)
    })

    test('after the answer does nothing', async () => {
      const server = await rawServer((socket) => socket.write(reply({})))
      const exchange = transportTo(server.origin).exchange(post('{}'), 5000)
      await exchange.answer
      exchange.withdraw()
    })
  })

  test('closing waits for requests in flight', async () => {
    const server = await rawServer(async (socket) => {
      await delay(50)
      socket.write(reply({ late: true }))
    })
    const transport = create({ origin: server.origin, connections: 1 })
    const { answer } = transport.exchange(post('{}'), 5000)
    const closing = transport.close()
    expect((await answer).text).toBe('{"late":true}')
    await closing
    expect(await errorOf(transport.exchange(get, 100).answer)).toMatchObject({ sent: false })
  })

  describe('a connection', () => {
    test('carries one request at a time, and there are no more than allowed', async () => {
      const busy = new Map<number, number>()
      const server = await rawServer(async (socket, { connection }) => {
        const now = (busy.get(connection) ?? 0) + 1
        busy.set(connection, now)
        await delay(1)
        socket.write(reply(now))
        busy.set(connection, now - 1)
      })
      const transport = transportTo(server.origin, { connections: 3 })
      const all = Array.from({ length: 30 }, () => transport.exchange(post('{}'), 5000).answer)
      const answers = await Promise.all(all)
      expect(answers.map(({ text }) => text)).toEqual(Array(30).fill('1'))
      expect(server.connections()).toBe(3)
    })

    test('on which a second response came has no further request', async () => {
      const server = await rawServer(async (socket, { body }) => {
        socket.write(reply({ to: body }))
        await delay(20)
        socket.write(reply({ to: 'nothing' }))
      })
      const transport = transportTo(server.origin, { connections: 1 })
      await transport.exchange(post('1'), 5000).answer
      await delay(50)
      expect((await transport.exchange(post('2'), 5000).answer).text).toBe('{"to":"2"}')
      expect(server.received.map(({ connection }) => connection)).toEqual([0, 1])
    })

    test('whose response is longer than announced has no further request', async () => {
      const server = await rawServer((socket, { body }) =>
        socket.write(`${reply({ to: body })}${reply({ to: 'nothing' })}`),
      )
      const transport = transportTo(server.origin, { connections: 1 })
      await transport.exchange(post('1'), 5000).answer.catch(() => {})
      const second = await transport.exchange(post('2'), 5000).answer.catch(() => undefined)
      expect(second?.text ?? '{"to":"2"}').toBe('{"to":"2"}')
      expect(server.received.map(({ connection }) => connection)).toEqual([0, 1])
    })

    test('is closed in time when the server announces that it will close it', async () => {
      const server = await rawServer((socket) =>
        socket.write(reply({}, 200, { 'keep-alive': 'timeout=1' })),
      )
      const transport = transportTo(server.origin)
      await transport.exchange(get, 5000).answer
      await transport.exchange(get, 5000).answer
      expect(server.received.map(({ connection }) => connection)).toEqual([0, 1])
    })

    test('that is still being opened never carries a request that was withdrawn', async () => {
      const server = await rawServer((socket) => socket.write(reply({})))
      const transport = transportTo(server.origin, { connections: 1 })
      const { answer, withdraw } = transport.exchange(post('1'), 5000)
      withdraw()
      expect(await errorOf(answer)).toMatchObject({ reason: 'withdrawn', sent: false })
      await transport.exchange(post('2'), 5000).answer
      expect(server.received).toMatchObject([{ body: '2' }])
    })

    test('that switches protocols is an error', async () => {
      const server = await rawServer((socket) =>
        socket.write('HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
      )
      const error = await errorOf(transportTo(server.origin).exchange(get, 5000).answer)
      expect(error).toMatchObject({ reason: 'broken', sent: true })
    })
  })
})

describe('by node:http, a TLS handshake', () => {
  function open(port: number, connectTimeoutMs = 5000) {
    const origin = `https://127.0.0.1:${port}`
    const limits = { connections: 1, connectTimeoutMs, maxResponseBytes: 1000 }
    const transport = createTransport({ origin, ...limits })
    onTestFinished(() => transport.close())
    return transport.exchange(get, 5000).answer
  }

  test('that takes too long is no connection', async () => {
    const port = await listen(createServer(() => {}))
    expect(await errorOf(open(port, 50))).toMatchObject({
      reason: 'unreachable',
      sent: false,
      code: 'ETIMEDOUT',
    })
  })

  test.each(['end', 'resetAndDestroy'] as const)('that the server ends by %s', async (how) => {
    const port = await listen(createServer((socket) => socket.once('data', () => socket[how]())))
    expect(await errorOf(open(port))).toMatchObject({
      reason: 'unreachable',
      sent: false,
      code: 'ECONNRESET',
    })
  })

  test('is given up when the transport closes', async () => {
    let closed = 0
    const server = createServer((socket) => {
      socket
        .on('error', () => {})
        .on('close', () => {
          closed += 1
        })
    })
    const origin = `https://127.0.0.1:${await listen(server)}`
    const limits = { connections: 1, connectTimeoutMs: 600_000, maxResponseBytes: 1000 }
    const transport = createTransport({ origin, ...limits })
    const { answer, withdraw } = transport.exchange(get, 5000)
    const connected = once(server, 'connection')
    withdraw()
    expect(await errorOf(answer)).toMatchObject({ reason: 'withdrawn', sent: false })
    await connected
    await transport.close()
    await expect.poll(() => closed).toBe(1)
  })
})

describe('by node:http, a request that is given up', () => {
  test.each(['http', 'https'])('is not delivered by the system later: %s', async (scheme) => {
    const certificate = selfSigned()
    const bodies: string[] = []
    const answer: RequestListener = async (request, response) => {
      let body = ''
      try {
        for await (const chunk of request) body += String(chunk)
      } catch {
        return
      }
      bodies.push(body)
      response.end('{}')
    }
    const server =
      scheme === 'https' ? createTlsServer(certificate, answer) : createHttpServer(answer)
    const target = await listen(server)
    if (scheme === 'https') trust(certificate.cert)
    // What is in front stops reading, so that the request stays in the buffers of the systems.
    const taken: Socket[] = []
    const front = createServer((socket) => {
      taken.push(socket.on('error', () => {}))
      const behind = connect(target, '127.0.0.1').on('error', () => {})
      socket.pipe(behind).pipe(socket)
      socket.on('close', () => behind.destroy())
    })
    const port = await listen(front)
    const transport = createTransport({
      origin: `${scheme}://localhost:${port}`,
      connections: 1,
      connectTimeoutMs: 5000,
      maxResponseBytes: 1000,
    })
    onTestFinished(() => transport.close())
    await transport.exchange(post('first'), 5000).answer
    const [socket] = taken
    if (socket === undefined) throw new Error('no connection')
    socket.pause()
    const second = transport.exchange(post('x'.repeat(1_000_000)), 300)
    expect(await errorOf(second.answer)).toMatchObject({ reason: 'timeout', sent: true })
    const closed = new Promise((resolve) => socket.on('close', resolve))
    socket.resume()
    await closed
    await transport.exchange(post('third'), 5000).answer
    expect(bodies).toEqual(['first', 'third'])
  })
})

/** Trusts a certificate until the test is over. */
function trust(certificate: string): void {
  const before = getCACertificates()
  setDefaultCACertificates([...before, certificate])
  onTestFinished(() => setDefaultCACertificates(before))
}

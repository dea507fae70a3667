import { setTimeout as delay } from 'node:timers/promises'
import { basicAuthorization, type TableAction } from '@chatlayer-tables/contract'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { RequestEvent, RetryEvent } from '../../src/send/hooks.ts'
import { createSender, type Sender, type SenderOptions } from '../../src/send/sender.ts'
import { freePort, httpServer, rawServer, reply, sendJson } from './servers.ts'

const token = 'someone:Pa55wordPa55word'
const page = { data: [{ id: 'a', values: { n: 1 } }], meta: { total: 1 } }
const insertBody: TableAction = { type: 'INSERT', fields: [{ columnName: 'n', value: '1' }] }

function senderTo(origin: string, options: Partial<SenderOptions> = {}): Sender {
  const sender = createSender({
    connection: { origin, prefix: '/api/v1', teamId: 't', botId: 'b' },
    authorization: basicAuthorization(token),
    ...options,
  })
  onTestFinished(() => sender.close())
  return sender
}

type Options = Parameters<Sender['send']>[2]

const read = (sender: Sender, options?: Options) =>
  sender.send('getTableData', { params: { tableId: 'x' }, query: { version: 'DRAFT' } }, options)

const act = (sender: Sender, body: TableAction, options?: Options) =>
  sender.send(
    'performTableAction',
    { params: { tableId: 'x' }, query: { version: 'DRAFT' }, body },
    options,
  )

const insert = (sender: Sender, options?: Options) => act(sender, insertBody, options)

describe('a call that succeeds', () => {
  test('sends what it should and gives the body, the times and the attempts', async () => {
    const server = await httpServer((_, response) =>
      sendJson(response, page, 200, { date: 'Sun, 01 Mar 2026 12:00:00 GMT' }),
    )
    const sender = senderTo(server.origin, { userAgent: 'tests/1' })
    const answer = await insert(sender)
    expect(answer).toEqual({
      body: page,
      serverDate: Date.parse('2026-03-01T12:00:00Z'),
      attempts: 1,
    })
    expect(server.received).toHaveLength(1)
    expect(server.received[0]).toMatchObject({
      method: 'POST',
      path: '/api/v1/teams/t/bots/b/tables/x/action?version=DRAFT',
      headers: {
        authorization: basicAuthorization(token),
        accept: 'application/json',
        'content-type': 'application/json',
        'user-agent': expect.stringMatching(/^chatlayer-tables-core\/\S+ tests\/1$/),
      },
      body: JSON.stringify(insertBody),
    })
    expect(server.received[0]?.headers).not.toHaveProperty('accept-encoding')
    expect(sender.stats()).toMatchObject({
      inFlight: 0,
      queued: 0,
      sent: 1,
      succeeded: 1,
      failed: 0,
      retried: 0,
      throttled: 0,
      limit: 8,
      pace: undefined,
      pausedMs: 0,
    })
  })

  test('keeps at most the maximum in flight', async () => {
    let now = 0
    let most = 0
    const server = await httpServer(async (_, response) => {
      now += 1
      most = Math.max(most, now)
      await delay(5)
      now -= 1
      sendJson(response, page)
    })
    const sender = senderTo(server.origin, { concurrency: { max: 3 } })
    await Promise.all(Array.from({ length: 30 }, () => read(sender)))
    expect(most).toBe(3)
  })
})

describe('what is sent again', () => {
  test('a read whose connection broke, until it succeeds', async () => {
    const server = await rawServer((socket, _, count) => {
      if (count < 4) socket.resetAndDestroy()
      else socket.write(reply(page))
    })
    const sender = senderTo(server.origin)
    expect(await read(sender)).toMatchObject({ body: page, attempts: 4 })
    expect(sender.stats()).toMatchObject({ sent: 4, succeeded: 1, failed: 0, retried: 3 })
  })

  test.each(['SELECT', 'getTableData'])('%s, but no more often than allowed', async (what) => {
    const server = await rawServer((socket) => socket.resetAndDestroy())
    const sender = senderTo(server.origin)
    const call = what === 'SELECT' ? act(sender, { type: 'SELECT' }) : read(sender)
    await expect(call).rejects.toMatchObject({
      code: 'CONNECTION',
      executed: 'maybe',
      request: { attempts: 5 },
      message: expect.stringContaining('it was tried 5 times'),
    })
    expect(server.received).toHaveLength(5)
    expect(sender.stats()).toMatchObject({ sent: 5, failed: 1 })
  })

  test.each(['INSERT', 'UPDATE', 'DELETE'] as const)(
    'not %s, when it may have been executed',
    async (type) => {
      for (const react of [
        (socket: { resetAndDestroy: () => void }) => socket.resetAndDestroy(),
        (socket: { write: (text: string) => void }) => socket.write(reply({}, 503)),
        (socket: { write: (text: string) => void }) => socket.write(reply('<html>')),
      ]) {
        const server = await rawServer(react)
        await expect(act(senderTo(server.origin), { type })).rejects.toMatchObject({
          executed: 'maybe',
          request: { action: type, attempts: 1 },
        })
        await delay(20)
        expect(server.received).toHaveLength(1)
      }
    },
  )

  test('a write marked as repeatable; that it may have been executed is kept', async () => {
    const server = await rawServer((socket, _, count) => {
      if (count === 1) socket.resetAndDestroy()
      else socket.write(reply({ message: 'no such column' }, 400))
    })
    await expect(
      act(senderTo(server.origin), { type: 'DELETE' }, { repeatable: true }),
    ).rejects.toMatchObject({
      code: 'REJECTED',
      executed: 'maybe',
      gatewayMessage: 'no such column',
      request: { attempts: 2 },
    })
  })

  test('an INSERT that found no connection', async () => {
    const port = await freePort()
    const retries: RetryEvent[] = []
    let starting: Promise<{ received: readonly unknown[] }> | undefined
    const sender = senderTo(`http://127.0.0.1:${port}`, {
      hooks: {
        onRetry(event) {
          retries.push(event)
          starting ??= httpServer((_, response) => sendJson(response, {}), port)
        },
      },
    })
    const answer = await insert(sender)
    expect(answer.attempts).toBe(retries.length + 1)
    expect(retries[0]).toMatchObject({
      failure: { kind: 'unreachable' },
      why: 'nothing was executed',
    })
    expect((await starting)?.received).toHaveLength(1)
  })

  test('nothing, with a maximum of one attempt', async () => {
    const server = await rawServer((socket) => socket.resetAndDestroy())
    const sender = senderTo(server.origin, { maxAttempts: 1 })
    await expect(read(sender)).rejects.toMatchObject({ code: 'CONNECTION' })
    expect(server.received).toHaveLength(1)
  })

  test('less and less in an outage: the calls of a client share its budget', async () => {
    const server = await httpServer((_, response) => sendJson(response, {}, 503))
    const sender = senderTo(server.origin)
    const ends = await Promise.allSettled(Array.from({ length: 200 }, () => read(sender)))
    expect(ends.every(({ status }) => status === 'rejected')).toBe(true)
    expect(server.received.length).toBe(200 + 50)
    await expect(read(sender)).rejects.toThrow('too many requests failed recently')
  })
})

describe('a rate limit', () => {
  test.each([
    ['in seconds', () => '1'],
    ['as a date', () => new Date(Math.ceil(Date.now() / 1000) * 1000 + 1000).toUTCString()],
  ])('Retry-After %s holds all senders back, and no INSERT is lost', async (_, retryAfter) => {
    const times: number[] = []
    const server = await httpServer((_request, response, count) => {
      times.push(performance.now())
      if (count > 2 && count <= 4) sendJson(response, {}, 429, { 'retry-after': retryAfter() })
      else sendJson(response, {})
    })
    const sender = senderTo(server.origin, { concurrency: { max: 2 }, keepShortPauses: true })
    await Promise.all(Array.from({ length: 5 }, () => insert(sender)))
    expect(server.received).toHaveLength(7)
    const gaps = times.slice(1).map((time, n) => time - (times[n] ?? 0))
    expect(Math.max(...gaps)).toBeGreaterThanOrEqual(900)
    expect(sender.stats()).toMatchObject({ throttled: 2, retried: 2, succeeded: 5, failed: 0 })
    expect(sender.stats().pausedMs).toBeGreaterThanOrEqual(900)
    expect(sender.stats().pace).toBeGreaterThan(0)
  })

  test('is probed by one request alone', async () => {
    const server = await httpServer((_request, response, count) => {
      if (count === 3) sendJson(response, {}, 429, { 'retry-after': '2' })
      else sendJson(response, {})
    })
    const sender = senderTo(server.origin, { concurrency: { max: 2 } })
    const started = performance.now()
    await Promise.all(Array.from({ length: 5 }, () => insert(sender)))
    expect(performance.now() - started).toBeLessThan(1500)
    expect(sender.stats()).toMatchObject({ throttled: 1, succeeded: 5, failed: 0 })
  })

  test('that reports what remains is not exceeded', async () => {
    let used = 0
    const server = await httpServer((_request, response) => {
      used += 1
      if (used > 20) sendJson(response, {}, 429, { 'retry-after-short': '1' })
      else {
        const headers = {
          'x-ratelimit-remaining-short': String(20 - used),
          'x-ratelimit-reset-short': '1',
        }
        sendJson(response, {}, 200, headers)
      }
    })
    const timer = setInterval(() => {
      used = 0
    }, 1000)
    const sender = senderTo(server.origin)
    await Promise.all(Array.from({ length: 30 }, () => insert(sender)))
    clearInterval(timer)
    expect(sender.stats()).toMatchObject({ throttled: 0, succeeded: 30 })
  })

  test('does not count against the attempts', async () => {
    const server = await httpServer((_, response, count) => {
      if (count <= 3) sendJson(response, {}, 429, { 'x-ratelimit-reset': '0.2' })
      else sendJson(response, page)
    })
    const sender = senderTo(server.origin, { maxAttempts: 1 })
    expect(await read(sender)).toMatchObject({ attempts: 4 })
  })

  test('that asks for more time than the call has fails it at once, and the next call without an attempt', async () => {
    const server = await httpServer((_, response) =>
      sendJson(response, { message: 'slow down' }, 429, { 'retry-after': '3600' }),
    )
    const sender = senderTo(server.origin)
    await expect(insert(sender)).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      executed: 'no',
      status: 429,
      retryAfterMs: 3_600_000,
      gatewayMessage: 'slow down',
      message: expect.stringMatching(/asks to wait 1 h, and the call has 2 min left/),
    })
    await expect(insert(sender, { timeoutMs: 5000 })).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      executed: 'no',
      request: { attempts: 0 },
      message: expect.stringContaining('longer than the timeout of this call'),
    })
    expect(server.received).toHaveLength(1)
  })

  test('503 that asks for more time than the call has is reported the same way', async () => {
    const server = await httpServer((_, response) =>
      sendJson(response, { message: 'closed' }, 503, { 'retry-after': '3600' }),
    )
    const sender = senderTo(server.origin)
    const expected = {
      code: 'GATEWAY',
      status: 503,
      retryAfterMs: 3_600_000,
      gatewayMessage: 'closed',
    }
    await expect(read(sender)).rejects.toMatchObject({
      ...expected,
      message: expect.stringMatching(/asks to wait 1 h, and the call has 2 min left/),
    })
    // A new client, since the first one is paused by now.
    await expect(insert(senderTo(server.origin))).rejects.toMatchObject({
      ...expected,
      executed: 'maybe',
      hint: expect.stringContaining('It asks to wait 1 h.'),
    })
    // A call that the pause holds back reports the same cause, not a rate limit.
    const held = senderTo(server.origin)
    await expect(read(held)).rejects.toMatchObject({ ...expected, request: { attempts: 1 } })
    await expect(read(held, { timeoutMs: 5000 })).rejects.toMatchObject({
      code: 'GATEWAY',
      status: 503,
      executed: 'no',
      request: { attempts: 0 },
      message: expect.stringContaining('longer than the timeout of this call'),
    })
    expect(server.received).toHaveLength(3)
  })

  test('set by hand is kept', async () => {
    const server = await httpServer((_, response) => sendJson(response, {}))
    const sender = senderTo(server.origin, { rate: { perSecond: 50 } })
    const from = performance.now()
    await Promise.all(Array.from({ length: 20 }, () => insert(sender)))
    expect(performance.now() - from).toBeGreaterThanOrEqual(350)
    expect(sender.stats()).toMatchObject({ pace: 50, throttled: 0 })
  })
})

describe('time', () => {
  test('of an attempt', async () => {
    const server = await rawServer(() => {})
    const sender = senderTo(server.origin, { attemptTimeoutMs: 50 })
    await expect(insert(sender)).rejects.toMatchObject({
      code: 'TIMEOUT',
      executed: 'maybe',
      message: expect.stringContaining('no complete response within 50 ms'),
    })
    expect(server.received).toHaveLength(1)
  })

  test('of a call, over all its attempts', async () => {
    const server = await rawServer(() => {})
    const sender = senderTo(server.origin, { attemptTimeoutMs: 60 })
    await expect(read(sender, { timeoutMs: 100 })).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect(server.received.length).toBeLessThanOrEqual(2)
  })

  test('of a call, as a moment', async () => {
    const server = await rawServer(() => {})
    const sender = senderTo(server.origin)
    const deadline = performance.now() + 50
    await expect(insert(sender, { deadline })).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect(performance.now()).toBeGreaterThanOrEqual(deadline - 2)
  })

  test('of a call that never gets its turn', async () => {
    const server = await rawServer(() => {})
    const sender = senderTo(server.origin, { connections: 1, attemptTimeoutMs: 500 })
    const first = insert(sender).catch((error: unknown) => error)
    await expect(insert(sender, { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'TIMEOUT',
      executed: 'no',
      request: { attempts: 0 },
      message: expect.stringContaining('waited for its turn'),
    })
    expect(sender.stats().queued).toBe(0)
    await first
    expect(server.received).toHaveLength(1)
  })
})

describe('an abort', () => {
  const reason = new Error('no longer wanted')

  test('before the call sends nothing', async () => {
    const server = await httpServer((_, response) => sendJson(response, {}))
    const sender = senderTo(server.origin)
    await expect(insert(sender, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(server.received).toHaveLength(0)
  })

  test('in flight', async () => {
    const server = await rawServer(() => {})
    const ends: unknown[] = []
    const onResponse = (event: unknown) => void ends.push(event)
    const sender = senderTo(server.origin, { hooks: { onResponse } })
    const abort = new AbortController()
    const call = insert(sender, { signal: abort.signal })
    await expect.poll(() => server.received.length).toBe(1)
    abort.abort(reason)
    await expect(call).rejects.toBe(reason)
    expect(sender.stats()).toMatchObject({ inFlight: 0, queued: 0, failed: 0 })
    expect(ends).toMatchObject([
      { origin: server.origin, status: undefined, failure: { kind: 'aborted' } },
    ])
  })

  test('while waiting for a turn leaves no trace', async () => {
    const server = await httpServer(async (_, response) => {
      await delay(50)
      sendJson(response, {})
    })
    const sender = senderTo(server.origin, { connections: 1 })
    const first = insert(sender)
    const abort = new AbortController()
    const second = insert(sender, { signal: abort.signal })
    const third = insert(sender)
    expect(sender.stats().queued).toBe(2)
    abort.abort(reason)
    await expect(second).rejects.toBe(reason)
    expect(sender.stats().queued).toBe(1)
    await Promise.all([first, third])
    expect(server.received).toHaveLength(2)
  })

  test('while waiting to try again', async () => {
    const server = await httpServer((_, response) =>
      sendJson(response, {}, 503, { 'retry-after': '30' }),
    )
    const abort = new AbortController()
    const sender = senderTo(server.origin, { hooks: { onRetry: () => abort.abort(reason) } })
    await expect(read(sender, { signal: abort.signal })).rejects.toBe(reason)
    expect(server.received).toHaveLength(1)
  })

  test('while all are held back by a rate limit', async () => {
    const server = await httpServer((_, response) =>
      sendJson(response, {}, 429, { 'retry-after': '30' }),
    )
    const sender = senderTo(server.origin)
    const abort = new AbortController()
    const calls = Array.from({ length: 5 }, () => insert(sender, { signal: abort.signal }))
    await expect.poll(() => sender.stats().throttled).toBe(5)
    abort.abort(reason)
    const ends = await Promise.allSettled(calls)
    expect(ends).toEqual(Array.from({ length: 5 }, () => ({ status: 'rejected', reason })))
    expect(sender.stats()).toMatchObject({ inFlight: 0, queued: 0 })
  })

  test('by a hook, just before the request goes out', async () => {
    const server = await httpServer((_, response) => sendJson(response, {}))
    const abort = new AbortController()
    const sender = senderTo(server.origin, { hooks: { onRequest: () => abort.abort(reason) } })
    await expect(insert(sender, { signal: abort.signal })).rejects.toBe(reason)
    await delay(20)
    expect(server.received).toHaveLength(0)
  })

  test('leaves no listener behind', async () => {
    const server = await httpServer((_, response) => sendJson(response, {}))
    const sender = senderTo(server.origin)
    const { signal } = new AbortController()
    const add = vi.spyOn(signal, 'addEventListener')
    const remove = vi.spyOn(signal, 'removeEventListener')
    await insert(sender, { signal })
    expect(add).toHaveBeenCalledTimes(1)
    expect(remove).toHaveBeenCalledTimes(1)
  })
})

describe('unusable responses', () => {
  test('a redirect is not followed, and no token goes to another host', async () => {
    const other = await rawServer((socket) => socket.write(reply(page)))
    const server = await rawServer((socket) =>
      socket.write(reply('', 302, { location: `${other.origin}/api/v1` })),
    )
    await expect(read(senderTo(server.origin))).rejects.toMatchObject({
      code: 'GATEWAY',
      status: 302,
      message: expect.stringContaining('redirect, which is not followed'),
      hint: expect.stringContaining('base URL'),
    })
    expect(server.received).toHaveLength(1)
    expect(other.connections()).toBe(0)
  })

  test('an HTML page is reported as such', async () => {
    const server = await httpServer((_, response) =>
      sendJson(response, '<html><title>Sign in</title>', 200, { 'content-type': 'text/html' }),
    )
    await expect(insert(senderTo(server.origin))).rejects.toMatchObject({
      code: 'UNEXPECTED_ANSWER',
      message: expect.stringContaining('an HTML page titled "Sign in"'),
      hint: expect.stringContaining('/api/v1'),
    })
  })

  test('a body that is cut or malformed is read once more', async () => {
    const server = await rawServer((socket, _, count) => {
      if (count === 1) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"data":[')
      else if (count === 2) socket.write(reply('{"data":['))
      else socket.write(reply(page))
    })
    expect(await read(senderTo(server.origin))).toMatchObject({ body: page, attempts: 3 })
  })

  test('a body that does not fit is not', async () => {
    const server = await httpServer((_, response) => sendJson(response, { data: [{ id: 7 }] }))
    await expect(read(senderTo(server.origin))).rejects.toMatchObject({
      code: 'UNEXPECTED_ANSWER',
      place: 'data[0].id',
    })
    expect(server.received).toHaveLength(1)
  })

  test('a response over the size limit', async () => {
    const server = await httpServer((_, response) => sendJson(response, 'x'.repeat(5000)))
    const sender = senderTo(server.origin, { maxResponseBytes: 1000 })
    await expect(read(sender)).rejects.toMatchObject({
      code: 'UNEXPECTED_ANSWER',
      hint: expect.stringContaining('maxResponseBytes'),
    })
    expect(server.received).toHaveLength(1)
  })

  test('the response of a write may be empty', async () => {
    const server = await rawServer((socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n'))
    expect(await insert(senderTo(server.origin))).toMatchObject({ body: {}, attempts: 1 })
  })
})

describe('closing', () => {
  test('lets requests in flight end, rejects waiting and later ones', async () => {
    const server = await httpServer(async (_, response) => {
      await delay(50)
      sendJson(response, {})
    })
    const sender = senderTo(server.origin, { connections: 1 })
    const first = insert(sender)
    const second = insert(sender)
    const closing = sender.close()
    await expect(second).rejects.toMatchObject({
      code: 'CONNECTION',
      executed: 'no',
      message: 'the client is closed',
    })
    await expect(insert(sender)).rejects.toMatchObject({ message: 'the client is closed' })
    expect(await first).toMatchObject({ attempts: 1 })
    await closing
    expect(sender.close()).toBe(sender.close())
    expect(server.received).toHaveLength(1)
  })

  test('ends a wait to try again', async () => {
    const server = await httpServer((_, response) =>
      sendJson(response, {}, 503, { 'retry-after': '30' }),
    )
    for (const when of [setImmediate, (close: () => void) => close()]) {
      const sender = senderTo(server.origin, {
        hooks: { onRetry: () => void when(() => sender.close()) },
      })
      await expect(read(sender)).rejects.toMatchObject({ message: 'the client is closed' })
    }
  })
})

test('hooks report each step of a call', async () => {
  const server = await httpServer((_, response, count) => {
    if (count === 1) sendJson(response, { message: 'tired' }, 503)
    else sendJson(response, page)
  })
  const story: [string, RequestEvent][] = []
  const sender = senderTo(server.origin, {
    hooks: {
      onRequest: (event) => story.push(['request', event]),
      onResponse: (event) => story.push(['response', event]),
      onRetry: (event) => story.push(['retry', event]),
    },
  })
  await read(sender)
  const about = (attempt: number) => ({
    id: story[0]?.[1].id,
    origin: server.origin,
    operation: 'getTableData',
    action: undefined,
    method: 'GET',
    path: '/teams/t/bots/b/tables/x/data?version=DRAFT',
    attempt,
  })
  const failure = { kind: 'unavailable', message: 'the gateway failed (503): tired' }
  const durationMs = expect.any(Number)
  expect(story).toEqual([
    ['request', about(1)],
    ['response', { ...about(1), status: 503, durationMs, failure }],
    [
      'retry',
      { ...about(1), delayMs: expect.any(Number), why: 'doing it twice does no harm', failure },
    ],
    ['request', about(2)],
    ['response', { ...about(2), status: 200, durationMs, failure: undefined }],
  ])
})

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import { basicAuthorization } from '@chatlayer-tables/contract'
import { expect, onTestFinished, test } from 'vitest'
import { CHANNELS } from '../../src/send/hooks.ts'
import { createSender } from '../../src/send/sender.ts'
import { freePort, rawServer, reply } from './servers.ts'

const token = '65f0c0ffee65f0c0ffee65f0:Zk3pqAbCdEfGh1jK2mN3oP4rS5tU6vW7'
const authorization = basicAuthorization(token)
const password = token.slice(25)
const value = 'a value that was sent'

/** Gateways that return the credentials they received, each in another place. */
const echoes: Record<string, (heard: string) => string> = {
  'an error body': (heard) => reply({ message: [heard, heard], error: heard }, 400),
  'an error body on 401': (heard) => reply({ message: `bad credentials ${heard}` }, 401),
  'an error body on 500': (heard) => reply({ message: `failed: ${heard}` }, 500),
  'an error body on 429': (heard) => reply({ message: heard }, 429, { 'retry-after': '3600' }),
  'a text': (heard) => reply(heard, 403, { 'content-type': 'text/plain' }),
  'the title of a page': (heard) =>
    reply(`<title>${heard}</title>`, 200, { 'content-type': 'text/html' }),
  'the title of an error page': (heard) =>
    reply(`<title>${heard}</title>`, 502, { 'content-type': 'text/html' }),
  'the target of a redirect': (heard) =>
    reply('', 302, { location: `https://x/?auth=${encodeURIComponent(heard)}` }),
  'the reason phrase': (heard) => `HTTP/1.1 418 ${heard}\r\ncontent-length: 0\r\n\r\n`,
  'a body that does not fit': (heard) => reply({ data: [{ id: 1, values: { [heard]: heard } }] }),
  'a key at the place that does not fit': (heard) => reply({ data: heard }),
  'a body that is cut': (heard) => `HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n${heard}`,
  'no HTTP at all': (heard) => `${heard}\r\n\r\n`,
  'an invalid header': (heard) => `HTTP/1.1 200 OK\r\n${heard}\u0000\r\n\r\n`,
}

function leaksOf(text: string): string[] {
  const base64 = authorization.slice('Basic '.length)
  return [token, password, base64, value].filter((secret) => text.includes(secret))
}

test.each(Object.entries(echoes))(
  'no output contains the token that comes back in %s',
  async (_, echo) => {
    const server = await rawServer((socket, request) => {
      const heard = `${token} ${request.headers.authorization} ${password}`
      socket.end(echo(heard))
    })
    await expectNoLeak(server.origin, true)
  },
)

test('no output contains the token when there is no gateway', async () => {
  await expectNoLeak(`http://127.0.0.1:${await freePort()}`, true)
})

test('no output contains the token that was passed as an id by mistake', async () => {
  const server = await rawServer((socket) => socket.end(reply({}, 404)))
  await expectNoLeak(server.origin, true, token)
})

test('no output contains the token on success', async () => {
  const server = await rawServer((socket) => socket.end(reply({})))
  await expectNoLeak(server.origin, false)
})

async function expectNoLeak(origin: string, fails: boolean, tableId = 'x'): Promise<void> {
  const seen: unknown[] = []
  const record = (...output: unknown[]) => void seen.push(...output)
  for (const name of Object.values(CHANNELS)) subscribe(name, record)
  onTestFinished(() => {
    for (const name of Object.values(CHANNELS)) unsubscribe(name, record)
  })
  const sender = createSender({
    connection: { origin, prefix: '/api/v1', teamId: 't', botId: 'b' },
    authorization,
    maxAttempts: 2,
    hooks: { onRequest: record, onResponse: record, onRetry: record },
    logger: { debug: record, info: record, warn: record, error: record },
  })
  onTestFinished(() => sender.close())
  const end = await sender
    .send('performTableAction', {
      params: { tableId },
      query: { version: 'DRAFT' },
      body: { type: 'INSERT', fields: [{ columnName: 'n', value }] },
    })
    .catch((error: unknown) => error)
  expect(end instanceof Error).toBe(fails)
  expect(seen.length).toBeGreaterThanOrEqual(6)
  record(sender.stats())
  if (end instanceof Error) {
    record(end, end.message, end.stack, String(end.cause), JSON.stringify(end))
    record(inspect(end, { depth: 20, showHidden: true, getters: true }))
  }
  for (const what of seen) {
    const text = typeof what === 'string' ? what : inspect(what, { depth: 20, showHidden: true })
    expect(leaksOf(text)).toEqual([])
  }
}

/** Requests as proxies and simple clients send them, and settings that were not filled in. */
import type { Emulator } from '@chatlayer-tables/emulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openClient } from './clients.ts'
import { environmentOf, startFixture } from './fixture.ts'
import { type HttpProcess, startHttpServer } from './http-server.ts'
import { INITIALIZE } from './process.ts'

let emulator: Emulator
let server: HttpProcess

beforeAll(async () => {
  emulator = await startFixture()
  server = await startHttpServer(environmentOf(emulator))
})

afterAll(async () => {
  await server.stop()
  await emulator.close()
})

const LIST_TABLES = {
  id: 7,
  method: 'tools/call',
  params: { name: 'list_tables', arguments: {}, _meta: { progressToken: 1 } },
}

async function post(message: object, accept: string | undefined, path = '/mcp') {
  const response = await fetch(new URL(path, server.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(accept === undefined ? {} : { accept }) },
    body: JSON.stringify({ jsonrpc: '2.0', ...message }),
  })
  const type = response.headers.get('content-type') ?? ''
  const text = await response.text()
  const data = type.startsWith('text/event-stream') ? /^data: (.*)$/m.exec(text)?.[1] : text
  return { status: response.status, type, session: response.headers.get('mcp-session-id'), data }
}

describe.each([
  ['/mcp', 'application/json, text/event-stream', 'text/event-stream'],
  ['/mcp/', 'application/json, text/event-stream', 'text/event-stream'],
  ['/mcp', 'application/json', 'application/json'],
  ['/mcp', 'application/*', 'application/json'],
  ['/mcp', 'text/event-stream', 'text/event-stream'],
  ['/mcp', '*/*', 'text/event-stream'],
  ['/mcp', undefined, 'text/event-stream'],
])('at %s with Accept: %s', (path, accept, type) => {
  it('clients connect and call', async () => {
    const connected = await post(INITIALIZE, accept, path)
    expect(connected).toMatchObject({ status: 200, type: expect.stringContaining(type) })
    expect(connected.session).toMatch(/^[0-9a-f-]{36}\.[\w-]+$/)
    const called = await post(LIST_TABLES, accept, path)
    expect(called).toMatchObject({ status: 200, type: expect.stringContaining(type) })
    const { id, result } = JSON.parse(called.data ?? '')
    expect({ id, names: result.structuredContent.tables.length }).toEqual({ id: 7, names: 2 })
  })
})

/** As editors write it: a dollar sign and braces. */
const curly = (name: string): string => `$${`{${name}}`}`

describe('a placeholder that was not replaced', () => {
  it.each([
    ['CHATLAYER_BOT_ID', curly('env:BOT')],
    ['CHATLAYER_TOKEN', `${curly('env:USER')}:${curly('env:PASSWORD')}`],
    ['CHATLAYER_MCP_CONFIRM_KEY', '%CONFIRM_KEY%'],
    ['XDG_STATE_HOME', `${curly('HOME')}/.state`],
  ])('in %s is reported by the first call, and nothing is sent', async (name, value) => {
    const before = emulator.requests.log.length
    const client = await openClient('v1', { ...environmentOf(emulator), [name]: value })
    const { isError, text } = await client.call('list_tables', {})
    expect(isError).toBe(true)
    expect(text).toContain(`${name} is a placeholder that was not replaced`)
    expect(client.heard()).not.toContain(value)
    expect(emulator.requests.log.length).toBe(before)
    await client.close()
  })

  it('in an option is reported too', async () => {
    const flags = ['--hide-columns', `*.${curly('input:column')}`]
    const client = await openClient('v1', environmentOf(emulator), flags)
    const { text } = await client.call('list_tables', {})
    expect(text).toContain('--hide-columns is a placeholder that was not replaced')
    await client.close()
  })

  it.each([
    [{ CHATLAYER_TEAM_ID: '<your team id>' }, [], 'CHATLAYER_TEAM_ID'],
    [{}, ['--tokens', `${curly('workspaceFolder')}/tokens.json`], '--tokens'],
    [{}, ['--allow-host', '{{HOST}}'], '--allow-host'],
  ])('stops a start over HTTP: %j %j', async (env, flags, name) => {
    const start = startHttpServer({ ...environmentOf(emulator), ...env }, flags)
    await expect(start).rejects.toThrow(`${name} is a placeholder that was not replaced`)
  })
})

import { readFileSync } from 'node:fs'
import type { Emulator } from '@chatlayer-tables/emulator'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { environmentOf, startFixture } from './fixture.ts'
import { INITIALIZE, messagesOf, type ServerProcess, startServer } from './process.ts'

let emulator: Emulator
const started: ServerProcess[] = []

function start(env = environmentOf(emulator), flags: readonly string[] = []): ServerProcess {
  const server = startServer(env, flags)
  started.push(server)
  return server
}

beforeAll(async () => {
  emulator = await startFixture()
})

afterEach(() => {
  for (const { child } of started.splice(0)) child.kill('SIGKILL')
})

afterAll(() => emulator.close())

const call = (id: number, name: string, args: Record<string, unknown>) => ({
  id,
  method: 'tools/call',
  params: { name, arguments: args },
})

describe('the process', () => {
  it('writes only the protocol to stdout, its log to stderr, and never the token', async () => {
    const server = start(environmentOf(emulator), ['--log-level', 'debug'])
    server.send(INITIALIZE)
    await server.answer(1)
    server.send({ method: 'notifications/initialized' })
    server.send({ id: 2, method: 'tools/list' })
    server.send(call(3, 'query_records', { table: 'stores', limit: 1 }))
    server.send(
      call(4, 'insert_records', { table: 'stores', records: [{ name: 'x' }], note: 'why' }),
    )
    server.send(call(5, 'query_records', { table: 'nowhere' }))
    server.send(call(6, 'no_such_tool', {}))
    server.child.stdin.write('not JSON\n')
    await Promise.all([2, 3, 4, 5, 6].map((id) => server.answer(id)))
    server.child.stdin.end()
    expect(await server.ended()).toEqual({ code: 0, signal: null })

    expect(server.stdout()).toMatch(/\n$/)
    for (const message of messagesOf(server.stdout())) expect(message.jsonrpc).toBe('2.0')
    expect(server.stderr()).toContain('insert_records on "stores" (DRAFT): inserted 1')
    expect(server.stderr()).toContain('note: "why"')
    const output = server.stdout() + server.stderr()
    const [, password] = emulator.token.split(':')
    expect(output).not.toContain(password)
    expect(output).not.toContain(Buffer.from(emulator.token).toString('base64'))
  })

  it('ends when the client closes stdin, before and after a request', async () => {
    const silent = start()
    silent.child.stdin.end()
    expect(await silent.ended()).toEqual({ code: 0, signal: null })

    const used = start()
    used.send(INITIALIZE)
    await used.answer(1)
    used.send(call(2, 'list_tables', {}))
    await used.answer(2)
    used.child.stdin.end()
    expect(await used.ended()).toEqual({ code: 0, signal: null })
  })

  it('ends when stdout is closed', async () => {
    const server = start()
    server.send(INITIALIZE)
    await server.answer(1)
    server.child.stdout.destroy()
    server.send({ id: 2, method: 'tools/list' })
    expect(await server.ended()).toEqual({ code: 0, signal: null })
  })

  it('shuts down on SIGTERM, also during a call', async () => {
    const server = start()
    server.send(INITIALIZE)
    await server.answer(1)
    emulator.faults.set([{ kind: 'hang' }])
    server.send(call(2, 'list_tables', {}))
    await expect.poll(() => emulator.requests.log.length).toBeGreaterThan(0)
    server.child.kill('SIGTERM')
    expect(await server.ended()).toEqual({ code: 0, signal: null })
    expect(server.stderr()).not.toContain('Error')
    emulator.reset()
  })

  it('stops a call that the client cancels', async () => {
    const server = start()
    server.send(INITIALIZE)
    await server.answer(1)
    emulator.reset()
    emulator.faults.set([{ kind: 'latency', ms: 60_000 }])
    server.send(call(2, 'query_records', { table: 'stores' }))
    await expect.poll(() => emulator.requests.log.length).toBe(1)
    server.send({ method: 'notifications/cancelled', params: { requestId: 2 } })
    emulator.faults.clear()
    server.send(call(3, 'list_tables', {}))
    expect(await server.answer(3)).toHaveProperty('result.structuredContent.total', 2)
    expect(messagesOf(server.stdout()).map(({ id }) => id)).toEqual([1, 3])
    emulator.reset()
  })
})

describe('a server without connection settings', () => {
  it('starts, lists its tools, and reports the missing settings in each result', async () => {
    const server = start({ CHATLAYER_TEAM_ID: 'team' })
    server.send(INITIALIZE)
    await server.answer(1)
    server.send({ id: 2, method: 'tools/list' })
    expect(await server.answer(2)).toHaveProperty('result.tools.length', 12)
    server.send(call(3, 'list_tables', {}))
    const { result } = (await server.answer(3)) as {
      result: { isError: boolean; content: { text: string }[] }
    }
    expect(result.isError).toBe(true)
    expect(result.content[0]?.text).toContain('CHATLAYER_TOKEN, CHATLAYER_REGION, CHATLAYER_BOT_ID')
    expect(result.content[0]?.text).not.toContain('CHATLAYER_TEAM_ID')
  })

  it('names the invalid variable', async () => {
    const server = start({ ...environmentOf(emulator), CHATLAYER_REGION: 'mars' })
    server.send(INITIALIZE)
    await server.answer(1)
    server.send(call(2, 'list_tables', {}))
    expect(JSON.stringify(await server.answer(2))).toContain('CHATLAYER_REGION')
  })
})

describe('the command line', () => {
  it.each([
    ['--help', /CHATLAYER_TOKEN/],
    ['--version', /^\d+\.\d+\.\d+\S*\n$/],
  ])('prints %s on stdout', async (flag, text) => {
    const server = start({}, [flag])
    expect(await server.ended()).toEqual({ code: 0, signal: null })
    expect(server.stdout()).toMatch(text)
    expect(server.stderr()).toBe('')
  })

  it('prints the version of package.json', async () => {
    const server = start({}, ['--version'])
    await server.ended()
    const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
    expect(server.stdout().trim()).toBe(manifest.version)
  })

  it('reports a usage error in one line on stderr, without quoting it', async () => {
    const server = start({}, ['--token=a:secret-password'])
    expect(await server.ended()).toEqual({ code: 2, signal: null })
    expect(server.stdout()).toBe('')
    expect(server.stderr()).toMatch(/^chatlayer-tables-mcp: .*--help\)\n$/)
    expect(server.stderr()).not.toContain('secret')
  })
})

/** Views, as clients of both generations get them on both transports. */
import type { Emulator } from '@chatlayer-tables/emulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Generation, type McpClient, openClient, openHttp, type Wire } from './clients.ts'
import { environmentOf, startFixture } from './fixture.ts'
import { type HttpProcess, startHttpServer } from './http-server.ts'

let emulator: Emulator
let server: HttpProcess
let withoutViews: HttpProcess

beforeAll(async () => {
  emulator = await startFixture()
  server = await startHttpServer(environmentOf(emulator))
  withoutViews = await startHttpServer(environmentOf(emulator), ['--views', 'off'])
})

afterAll(async () => {
  await Promise.all([server.stop(), withoutViews.stop()])
  await emulator.close()
})

const KINDS: [Generation, Wire][] = [
  ['v1', 'stdio'],
  ['v2', 'stdio'],
  ['v1', 'http'],
  ['v2', 'http'],
]

interface Listed {
  readonly name: string
  readonly _meta?: Record<string, unknown>
}

describe.each(KINDS)('a %s client over %s', (generation, wire) => {
  let client: McpClient
  let plain: McpClient
  let before: McpClient

  beforeAll(async () => {
    const env = environmentOf(emulator)
    const open = ({ url }: HttpProcess, showsViews: boolean, ...flags: string[]) =>
      wire === 'http'
        ? openHttp(generation, url, undefined, undefined, showsViews)
        : openClient(generation, env, flags, { showsViews })
    client = await open(server, true)
    plain = await open(server, false)
    before = await open(withoutViews, true, '--views', 'off')
  })

  afterAll(() => Promise.all([client, plain, before].map((one) => one.close())))

  const everything = async ({ raw, call }: McpClient) =>
    JSON.stringify([
      await raw.listTools(),
      await raw.listResources(),
      await raw.listResourceTemplates(),
      await raw.listPrompts(),
      (raw as unknown as { getServerCapabilities(): unknown }).getServerCapabilities(),
      await call('query_records', { table: 'stores', limit: 3 }),
      await call('delete_records', { table: 'stores', all: true }),
    ]).replace(/"confirm_token\\*":\\*"[^"\\]+|\\"[\w.-]{80,}/g, '')

  it('gets what a server without views sends unless it declares views, to the byte', async () => {
    const [declared, not, off] = [
      await everything(client),
      await everything(plain),
      await everything(before),
    ]
    expect(not).toBe(off)
    expect(declared).not.toBe(off)
  })

  it('is listed the pages of tools, and the tool that pages call', async () => {
    const { tools } = (await client.raw.listTools()) as { tools: Listed[] }
    const { resources } = (await client.raw.listResources()) as { resources: { uri: string }[] }
    const pages = resources.map(({ uri }) => uri).filter((uri) => uri.startsWith('ui:'))
    const named = tools
      .map(({ _meta }) => _meta?.['ui/resourceUri'])
      .filter((uri) => uri !== undefined)
    expect(named).toEqual(pages)
    expect(tools.at(-1)).toMatchObject({
      name: 'view_data',
      _meta: { ui: { visibility: ['app'] } },
    })
    for (const { _meta } of tools) {
      if (_meta?.['ui/resourceUri'] === undefined) continue
      expect(_meta.ui).toEqual({ resourceUri: _meta['ui/resourceUri'] })
    }
    expect(
      tools
        .map(({ name }) => name)
        .filter((name) => pages.some((uri) => uri.includes(`/${name}-`))),
    ).toHaveLength(pages.length)
    const [first = ''] = pages
    expect(first).toMatch(/^ui:\/\/chatlayer-tables\/describe_table-profile-[0-9a-f]{12}\.html$/)
    const { contents } = await client.raw.readResource({ uri: first })
    expect(contents).toMatchObject([{ uri: first, mimeType: 'text/html;profile=mcp-app' }])
    expect(JSON.stringify(contents)).toContain('content=\\"describe_table\\"')
    const old = first.replace(/[0-9a-f]{12}/, '0123456789ab')
    await expect(client.raw.readResource({ uri: old })).rejects.toThrow()
    await expect(plain.raw.readResource({ uri: first })).rejects.toThrow()
  })

  it('reads data by the tool for pages only if it declares views', async () => {
    const args = { request: 'table', params: { table: 'stores' } }
    const reply = await client.call('view_data', args)
    expect(reply.data).toMatchObject({ result: { table: 'stores', total: 60, version: 'DRAFT' } })
    expect(JSON.parse(reply.text)).toEqual(reply.data)
    const refused = await plain.call('view_data', args)
    expect(refused).toMatchObject({ isError: true, data: { error: { code: 'NOT_ALLOWED' } } })
    expect(JSON.parse(refused.text)).toEqual(refused.data)
  })
})

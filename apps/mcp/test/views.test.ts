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

  const ask = async (request: string, params: Record<string, unknown>) => {
    const { data, text, isError } = await client.call('view_data', { request, params })
    expect(JSON.parse(text)).toEqual(data)
    expect(isError, text).toBe(false)
    return data.result
  }

  it('shows records, filtered, searched, sorted and paged, with their total', async () => {
    const page = { table: 'stores', offset: 0, limit: 5, filters: [] }
    expect(
      await ask('records', { ...page, sort: { column: 'rank', descending: true } }),
    ).toMatchObject({
      total: 60,
      rows: [59, 58, 57, 56, 55].map((rank) => ({
        cells: [`Store ${rank}`, rank % 3 === 0 ? 'Bruges' : 'Ghent', rank, rank % 2 === 0, null],
      })),
    })
    const filters = [
      { column: 'city', operator: 'equals', value: 'Ghent' },
      { column: 'rank', operator: 'less', value: '10' },
    ]
    expect(await ask('records', { ...page, filters, offset: 5 })).toMatchObject({
      total: 6,
      rows: [{ cells: ['Store 8', 'Ghent', 8, true, null] }],
    })
    expect(await ask('records', { ...page, search: 'STORE 1' })).toMatchObject({ total: 11 })
    const call = {
      tool: 'query_records',
      arguments: { table: 'stores', where: { rank: { gte: 58 } } },
    }
    expect(await ask('records', { offset: 0, limit: 5, filters: [], call })).toMatchObject({
      total: 2,
    })
    const by = [
      ['tags', 'empty', 60],
      ['name', 'empty', 0],
      ['name', 'filled', 60],
      ['open', 'equals', 30, 'true'],
      ['name', 'starts', 11, 'store 1'],
      ['city', 'differs', 20, 'Ghent'],
      ['city', 'contains', 20, 'BRU'],
      ['rank', 'more', 9, '50'],
    ] as const
    for (const [column, operator, total, value] of by) {
      const filter = { column, operator, ...(value === undefined ? {} : { value }) }
      expect(await ask('records', { ...page, filters: [filter] }), operator).toMatchObject({
        total,
      })
    }
  })

  it('shows the tables, groups of a query, and the profile', async () => {
    expect(await ask('tables', {})).toMatchObject({
      tables: [{ table: 'stores', total: 60 }, { table: 'leads' }],
    })
    const args = { table: 'stores', group_by: ['city'], aggregate: ['count', 'max(rank)'] }
    expect(await ask('groups', { call: { tool: 'query_records', arguments: args } })).toMatchObject(
      {
        columns: ['city'],
        measures: ['count', 'max(rank)'],
        groups: [
          { labels: ['Ghent'], values: [40, 59] },
          { labels: ['Bruges'], values: [20, 57] },
        ],
      },
    )
    expect(await ask('profile', { table: 'stores' })).toMatchObject({
      records: 60,
      columns: [
        { name: 'name', filled: 60, empty: 0, distinct: 60 },
        {
          name: 'city',
          top: [
            { value: 'Ghent', count: 40 },
            { value: 'Bruges', count: 20 },
          ],
        },
        {
          name: 'rank',
          facts: [
            ['least', '0'],
            ['greatest', '59'],
          ],
        },
        { name: 'open' },
        { name: 'tags', filled: 0, empty: 60 },
      ],
    })
  })

  it('shows every change of a preview, writes nothing, and then what was written', async () => {
    emulator.reset()
    const args = {
      table: 'stores',
      where: { rank: { lt: 30 } },
      set: { city: 'Lier' },
      note: 'moved',
    }
    const call = { tool: 'update_records', arguments: args }
    expect(await ask('changes', { call })).toMatchObject({
      sets: [{ table: 'stores', counts: { updated: 30 }, rows: 30 }],
    })
    const rows = { call, set: 0, offset: 28, limit: 10 }
    expect(await ask('changeRows', rows)).toMatchObject({
      rows: [28, 29].map((rank) => ({
        index: rank,
        kind: 'updated',
        changed: [1],
        before: [`Store ${rank}`, 'Ghent', rank, rank % 2 === 0, null],
        after: [`Store ${rank}`, 'Lier', rank, rank % 2 === 0, null],
      })),
    })
    expect(
      emulator.tables.records('stores').filter(({ values }) => values.city === 'Lier'),
    ).toEqual([])
    const refused = await client.call('update_records', args)
    const done = await client.call('update_records', { confirm_token: refused.data.confirm_token })
    const { change_set: changeSet } = done.data
    expect(await ask('changes', { changeSet })).toMatchObject({
      sets: [{ counts: { updated: 30 }, rows: 30 }],
      undo: { changeSet },
    })
    expect(await ask('changeRows', { changeSet, set: 0, offset: 0, limit: 1 })).toMatchObject({
      rows: [
        {
          kind: 'updated',
          changed: [1],
          before: [
            expect.any(String),
            expect.any(String),
            expect.any(Number),
            expect.any(Boolean),
            null,
          ],
        },
      ],
    })
    const journal = await ask('journal', { limit: 1 })
    expect(journal).toMatchObject({
      entries: [{ changeSet, table: 'stores', note: 'moved', counts: { updated: 30 } }],
    })
    emulator.reset()
  })

  it('shows differences of two tables', async () => {
    const call = { tool: 'compare_tables', arguments: { a: 'stores', b: 'stores@live' } }
    expect(await ask('changes', { call })).toMatchObject({
      sets: [{ sides: ['stores (DRAFT)', 'stores (LIVE)'], counts: { deleted: 60 }, rows: 60 }],
    })
    expect(await ask('changeRows', { call, set: 0, offset: 59, limit: 9 })).toMatchObject({
      rows: [{ index: 59, kind: 'deleted' }],
    })
  })
})

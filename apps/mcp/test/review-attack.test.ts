/**
 * What a model could do to get its own writes approved: with every tool and every text that a host which
 * follows the specification shows it, and with what such a host keeps from it.
 */
import { join } from 'node:path'
import type { Emulator } from '@chatlayer-tables/emulator'
import { openReviews } from '@chatlayer-tables/journal/reviews'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Generation, type McpClient, openClient, openHttp, type Wire } from './clients.ts'
import { environmentOf, makeFolder, STORE_COUNT, startFixture } from './fixture.ts'
import { type HttpProcess, startHttpServer } from './http-server.ts'
import { type RoundRobin, startRoundRobin } from './round-robin.ts'

const FLAGS = ['--confirm', 'review', '--confirm-above', '1']
const NONCE = 'chatlayer-tables/nonce'
const DELETE = { table: 'stores', where: { rank: { lt: 5 } } }
const UPDATE = { table: 'stores', where: { rank: { lt: 5 } }, set: { city: 'Lier' } }

let emulator: Emulator
let env: Record<string, string>
let servers: HttpProcess[]
let proxy: RoundRobin

beforeAll(async () => {
  emulator = await startFixture()
  env = { ...environmentOf(emulator), XDG_STATE_HOME: makeFolder() }
  servers = await Promise.all([0, 1, 2].map(() => startHttpServer(env, FLAGS)))
  proxy = await startRoundRobin(servers.map(({ url }) => url))
})

beforeEach(() => emulator.reset())

afterAll(async () => {
  await proxy.close()
  await Promise.all(servers.map((server) => server.stop()))
  await emulator.close()
})

const stored = () =>
  JSON.stringify(emulator.tables.records('stores').map(({ id, values }) => [id, values]))

interface Raw {
  readonly structuredContent?: Record<string, unknown>
  readonly content?: unknown
  readonly _meta?: Record<string, unknown>
}

/** A call as the page in a host makes it: with all of the reply. */
async function asPage(client: McpClient, request: string, params: Record<string, unknown>) {
  const call = { name: 'view_data', arguments: { request, params } }
  const raw = await (client.raw as unknown as { callTool(call: unknown): Promise<Raw> }).callTool(
    call,
  )
  return { data: raw.structuredContent?.result as Record<string, unknown> | undefined, raw }
}

async function previewed(client: McpClient, tool: string, args: Record<string, unknown>) {
  const { isError, data, text } = await client.call(tool, args)
  expect(isError, text).toBe(false)
  return data.review as { readonly id: string; readonly digest: string }
}

/** Every text in a value, however deep, and its parts. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value, ...value.split(/[^\w.-]+/)]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(textsIn)
}

const KINDS: [Generation, Wire][] = [
  ['v1', 'stdio'],
  ['v2', 'stdio'],
  ['v1', 'http'],
  ['v2', 'http'],
]

describe.each(KINDS)('with a %s client over %s', (generation, wire) => {
  const clients: McpClient[] = []

  const open = async (showsViews: boolean): Promise<McpClient> => {
    const client =
      wire === 'http'
        ? await openHttp(generation, proxy.url, undefined, undefined, showsViews)
        : await openClient(generation, env, FLAGS, { showsViews })
    clients.push(client)
    return client
  }

  afterEach(() => Promise.all(clients.splice(0).map((client) => client.close())))

  it.each([true, false])(
    'a model cannot approve with what it is shown (views: %s)',
    async (shows) => {
      const client = await open(shows)
      const { tools } = (await client.raw.listTools()) as {
        tools: { name: string; _meta?: { ui?: { visibility?: string[] } } }[]
      }
      const visible = tools.filter(({ _meta }) => _meta?.ui?.visibility?.includes('model') ?? true)
      expect(visible.map(({ name }) => name)).not.toContain('view_data')
      const before = stored()
      const seen: unknown[] = []
      const call = async (name: string, args: Record<string, unknown>) => {
        const { data, text } = await client.call(name, args)
        seen.push(data, text)
        expect(stored(), `${name} ${JSON.stringify(args)}`).toBe(before)
      }
      for (const again of [{}, { dry_run: true }, {}, { again: true }]) {
        await call('delete_records', { ...DELETE, ...again })
        await call('update_records', { ...UPDATE, ...again })
      }
      for (const { name } of visible) await call(name, { table: 'stores' })
      for (const { name } of visible) await call(name, {})
      const { id, digest } = await previewed(client, 'delete_records', DELETE)
      const likely = [id, digest, `${id}.${digest}`, 'approved', '']
      const words = new Set([
        ...likely,
        ...textsIn(seen).filter((text) => /^[\w.-]{8,100}$/.test(text)),
      ])
      expect(words.size).toBeGreaterThan(20)
      for (const confirm_token of words) {
        await call('delete_records', { confirm_token })
        await call('update_records', { ...UPDATE, confirm_token })
        await call('undo_changes', { change_set: confirm_token, confirm_token })
      }
    },
  )

  it('a client that declares no views gets no value to approve with', async () => {
    const client = await open(false)
    const { id, digest } = await previewed(client, 'delete_records', DELETE)
    const before = stored()
    for (const request of ['changes', 'approve', 'decline']) {
      const { raw } = await asPage(client, request, { review: id, digest, nonce: 'A'.repeat(22) })
      expect(JSON.stringify(raw)).not.toContain(NONCE)
      expect(JSON.stringify(raw)).toContain('NOT_ALLOWED')
    }
    expect(stored()).toBe(before)
  })

  it('a model that can call the tool for pages, but sees no metadata, cannot approve', async () => {
    const client = await open(true)
    const { id, digest } = await previewed(client, 'delete_records', DELETE)
    const other = await previewed(client, 'update_records', UPDATE)
    const before = stored()
    const shown = async () => {
      const { raw } = await asPage(client, 'changes', { review: id })
      return textsIn([raw.structuredContent, raw.content])
    }
    const values = [...(await shown()), other.id, other.digest, 'A'.repeat(22), undefined]
    for (const nonce of new Set(
      values.filter((value) => value === undefined || /^[\w-]{8,100}$/.test(value)),
    )) {
      await shown()
      const { data } = await asPage(client, 'approve', { review: id, digest, nonce })
      expect(data?.state).toBe('pending')
    }
    expect(stored()).toBe(before)
  })

  it('a script that reads metadata can approve: this is cooperation, not proof', async () => {
    const client = await open(true)
    const { id, digest } = await previewed(client, 'update_records', UPDATE)
    const { raw } = await asPage(client, 'changes', { review: id })
    const nonce = raw._meta?.[NONCE]
    const { data } = await asPage(client, 'approve', { review: id, digest, nonce })
    expect(data).toMatchObject({ state: 'done', counts: { updated: 5 } })
    // It leaves a trace, and can be undone.
    const { data: changes } = await client.call('list_changes', { table: 'stores', limit: 1 })
    expect(changes.change_sets).toMatchObject([
      {
        change_set: (data as { changeSets: string[] }).changeSets[0],
        note: "approved in the assistant's view",
      },
    ])
  })

  it('a user who runs clt decides for any client', async () => {
    const client = await open(false)
    const { id, digest } = await previewed(client, 'delete_records', DELETE)
    const store = openReviews(join(env.XDG_STATE_HOME ?? '', 'chatlayer-tables'))
    await store.approve(id, { digest, ticked: [[0]] }, { way: 'terminal' })
    await store.close()
    const { data } = await client.call('delete_records', { confirm_token: id })
    expect(data).toMatchObject({ deleted: 1 })
    expect(emulator.tables.count('stores')).toBe(STORE_COUNT - 1)
  })
})

describe('three replicas', () => {
  it('approve on one what was previewed on another, once', async () => {
    const clients = await Promise.all(
      servers.map(({ url }) => openHttp('v2', url, undefined, undefined, true)),
    )
    const [one, two, three] = clients as [McpClient, McpClient, McpClient]
    const { id, digest } = await previewed(one, 'update_records', UPDATE)
    const opened = await asPage(two, 'changes', { review: id })
    const old = opened.raw._meta?.[NONCE]
    const { raw } = await asPage(three, 'changes', { review: id })
    const nonce = raw._meta?.[NONCE]
    expect((await asPage(one, 'approve', { review: id, digest, nonce: old })).data).toMatchObject({
      state: 'pending',
    })
    // Any try uses up the value.
    expect((await asPage(two, 'approve', { review: id, digest, nonce })).data).toMatchObject({
      state: 'pending',
    })
    const again = await asPage(two, 'changes', { review: id })
    const params = { review: id, digest, nonce: again.raw._meta?.[NONCE] }
    const results = await Promise.all(clients.map((client) => asPage(client, 'approve', params)))
    expect(results.filter(({ data }) => data?.isOutdated !== true)).toHaveLength(1)
    expect(
      emulator.tables.records('stores').filter(({ values }) => values.city === 'Lier'),
    ).toHaveLength(5)
    await Promise.all(clients.map((client) => client.close()))
  })
})

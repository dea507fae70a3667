/** Three replicas on machines with nothing in common but a database, behind round robin. */
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Emulator } from '@chatlayer-tables/emulator'
import { type PostgresServer, startPostgres } from '@chatlayer-tables/sources/test-postgres'
import { openState, type State } from '@chatlayer-tables/state'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Generation, type McpClient, openHttp, type ToolResult } from './clients.ts'
import { makeFolder, STORE_COUNT, startFixture } from './fixture.ts'
import { KINDS, openImpatient } from './impatient-client.ts'
import { messages, rowsOf, storedOf } from './leads.ts'
import { openClients, type SharedReplicas, startReplicas } from './shared-replicas.ts'

let emulator: Emulator
let postgres: PostgresServer
/** With the default options, and where nothing needs a confirmation. */
let careful: SharedReplicas
let allowing: SharedReplicas
/** Where a person decides. */
let reviewing: SharedReplicas

beforeAll(async () => {
  ;[emulator, postgres] = await Promise.all([startFixture(), startPostgres()])
  // At once: each finds an empty database.
  ;[careful, allowing, reviewing] = (await Promise.all(
    [[], ['--confirm', 'allow'], ['--confirm', 'review']].map((flags) =>
      startReplicas(emulator, postgres.url(), { flags }),
    ),
  )) as [SharedReplicas, SharedReplicas, SharedReplicas]
})

afterAll(async () => {
  await Promise.all([careful, allowing, reviewing].map((replicas) => replicas.close()))
  await Promise.all([emulator.close(), postgres.end()])
})

beforeEach(() => emulator.reset())

const count = () => emulator.tables.count('stores')
const stored = (texts: readonly string[]) => storedOf(emulator, texts)
const ranksOf = (city: string) =>
  emulator.tables.records('stores').filter(({ values }) => values.city === city).length

const slowly = (ms: number) =>
  emulator.faults.set([{ kind: 'latency', ms, when: 'before', actions: ['INSERT'] }])

describe.each<Generation>(['v1', 'v2'])('a client of %s', (generation) => {
  let clients: Awaited<ReturnType<typeof openClients>>

  beforeAll(async () => {
    clients = await openClients(generation, careful)
  })

  afterAll(() => clients.close())

  it('confirms on one replica, by the token alone, what another previewed', async () => {
    const call = { table: 'stores', where: { rank: { gte: 58 } } }
    await careful.crossing(async () => {
      const { data } = await clients.all.call('delete_records', call)
      expect(data).toMatchObject({ would_delete: 2, confirm_token: expect.any(String) })
      const { confirm_token } = data
      const done = await clients.all.call('delete_records', { confirm_token })
      expect(done.data, done.text).toMatchObject({ deleted: 2, change_set: expect.any(String) })
      // The first result, not a second delete.
      const again = await clients.all.call('delete_records', { confirm_token })
      expect(again.data.notice).toContain('Nothing was written again')
    })
    expect(count()).toBe(STORE_COUNT - 2)
  })

  it('executes a token once, whatever replicas get it at the same time', async () => {
    const records = Array.from({ length: 30 }, (_, rank) => ({ name: 'Once', rank: 1_000 + rank }))
    const { data } = await clients.all.call('insert_records', { table: 'stores', records })
    const { confirm_token } = data
    const answers = await Promise.all(
      clients.each.map((client) => client.call('insert_records', { confirm_token })),
    )
    for (const { data, text } of answers) expect(data, text).toMatchObject({ inserted: 30 })
    expect(count()).toBe(STORE_COUNT + 30)
  })

  it('is asked to confirm many small writes, to whatever replicas they go', async () => {
    const write = (first: number): Promise<ToolResult> =>
      clients.all.call('update_records', {
        table: 'stores',
        where: { rank: { gte: first, lt: first + 8 } },
        set: { city: `Lier ${generation}` },
      })
    const [one, two] = [await write(0), await write(8)]
    expect([one.data.updated, two.data.updated]).toEqual([8, 8])
    const third = await write(16)
    expect(third.data.error, third.text).toMatchObject({ code: 'CONFIRMATION_NEEDED' })
    expect(third.text).toContain('In the last 10 minutes 16 records were written')
    const { confirm_token } = third.data
    expect((await clients.all.call('update_records', { confirm_token })).data.updated).toBe(8)
    // A confirmation starts the count again, for all of them.
    expect((await write(24)).data.updated).toBe(8)
    expect(ranksOf(`Lier ${generation}`)).toBe(32)
    const { data } = await clients.all.call('delete_records', {
      table: 'stores',
      where: { rank: 59 },
    })
    await clients.all.call('delete_records', { confirm_token: data.confirm_token })
  })

  it('learns of another number than expected before anything is written', async () => {
    const call = { table: 'stores', where: { rank: { lt: 3 } }, expect: 3 }
    const { data } = await clients.each[0]!.call('delete_records', call)
    emulator.tables.insert('stores', [{ name: 'Late', rank: 0 }])
    const late = await clients.each[1]!.call('delete_records', {
      confirm_token: data.confirm_token,
    })
    expect(late.data.error).toMatchObject({ code: 'UNEXPECTED_COUNT', matched: 4 })
    expect(count()).toBe(STORE_COUNT + 1)
  })

  it('finds and undoes on one replica what another wrote', async () => {
    const before = emulator.tables.records('stores').map(({ values }) => values)
    const write = { table: 'stores', where: { rank: { lt: 40 } }, set: { city: 'Mol' } }
    const confirmed = async (tool: string, args: Record<string, unknown>) => {
      const { confirm_token } = (await clients.all.call(tool, { ...args, dry_run: true })).data
      return (await clients.all.call(tool, { confirm_token })).data
    }
    const { change_set } = await careful.crossing(() => confirmed('update_records', write))
    for (const client of clients.each) {
      const { data } = await client.call('list_changes', { table: 'stores', limit: 1 })
      expect(data.change_sets).toMatchObject([{ change_set, updated: 40, host: hostname() }])
    }
    const undone = await careful.crossing(() => confirmed('undo_changes', { change_set }))
    expect(undone).toMatchObject({ undone: 40, conflicts: 0 })
    expect(emulator.tables.records('stores').map(({ values }) => values)).toEqual(before)
    const redone = await confirmed('undo_changes', { change_set: undone.change_set })
    expect(redone).toMatchObject({ undone: 40 })
    expect(ranksOf('Mol')).toBe(40)
  })
})

describe('a write that waits for a person', () => {
  const call = { table: 'stores', where: { rank: { lt: 30 } }, set: { city: 'Geel' } }
  let state: State

  /** What `clt review` opens on a machine of its own. */
  beforeAll(async () => {
    const env = { HOME: makeFolder() }
    const address = postgres.url()
    state = await openState({ env, folder: makeFolder(), address, program: 'clt' })
  })

  afterAll(() => state[Symbol.asyncDispose]())

  it.each<Generation>(['v1', 'v2'])(
    'is approved on another machine, and executed once, for a client of %s',
    async (generation) => {
      await using clients = disposing(await openClients(generation, reviewing))
      const { data } = await clients.all.call('update_records', call)
      const { id, digest } = data.review as { id: string; digest: string }
      const reviews = await state.openReviews()
      const outcome = await reviews.approve(id, { digest }, { way: 'terminal' })
      expect(outcome.ok).toBe(true)
      await reviews.close()
      const answers = await Promise.all(
        clients.each.map((client) => client.call('update_records', { confirm_token: id })),
      )
      const done = answers.filter(({ data }) => data.updated === 30)
      expect(done.length).toBeGreaterThan(0)
      expect(new Set(done.map(({ data }) => data.change_set)).size).toBe(1)
      expect(ranksOf('Geel')).toBe(30)
      const sets = await clients.all.call('list_changes', { table: 'stores', limit: 1 })
      expect(sets.data.change_sets).toMatchObject([
        { change_set: done[0]?.data.change_set, note: 'approved in a terminal' },
      ])
    },
  )

  it('is approved in a view of another replica', async () => {
    const open = (at: number) =>
      openHttp('v2', reviewing.servers[at]!.url, undefined, undefined, true)
    const [one, other] = [await open(0), await open(1)]
    const { data } = await one.call('update_records', call)
    const { id, digest } = data.review as { id: string; digest: string }
    const page = await viewed(other, 'changes', { review: id })
    const third = await open(2)
    const outcome = await viewed(third, 'approve', { review: id, digest, nonce: page.nonce })
    expect(outcome.data).toMatchObject({ state: 'done', counts: { updated: 30 } })
    // The value was used up, for all replicas.
    const again = await viewed(other, 'approve', { review: id, digest, nonce: page.nonce })
    expect(again.data).toMatchObject({ state: 'done', message: expect.stringContaining('before') })
    expect(ranksOf('Geel')).toBe(30)
    await Promise.all([one, other, third].map((client) => client.close()))
  })
})

it('what a user declines on one replica is declined on all', async () => {
  const asked: string[] = []
  const respond = (message: string) => {
    asked.push(message)
    return false
  }
  const call = { table: 'stores', where: { rank: { gte: 57 } } }
  const asking = await openHttp('v2', careful.servers[0]!.url, undefined, respond)
  expect((await asking.call('delete_records', call)).data.error).toMatchObject({
    code: 'NOT_CONFIRMED',
  })
  expect(asked).toHaveLength(1)
  const silent = await openHttp('v2', careful.servers[1]!.url)
  const refused = await silent.call('delete_records', call)
  expect(refused.data.error).toMatchObject({ code: 'NOT_CONFIRMED' })
  expect(refused.data).not.toHaveProperty('confirm_token')
  expect(count()).toBe(STORE_COUNT)
  await Promise.all([asking.close(), silent.close()])
})

describe.each(KINDS)('calls of a client of %s', (kind) => {
  it('that are equal and come at once to two replicas write once', async () => {
    const clients = await Promise.all(allowing.servers.map(({ url }) => openImpatient(kind, url)))
    const texts = messages(20)
    slowly(30)
    const args = { table: 'leads', records: rowsOf(texts) }
    const answers = await Promise.all(clients.map((client) => client.call('insert_records', args)))
    for (const { data, text } of answers) expect(data, text).toMatchObject({ inserted: 20 })
    expect(new Set(answers.map(({ data }) => JSON.stringify(data.ids))).size).toBe(1)
    expect(stored(texts)).toEqual(texts.toSorted())
    await Promise.all(clients.map((client) => client.close()))
  })

  it('are cancelled by another replica', async () => {
    const client = await openImpatient(kind, allowing.proxy.url)
    const texts = messages(100)
    const args = { table: 'leads', records: rowsOf(texts) }
    // More than the connections of a server carry at once.
    slowly(500)
    const cancel = new AbortController()
    const first = client.call('insert_records', args, { signal: cancel.signal }).catch(() => 'gone')
    while (stored(texts).length === 0) await sleep(5)
    cancel.abort()
    expect(await first).toBe('gone')
    await quiet(texts)
    expect(stored(texts).length).toBeLessThan(100)
    emulator.faults.set([])
    // The rest, and nothing twice.
    const second = await client.call('insert_records', args)
    expect(second.data, second.text).toMatchObject({ inserted: 100, unknown: 0 })
    expect(stored(texts)).toEqual(texts.toSorted())
    await client.close()
  })
})

/** What a view gets, and what it can approve with. */
async function viewed({ raw }: McpClient, request: string, params: object) {
  const { callTool } = raw as unknown as { callTool(params: object): Promise<unknown> }
  const reply = await callTool.call(raw, { name: 'view_data', arguments: { request, params } })
  const { structuredContent, _meta = {} } = ViewReply.parse(reply)
  return { data: structuredContent.result, nonce: _meta['chatlayer-tables/nonce'] }
}

const ViewReply = z.object({
  structuredContent: z.object({ result: z.record(z.string(), z.unknown()) }),
  _meta: z.record(z.string(), z.unknown()).optional(),
})

/** Resolves when none of the messages is stored any more. */
async function quiet(texts: readonly string[]): Promise<void> {
  for (let before = -1; before !== stored(texts).length; await sleep(800)) {
    before = stored(texts).length
  }
}

function disposing<T extends { close(): Promise<void> }>(closable: T): T & AsyncDisposable {
  return Object.assign(closable, { [Symbol.asyncDispose]: () => closable.close() })
}

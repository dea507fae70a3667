/** Replicas whose database goes away and comes back. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Emulator } from '@chatlayer-tables/emulator'
import { type PostgresServer, startPostgres } from '@chatlayer-tables/sources/test-postgres'
import { startProxy, type TcpProxy } from '@chatlayer-tables/sources/test-tcp-proxy'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openHttp } from './clients.ts'
import { makeFolder, STORE_COUNT, startFixture } from './fixture.ts'
import { type Kind, openImpatient } from './impatient-client.ts'
import { messages, storedOf } from './leads.ts'
import { type SharedReplicas, startReplicas } from './shared-replicas.ts'

const IMPORTED = 2_000
const files = makeFolder()
const ALLOW = ['--confirm', 'allow']

let emulator: Emulator
let postgres: PostgresServer
/** The way to the database, which can be closed. */
let way: TcpProxy
let replicas: SharedReplicas | undefined

beforeAll(async () => {
  ;[emulator, postgres] = await Promise.all([startFixture(), startPostgres()])
  way = await startProxy(postgres.port)
})

afterAll(async () => {
  await way.end()
  await Promise.all([emulator.close(), postgres.end()])
})

beforeEach(() => {
  emulator.reset()
  emulator.faults.set([])
})

afterEach(async () => {
  if (isAway) await comeBack()
  await replicas?.close()
  replicas = undefined
})

/** @param seconds that statements wait for the database */
async function start(seconds: number, flags: readonly string[] = ALLOW): Promise<SharedReplicas> {
  const address = `postgres://postgres@127.0.0.1:${way.port}/postgres`
  const env = { CHATLAYER_STATE_WAIT: String(seconds) }
  replicas = await startReplicas(emulator, address, { flags, env, count: 2 })
  return replicas
}

let isAway = false
async function goAway(): Promise<void> {
  isAway = true
  await way.end()
}
async function comeBack(): Promise<void> {
  way = await startProxy(postgres.port, { port: way.port })
  isAway = false
}

const stored = (texts: readonly string[]) => storedOf(emulator, texts)
const slowly = (ms: number) =>
  emulator.faults.set([{ kind: 'latency', ms, when: 'before', actions: ['INSERT'] }])

async function health(url: string): Promise<unknown> {
  const response = await fetch(new URL('/healthz', url))
  return { code: response.status, ...((await response.json()) as object) }
}

describe('while the database is away', () => {
  it('writes are refused before anything is sent, reads go on, and no restart is needed', async () => {
    const { servers } = await start(1)
    const clients = await Promise.all(servers.map(({ url }) => openHttp('v2', url)))
    const row = (name: string) => ({ table: 'stores', records: [{ name }] })
    for (const [at, client] of clients.entries()) {
      expect((await client.call('insert_records', row(`before ${at}`))).data.inserted).toBe(1)
      expect(await health(servers[at]!.url)).toEqual({ code: 200, status: 'ok', state: 'ok' })
    }
    await goAway()
    const sent = { ...emulator.requests.counts.actions }
    for (const [at, client] of clients.entries()) {
      for (const [tool, args] of [
        ['insert_records', row('during')],
        ['delete_records', { table: 'stores', where: { rank: 1 } }],
        ['upsert_records', { ...row('during'), key: 'name' }],
        ['list_changes', {}],
      ] as const) {
        const { isError, data, text } = await client.call(tool, args)
        expect(isError, `${tool}: ${text}`).toBe(true)
        expect(data.error).toMatchObject({ code: 'CONFIGURATION' })
        expect(text).toContain('cannot be reached')
        expect(text).not.toMatch(/127\.0\.0\.1|postgres|chatlayer-tables\//)
      }
      const { data } = await client.call('query_records', { table: 'stores', limit: 1 })
      expect(data.returned).toBe(1)
      expect(servers[at]!.stderr()).toContain(`127.0.0.1:${way.port}`)
      await expect
        .poll(() => health(servers[at]!.url))
        .toEqual({ code: 200, status: 'ok', state: 'unreachable' })
    }
    const { INSERT, UPDATE, DELETE } = emulator.requests.counts.actions
    expect({ INSERT, UPDATE, DELETE }).toMatchObject({
      INSERT: sent.INSERT,
      UPDATE: sent.UPDATE,
      DELETE: sent.DELETE,
    })
    await comeBack()
    for (const [at, client] of clients.entries()) {
      const { data, text } = await client.call('insert_records', row(`after ${at}`))
      expect(data.inserted, text).toBe(1)
      await expect.poll(() => health(servers[at]!.url)).toMatchObject({ state: 'ok' })
    }
    expect(emulator.tables.count('stores')).toBe(STORE_COUNT + 4)
    await Promise.all(clients.map((client) => client.close()))
  })

  it('confirmations are neither issued nor accepted', async () => {
    const { servers } = await start(1, [])
    const client = await openHttp('v1', servers[0]!.url)
    const call = { table: 'stores', where: { rank: 3 } }
    const { data } = await client.call('delete_records', call)
    const { confirm_token } = data
    await goAway()
    for (const args of [{ confirm_token }, { ...call, confirm_token }, call]) {
      const refused = await client.call('delete_records', args)
      expect(refused.data.error, refused.text).toMatchObject({ code: 'CONFIGURATION' })
      expect(refused.data).not.toHaveProperty('confirm_token')
    }
    expect(emulator.tables.count('stores')).toBe(STORE_COUNT)
    await comeBack()
    expect((await client.call('delete_records', { confirm_token })).data.deleted).toBe(1)
    await client.close()
  })

  it('a server starts, and serves when the database is there', async () => {
    await goAway()
    const { servers } = await start(1)
    const client = await openHttp('v2', servers[0]!.url)
    expect((await client.call('list_tables', {})).isError).toBe(false)
    const row = { table: 'stores', records: [{ name: 'early' }] }
    expect((await client.call('insert_records', row)).data.error).toMatchObject({
      code: 'CONFIGURATION',
    })
    await comeBack()
    expect((await client.call('insert_records', row)).data.inserted).toBe(1)
    await client.close()
  })
})

it.each<Kind>(['v1', 'v2'])(
  'an import of %s goes on when the server of the database was started again',
  async (kind) => {
    const { servers } = await start(30, [...ALLOW, '--files', files])
    const client = await openImpatient(kind, servers[0]!.url)
    const texts = messages(IMPORTED)
    const file = `${kind}.csv`
    await writeFile(join(files, file), `message\n${texts.join('\n')}\n`)
    slowly(100)
    const call = client.call('import_file', { table: 'leads', file, mode: 'insert' })
    while (stored(texts).length < 100) await sleep(5)
    await postgres.stop('SIGQUIT')
    await quiet(texts)
    // Rows that cannot be recorded are not sent.
    expect(stored(texts).length).toBeLessThan(IMPORTED)
    await postgres.start()
    const { data, text } = await call
    expect(data, text).toMatchObject({ inserted: IMPORTED, unknown: 0 })
    expect(stored(texts)).toEqual(texts.toSorted())
    const other = await openImpatient(kind, servers[1]!.url)
    const { data: changes } = await other.call('list_changes', { limit: 1 })
    expect(changes.change_sets).toMatchObject([{ inserted: IMPORTED }])
    await Promise.all([client.close(), other.close()])
  },
)

/** Resolves when none of the messages is stored any more. */
async function quiet(texts: readonly string[]): Promise<void> {
  for (let before = -1; before !== stored(texts).length; await sleep(400)) {
    before = stored(texts).length
  }
}

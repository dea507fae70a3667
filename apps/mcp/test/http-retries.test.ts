/** A client that gives up on a call, and calls again, over HTTP with three replicas. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Emulator } from '@chatlayer-tables/emulator'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { environmentOf, makeFolder, startFixture } from './fixture.ts'
import { type HttpProcess, startHttpServer } from './http-server.ts'
import { type Impatient, KINDS, openImpatient } from './impatient-client.ts'
import { messages, rowsOf, storedOf } from './leads.ts'
import { type RoundRobin, startRoundRobin } from './round-robin.ts'

const files = makeFolder()
/** The client waits for the first rows, and not for the others. */
const TIMEOUT_MS = 900
const LATENCY_MS = 500
/** More than the 64 connections of a server carry before the timeout. */
const ROWS = 100
const IMPORTED = 300

let emulator: Emulator
const stored = (texts: readonly string[]) => storedOf(emulator, texts)

interface Deployment {
  readonly servers: readonly HttpProcess[]
  readonly proxy: RoundRobin
}

async function deploy(isShared: boolean): Promise<Deployment> {
  const shared = makeFolder()
  const start = () => {
    const env = { ...environmentOf(emulator), XDG_STATE_HOME: isShared ? shared : makeFolder() }
    return startHttpServer({ ...env, CHATLAYER_MCP_CONFIRM_KEY: 'k'.repeat(40) }, [
      '--files',
      files,
      '--confirm',
      'allow',
    ])
  }
  const servers = await Promise.all([start(), start(), start()])
  return { servers, proxy: await startRoundRobin(servers.map(({ url }) => url)) }
}

const deployments: Record<string, Deployment> = {}

beforeAll(async () => {
  emulator = await startFixture()
  deployments.shared = await deploy(true)
  deployments.separate = await deploy(false)
})

afterAll(async () => {
  for (const { servers, proxy } of Object.values(deployments)) {
    await proxy.close()
    await Promise.all(servers.map((server) => server.stop()))
  }
  await emulator.close()
})

const slowly = (ms = LATENCY_MS) =>
  emulator.faults.set([{ kind: 'latency', ms, when: 'before', actions: ['INSERT'] }])

beforeEach(() => emulator.faults.set([]))

/** Resolves when the table is written to no more. */
async function quiet(): Promise<void> {
  for (let before = -1; before !== emulator.tables.count('leads'); await sleep(700)) {
    before = emulator.tables.count('leads')
  }
}

describe.each(KINDS)('for a client of %s', (generation) => {
  describe.each(['shared', 'separate'])('of replicas with %s state', (kind) => {
    let client: Impatient

    beforeAll(async () => {
      client = await openImpatient(generation, deployments[kind]!.proxy.url)
      // Each replica has its client and its journal open.
      for (const _ of '123') await client.call('list_tables', {})
    })

    afterAll(() => client.close())

    it('each row is written once, however often the call is repeated', async () => {
      const texts = messages(ROWS)
      const args = { table: 'leads', records: rowsOf(texts) }
      slowly()
      const first = new AbortController()
      const patience = kind === 'shared' ? { timeout: TIMEOUT_MS } : { signal: first.signal }
      const failure = client.call('insert_records', args, patience).then(
        () => 'ended',
        () => 'gave up',
      )
      if (kind === 'separate') {
        // What is not in the table yet, a replica without the state of the first one cannot see.
        while (stored(texts).length === 0) await sleep(5)
        first.abort(new Error('enough'))
      }
      expect(await failure).toBe('gave up')
      // As libraries do: at once, and again.
      await client.call('insert_records', args, { timeout: TIMEOUT_MS }).catch(() => {})
      emulator.faults.set([])
      let last = await client.call('insert_records', args)
      if (kind === 'shared') {
        expect(last.data, last.text).toMatchObject({ inserted: ROWS, rejected: 0, unknown: 0 })
        expect(new Set(last.data.ids as string[]).size).toBe(ROWS)
      }
      // Without shared state, a replica can only refuse, and say which rows are there.
      for (let tries = 0; last.isError && tries < 5; tries++) {
        const { code, present_rows } = last.data.error as { code: string; present_rows: number[] }
        expect(code).toBe('POSSIBLE_REPEAT')
        await quiet()
        const missing = texts.filter((text) => !stored([text]).length)
        expect(present_rows.length).toBeGreaterThan(0)
        if (missing.length === 0) break
        last = await client.call('insert_records', { ...args, records: rowsOf(missing) })
      }
      await quiet()
      expect(stored(texts)).toEqual(texts.toSorted())
    }, 30_000)
  })

  it('an import stops when it is cancelled, and is continued when it is repeated', async () => {
    const client = await openImpatient(generation, deployments.shared!.proxy.url)
    const texts = messages(IMPORTED)
    const file = `${generation.replace(' ', '-')}.csv`
    await writeFile(join(files, file), `message\n${texts.join('\n')}\n`)
    slowly(200)
    const cancel = new AbortController()
    const args = { table: 'leads', file, mode: 'insert' }
    const ended = client.call('import_file', args, { signal: cancel.signal }).catch(() => {})
    while (stored(texts).length === 0) await sleep(5)
    cancel.abort()
    await ended
    await sleep(1_000)
    const soon = stored(texts).length
    await sleep(500)
    expect(stored(texts)).toHaveLength(soon)
    expect(soon).toBeLessThan(IMPORTED)
    emulator.faults.set([])
    const second = await client.call('import_file', args)
    expect(second.data, second.text).toMatchObject({ inserted: IMPORTED })
    expect(stored(texts)).toEqual(texts.toSorted())
    await client.close()
  })
})

it('a caller cannot cancel a call of another session', async () => {
  const [one, other] = await Promise.all([
    openImpatient('v1', deployments.shared!.proxy.url),
    openImpatient('v1', deployments.shared!.proxy.url),
  ])
  const texts = messages(20)
  slowly()
  const call = one.call('insert_records', { table: 'leads', records: rowsOf(texts) })
  while (stored(texts).length === 0) await sleep(5)
  for (let requestId = 0; requestId < 5; requestId++) {
    await other.cancel(requestId)
  }
  expect((await call).data).toMatchObject({ inserted: 20 })
  await Promise.all([one.close(), other.close()])
})

it('a call whose replica was killed is continued by another one', async () => {
  const { servers, proxy } = await deploy(true)
  const [killed, other] = servers
  const first = await openImpatient('v1', killed!.url)
  const texts = messages(ROWS)
  const args = { table: 'leads', records: rowsOf(texts) }
  slowly()
  const failure = first.call('insert_records', args, { timeout: 5_000 }).catch(() => {})
  while (stored(texts).length === 0) await sleep(5)
  killed!.child.kill('SIGKILL')
  emulator.faults.set([])
  const second = await openImpatient('v1', other!.url)
  const { data, text } = await second.call('insert_records', args)
  expect(data, text).toMatchObject({ inserted: ROWS, unknown: 0 })
  expect(stored(texts)).toEqual(texts.toSorted())
  await first.close()
  await failure
  await second.close()
  await proxy.close()
  await Promise.all(servers.map((server) => server.stop()))
})

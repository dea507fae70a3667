/** A process whose locks were lost writes nothing more; one whose store is away waits. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client, ClientOptions } from '@chatlayer-tables/core'
import { StorageError } from '@chatlayer-tables/local'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ChangeSet, type Journal, openJournal } from '../src/index.ts'
import { Losable } from './losable-store.ts'
import { rows, Setup } from './support.ts'

let setup: Setup
/** The journal of `setup` is that of another machine. */
let losable: Losable
let journal: Journal

beforeEach(async () => {
  setup = await Setup.start()
  losable = new Losable(join(setup.folder, 'journal'))
  journal = await openJournal({ store: losable.store })
})

afterEach(async () => {
  losable.gate = undefined
  await journal.close().catch(() => undefined)
  await setup[Symbol.asyncDispose]()
})

/** The requests that wrote. */
function sent(): number {
  return setup.emulator.requests.log.filter(({ action }) => action === 'INSERT').length
}

function begin(options: Partial<ClientOptions> = {}): { set: ChangeSet; client: Client } {
  const set = journal.changeSet({ tool: 'test', connection: setup.connection })
  return { set, client: setup.client(set, options) }
}

const LOST = /the journal cannot be written: another machine has taken over/

describe('a writer whose lock is lost', () => {
  it('sends nothing more, also if that happens during the commit', async () => {
    const { set, client } = begin()
    const table = client.table('stores')
    await table.insertMany(rows(0, 3))
    losable.onCommit = (writes) => {
      if (writes.some((write) => write.do === 'add change')) void losable.lose()
    }
    await expect(table.insertMany(rows(3, 5))).rejects.toThrow(LOST)
    losable.onCommit = undefined
    await expect(table.insertMany(rows(3, 5))).rejects.toThrow(LOST)
    await expect(set.close()).rejects.toThrow(LOST)
    expect(sent()).toBe(3)
  })

  it('does not send what waits for its turn', async () => {
    setup.emulator.faults.set([{ kind: 'latency', ms: 300, actions: ['INSERT'] }])
    const { client } = begin({ concurrency: { max: 1 } })
    const writing = Promise.resolve(client.table('stores').insertMany(rows(0, 5)))
    const failed = expect(writing).rejects.toThrow(LOST)
    while (sent() === 0) await sleep(5)
    // All intents are in the journal, and one request is in flight.
    await losable.lose()
    await failed
    expect(sent()).toBe(1)
    expect(setup.ids()).toHaveLength(1)
  })

  it('is followed by a new one for the next change set, and resolved by another machine', async () => {
    setup.emulator.faults.set([{ kind: 'latency', ms: 300, actions: ['INSERT'] }])
    const first = begin({ concurrency: { max: 2 } })
    const writing = Promise.resolve(first.client.table('stores').insertMany(rows(0, 6)))
    writing.catch(() => undefined)
    while (sent() < 2) await sleep(5)
    await losable.lose()
    await writing.catch(() => undefined)
    await first.set.close().catch(() => undefined)
    setup.emulator.faults.clear()
    const second = begin()
    await second.client.table('stores').insertMany(rows(10, 3))
    const [summary] = await second.set.close()
    expect(summary).toMatchObject({ status: 'settled', counts: { inserted: 3 } })
    const [id = ''] = first.set.ids
    expect(await journal.show(id)).toMatchObject({ status: 'unsettled', counts: { open: 6 } })
    // The journal of the other machine.
    expect(await setup.journal.needsRecovery()).toBe(true)
    const recovery = await setup.journal.recover(setup.client())
    expect(recovery).toEqual({ settled: [id], unsettled: [] })
    expect(await journal.show(id)).toMatchObject({
      status: 'settled',
      counts: { inserted: 2, rejected: 4, open: 0 },
    })
    await setup.undo(id)
    expect(setup.ids()).toHaveLength(3)
  })
})

describe('a store that is away', () => {
  it('lets writes wait, and they continue', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    losable.gate = promise
    const { set, client } = begin()
    const writing = Promise.resolve(client.table('stores').insertMany(rows(0, 5)))
    await sleep(100)
    expect(sent()).toBe(0)
    resolve()
    expect(await writing).toMatchObject({ ok: 5 })
    expect(await set.close()).toMatchObject([{ counts: { inserted: 5, open: 0 } }])
  })

  it('lets requests wait that may have been taken over, until it is certain that they were not', async () => {
    const waits: (() => void)[] = []
    losable.certain = () => new Promise((resolve) => waits.push(resolve))
    const { set, client } = begin()
    const writing = Promise.resolve(client.table('stores').insertMany(rows(0, 2)))
    while (waits.length < 2) await sleep(5)
    expect(sent()).toBe(0)
    losable.certain = () => undefined
    for (const go of waits) go()
    expect(await writing).toMatchObject({ ok: 2 })
    await set.close()
  })

  it('keeps outcomes that it could not store, and stores them with the next commit', async () => {
    const { set, client } = begin()
    const table = client.table('stores')
    await table.insertMany(rows(0, 5))
    losable.failures.push(new StorageError('unreachable', 'the store'))
    await expect(set.flush()).rejects.toThrow('cannot be reached')
    expect((await journal.list())[0]?.counts).toMatchObject({ inserted: 0, open: 5 })
    expect(await set.close()).toMatchObject([{ status: 'settled', counts: { inserted: 5 } }])
  })

  it('stops a write when it does not come back, which is not sent', async () => {
    const { client } = begin()
    losable.failures.push(new StorageError('unreachable', 'the store'))
    await expect(client.table('stores').insertMany(rows(0, 5))).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message: 'the journal cannot be written: the store cannot be reached',
      cause: { kind: 'unreachable' },
    })
    expect(sent()).toBe(0)
  })
})

describe('a recovery whose lock is lost', () => {
  it('stops, and another one does it', async () => {
    setup.emulator.faults.set([{ kind: 'hang', when: 'after', actions: ['INSERT'] }])
    const { client, set } = begin()
    const cut = new AbortController()
    const writing = Promise.resolve(
      client.table('stores').insertMany(rows(0, 5), { signal: cut.signal }),
    )
    writing.catch(() => undefined)
    while (setup.ids().length < 5) await sleep(10)
    await losable.lose()
    cut.abort(new Error('killed'))
    await writing.catch(() => undefined)
    const [id = ''] = set.ids
    setup.emulator.faults.clear()
    const recovering = journal.recover(setup.client())
    // It waits two seconds for the last requests of the writer.
    setTimeout(() => void losable.lose(), 300)
    await expect(recovering).rejects.toMatchObject({ name: 'StorageError', kind: 'lost' })
    expect(await journal.show(id)).toMatchObject({ status: 'unsettled', counts: { open: 5 } })
    expect(await setup.journal.recover(setup.client())).toMatchObject({ settled: [id] })
    expect((await journal.show(id)).counts).toMatchObject({ inserted: 5, open: 0 })
  })
})

describe('an undo', () => {
  it('whose lock is lost stops, and another machine continues it', async () => {
    const id = await setup.write((table) => table.insertMany(rows(0, 30)))
    setup.emulator.faults.set([{ kind: 'latency', ms: 50, actions: ['DELETE'] }])
    const connect = (onWrite: ChangeSet | Parameters<typeof setup.client>[0]) =>
      setup.client(onWrite, { concurrency: { max: 2 } })
    const undoing = journal.undo(id, { tool: 'test', connect })
    const failed = expect(undoing).rejects.toMatchObject({ name: 'StorageError', kind: 'lost' })
    while (setup.ids().length > 25) await sleep(5)
    await losable.lose()
    await failed
    const left = setup.ids().length
    expect(left).toBeGreaterThan(15)
    await sleep(200)
    expect(setup.ids()).toHaveLength(left)
    setup.emulator.faults.clear()
    const { counts, resumed } = await setup.undo(id)
    expect(resumed).toBe(true)
    expect(counts).toMatchObject({ conflicts: 0, rejected: 0, unknown: 0 })
    expect(setup.ids()).toEqual([])
  })

  it('at once with another one of the same set: one does it, the other is told', async () => {
    const id = await setup.write((table) => table.insertMany(rows(0, 20)))
    const connect = (onWrite: Parameters<typeof setup.client>[0]) => setup.client(onWrite)
    const results = await Promise.allSettled([
      journal.undo(id, { tool: 'test', connect }),
      setup.undo(id),
    ])
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const [failed] = results.filter((result) => result.status === 'rejected')
    expect(failed?.reason).toMatchObject({
      message: `another process is undoing change set ${id}`,
    })
    expect(setup.ids()).toEqual([])
    expect(await journal.list({})).toHaveLength(2)
  })
})

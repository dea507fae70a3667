/** Change sets whose process is gone, in every state that a kill can leave. */
import type { Client, TableHandle } from '@chatlayer-tables/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Journal } from '../src/index.ts'
import { rows, Setup } from './support.ts'

let setup: Setup

beforeEach(async () => {
  setup = await Setup.start()
})

afterEach(() => setup[Symbol.asyncDispose]())

/**
 * A write in flight, and the journal as a kill leaves it after this many requests of the action; the
 * rest of the write is cut off.
 */
async function killIn(
  when: 'before' | 'after',
  action: 'INSERT' | 'UPDATE' | 'DELETE',
  work: (table: TableHandle, signal: AbortSignal) => PromiseLike<unknown>,
): Promise<Journal> {
  setup.emulator.faults.set([{ kind: 'hang', when, actions: [action], rate: 0.5 }])
  const cut = new AbortController()
  const set = setup.journal.changeSet({ tool: 'test', connection: setup.connection })
  const writing = Promise.resolve(work(setup.client(set).table('stores'), cut.signal))
  writing.catch(() => undefined)
  let seen = -1
  for (let now = count(action); now !== seen || now === 0; now = count(action)) {
    seen = now
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
  const left = await setup.killed()
  cut.abort(new Error('killed'))
  await writing.catch(() => undefined)
  setup.emulator.faults.clear()
  return left
}

function count(action: string): number {
  return setup.emulator.requests.log.filter((request) => request.action === action).length
}

async function recover(journal: Journal, client: Client = setup.client()) {
  expect(await journal.needsRecovery()).toBe(true)
  const recovery = await journal.recover(client)
  expect(await journal.needsRecovery()).toBe(false)
  const [summary] = await journal.list()
  expect(summary).toMatchObject({ status: 'settled', counts: { open: 0, unknown: 0 } })
  expect(recovery).toEqual({ settled: [summary?.id], unsettled: [] })
  return summary
}

describe.each(['before', 'after'] as const)('killed %s the gateway committed', (when) => {
  it('an import is settled by looking, equal twins among its rows', async () => {
    const lines = [...rows(0, 30), ...rows(0, 30), ...rows(20, 20)]
    setup.emulator.tables.insert('stores', rows(500, 3))
    const journal = await killIn(when, 'INSERT', (table, signal) =>
      table.insertMany(lines, { signal }),
    )
    expect((await journal.list())[0]).toMatchObject({ status: 'unsettled', endedAt: undefined })
    const summary = await recover(journal)
    expect(summary?.counts.inserted).toBe(setup.ids().length - 3)
    const ids = (await journal.changes(summary?.id ?? ''))
      .filter(({ status }) => status === 'ok')
      .map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    expect((await setup.undo(summary?.id ?? '', {}, journal)).counts.conflicts).toBe(0)
    expect(setup.ids()).toHaveLength(3)
  })

  it('updates and deletes are settled by their records', async () => {
    setup.emulator.tables.insert('stores', rows(0, 60))
    const start = setup.values()
    const updating = await killIn(when, 'UPDATE', (table, signal) =>
      table.update({ size: { lt: 40 } }, { city: 'Ostend' }, { signal }),
    )
    const updated = await recover(updating)
    const isOstend = (text: string) => text.includes('Ostend')
    expect(updated?.counts.updated).toBe(setup.values().filter(isOstend).length)
    await setup.undo(updated?.id ?? '', {}, updating)
    expect(setup.values()).toEqual(start)
    const deleting = await killIn(when, 'DELETE', (table, signal) =>
      table.delete({ size: { lt: 40 } }, { signal }),
    )
    const [latest] = await deleting.list()
    await deleting.recover(setup.client())
    const deleted = await deleting.show(latest?.id ?? '')
    expect(deleted.status).toBe('settled')
    expect(deleted.counts.deleted).toBe(60 - setup.ids().length)
    await setup.undo(deleted.id, {}, deleting)
    expect(setup.values()).toEqual(start)
  })
})

it('a killed undo continues when it is run again, and undoes nothing twice', async () => {
  setup.emulator.tables.insert('stores', rows(0, 40))
  const start = setup.values()
  const gone = await setup.write((table) => table.delete({ size: { gte: 0 } }))
  const cut = new AbortController()
  setup.emulator.faults.set([{ kind: 'hang', when: 'after', actions: ['INSERT'], rate: 0.3 }])
  const undoing = setup.undo(gone, { signal: cut.signal })
  undoing.catch(() => undefined)
  while (setup.ids().length < 20) await new Promise((resolve) => setTimeout(resolve, 20))
  const journal = await setup.killed()
  cut.abort(new Error('killed'))
  await undoing.catch(() => undefined)
  setup.emulator.faults.clear()
  const { resumed, counts, id } = await setup.undo(gone, {}, journal)
  expect(resumed).toBe(true)
  expect(counts.conflicts + counts.rejected + counts.unknown).toBe(0)
  expect(setup.values()).toEqual(start)
  expect((await journal.show(gone)).undone).toBe(40)
  const { counts: ended, endedAt } = await journal.show(id ?? '')
  expect(ended.inserted).toBe(40)
  expect(endedAt).toBeDefined()
  // It is one change set, and can be undone as one.
  await setup.undo(id ?? '', {}, journal)
  expect(setup.ids()).toEqual([])
})

it('an interrupted undo continues in the same process as in another', async () => {
  const { journal } = setup
  const set = await setup.write((table) => table.insertMany(rows(0, 40)))
  const cut = new AbortController()
  setup.emulator.faults.set([{ kind: 'latency', ms: { min: 10, max: 80 }, actions: ['DELETE'] }])
  const undoing = setup.undo(set, { signal: cut.signal })
  undoing.catch(() => undefined)
  while (setup.ids().length > 30) await new Promise((resolve) => setTimeout(resolve, 2))
  cut.abort(new Error('enough'))
  await expect(undoing).rejects.toThrow('enough')
  setup.emulator.faults.clear()
  expect((await journal.list())[0]).toMatchObject({ undoes: set, status: 'unsettled' })
  const { resumed, counts, id } = await setup.undo(set)
  expect(resumed).toBe(true)
  expect(counts).toMatchObject({ conflicts: 0, gone: 0, unknown: 0 })
  expect(setup.ids()).toEqual([])
  expect((await journal.show(set)).undone).toBe(40)
  expect(await journal.show(id ?? '')).toMatchObject({ status: 'settled', counts: { deleted: 40 } })
})

it('outcomes that an unreachable gateway left unknown are resolved at the next start', async () => {
  const place = `${setup.folder}/journal`
  setup.emulator.faults.set([
    { kind: 'reset', when: 'after', actions: ['INSERT'] },
    { kind: 'reset', when: 'before', actions: ['SELECT'] },
  ])
  const set = await setup.write((table) => table.insertMany(rows(0, 5)))
  expect(await setup.journal.show(set)).toMatchObject({
    status: 'unsettled',
    counts: { unknown: 5 },
  })
  const journal = await setup.killed(place)
  const failing = await journal.recover(setup.client(undefined, { maxAttempts: 1 }))
  expect(failing.settled).toEqual([])
  expect(failing.unsettled).toHaveLength(1)
  setup.emulator.faults.clear()
  await recover(journal)
  expect((await journal.show(set)).counts).toMatchObject({ inserted: 5, unknown: 0 })
})

it('a running process resolves unknown outcomes of its own writes', async () => {
  const { journal } = setup
  setup.emulator.faults.set([
    { kind: 'reset', when: 'after', actions: ['INSERT'] },
    { kind: 'reset', when: 'before', actions: ['SELECT'] },
  ])
  const set = await setup.write((table) => table.insertMany(rows(0, 5)))
  setup.emulator.faults.clear()
  expect(await journal.needsRecovery()).toBe(true)
  // Two at once settle each change once.
  const both = await Promise.all([journal.recover(setup.client()), journal.recover(setup.client())])
  expect(both.flatMap(({ settled }) => settled)).toEqual([set])
  expect(await journal.show(set)).toMatchObject({
    status: 'settled',
    counts: { inserted: 5, unknown: 0 },
  })
  expect(await journal.needsRecovery()).toBe(false)
  expect((await setup.undo(set)).counts).toMatchObject({ undone: 5, unsettled: 0 })
  expect(setup.ids()).toEqual([])
})

it('an insert that another run finds in the table is counted once', async () => {
  const lines = rows(0, 30)
  const client = setup.client()
  await client.tables.list()
  const moment = client.gatewayMoment()
  const journal = await killIn('after', 'INSERT', (table, signal) =>
    table.insertMany(lines, { signal }),
  )
  const first = await recover(journal)
  // As a resumed job: each row that may have been sent is searched for, then sent.
  const again = await setup.write(
    (table) =>
      table.insertMany(lines, {
        earlier: {
          endedAt: performance.now() - 10_000,
          attempted: () => ({ moment }),
          takenOf: () => new Set<string>(),
          anonymous: () => undefined,
        },
      }),
    journal,
  )
  const { inserted = 0 } = first?.counts ?? {}
  expect((await journal.show(again)).counts).toMatchObject({
    inserted: 30 - inserted,
    elsewhere: inserted,
    open: 0,
  })
  expect((await setup.undo(again, {}, journal)).counts.undone).toBe(30 - inserted)
  expect((await setup.undo(first?.id ?? '', {}, journal)).counts.undone).toBe(inserted)
  expect(setup.ids()).toEqual([])
})

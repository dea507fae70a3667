/** The journal of several machines: one that is ended, undos by another, and any writes by both. */
import { setTimeout as sleep } from 'node:timers/promises'
import { checkUndos } from '@chatlayer-tables/journal/test-any-undos'
import { rows, Setup } from '@chatlayer-tables/journal/test-setup'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openJournalStore } from '../src/journal/store.ts'
import { LONG_TIMES, TestServer } from './support.ts'

const tests = new TestServer()
let name: string
let setup: Setup

beforeEach(async () => {
  name = await tests.newState()
  setup = await Setup.start({ store: await openStore() })
})

afterEach(() => setup[Symbol.asyncDispose]())

/** The store as another machine has it open. */
async function openStore() {
  const { database, sessions } = await tests.machine(name, { times: LONG_TIMES })
  return openJournalStore(database, sessions)
}

function sent(): number {
  return setup.emulator.requests.log.filter(({ action }) => action === 'INSERT').length
}

describe('a machine that was taken for dead', () => {
  it('writes nothing more, and another one resolves and undoes what it left', async () => {
    const other = await setup.another(await openStore())
    const before = await setup.write((table) => table.insertMany(rows(100, 3)), other)
    setup.emulator.faults.set([{ kind: 'latency', ms: 200, actions: ['INSERT'] }])
    const set = setup.journal.changeSet({ tool: 'test', connection: setup.connection })
    const table = setup.client(set, { concurrency: { max: 3 } }).table('stores')
    const writing = Promise.resolve(table.insertMany(rows(0, 40)))
    const failed = expect(writing).rejects.toThrow(/another machine has taken over/)
    while (sent() < 12) await sleep(5)
    await tests.run(
      `update chatlayer_tables.sessions set dead = true
        where id = (select session from chatlayer_tables.locks where name =
          (select writer from chatlayer_tables.journal_sets order by n desc limit 1))`,
      name,
    )
    await failed
    setup.emulator.faults.clear()
    const written = setup.ids().length - 3
    expect(written).toBeLessThan(40)
    const [id = ''] = set.ids
    expect(await other.show(id)).toMatchObject({ status: 'unsettled' })
    expect(await other.needsRecovery()).toBe(true)
    expect(await other.recover(setup.client())).toEqual({ settled: [id], unsettled: [] })
    const { counts, status } = await setup.journal.show(id)
    expect(status).toBe('settled')
    expect(counts).toMatchObject({ inserted: written, unknown: 0, open: 0 })
    const { counts: undone } = await setup.undo(id, {}, other)
    expect(undone).toMatchObject({ undone: written, conflicts: 0, gone: 0 })
    expect(setup.ids()).toHaveLength(3)
    // It is a writer again with its next change set.
    expect((await setup.undo(before)).counts).toMatchObject({ undone: 3 })
    expect(setup.ids()).toEqual([])
  })
})

describe('several machines', () => {
  it('undo a set once, if they do it at once', async () => {
    const others = [await setup.another(await openStore()), await setup.another(await openStore())]
    const id = await setup.write((table) => table.insertMany(rows(0, 30)))
    const results = await Promise.allSettled(
      [setup.journal, ...others].map((journal) => setup.undo(id, {}, journal)),
    )
    const failed = results.filter((result) => result.status === 'rejected')
    expect(failed).toHaveLength(2)
    for (const { reason } of failed) expect(reason).toMatchObject({ code: 'INVALID_INPUT' })
    expect(setup.ids()).toEqual([])
    expect(await setup.journal.count({})).toBe(2)
  })

  it('write and undo in turn; undone in reverse, all is as at the start', async () => {
    const other = await setup.another(await openStore())
    await checkUndos(setup, [setup.journal, other], 8)
  }, 120_000)
})

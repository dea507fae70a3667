/** The clock of this machine is set between a kill and the next start. The gateway's is not. */
import type { TableHandle } from '@chatlayer-tables/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openJournal } from '../src/index.ts'
import { rows, Setup } from './support.ts'

let setup: Setup

beforeEach(async () => {
  setup = await Setup.start()
})

afterEach(async () => {
  vi.useRealTimers()
  await setup[Symbol.asyncDispose]()
})

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

const STEPS = [
  ['a minute', MINUTE_MS],
  ['an hour', HOUR_MS],
  ['a day', DAY_MS],
  ['a year', 365 * DAY_MS],
].flatMap(([name, ms]) => [
  [`${name} back`, -Number(ms)],
  [`${name} forward`, Number(ms)],
]) as [string, number][]

/** Sets the clock of this process, which continues from there. `performance.now()` cannot be set. */
function setClock(stepMs: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + stepMs, shouldAdvanceTime: true })
}

/** Lets half of the inserts hang after the gateway carried them out, and half of the rest before. */
async function killInserts(work: (signal: AbortSignal) => PromiseLike<unknown>) {
  setup.emulator.faults.set([
    { kind: 'hang', when: 'after', actions: ['INSERT'], rate: 0.4 },
    { kind: 'hang', when: 'before', actions: ['INSERT'], rate: 0.3 },
  ])
  const cut = new AbortController()
  const writing = Promise.resolve(work(cut.signal))
  writing.catch(() => undefined)
  const count = () => setup.emulator.requests.log.filter(({ action }) => action === 'INSERT').length
  for (let seen = -1; seen !== count() || seen === 0; ) {
    seen = count()
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
  const journal = await setup.killed()
  cut.abort(new Error('killed'))
  await writing.catch(() => undefined)
  setup.emulator.faults.clear()
  return journal
}

describe.each(STEPS)('the clock is set %s before the next start', (_, stepMs) => {
  it('an import is settled, with equal records in the table before', async () => {
    // Twins of the first rows, and equal rows among the new ones.
    setup.insertOld([...rows(0, 10), ...rows(0, 10)])
    const before = setup.values()
    const old = setup.ids()
    const lines = [...rows(0, 20), ...rows(0, 20), ...rows(10, 10)]
    const set = setup.journal.changeSet({ tool: 'test', connection: setup.connection })
    const journal = await killInserts((signal) =>
      setup.client(set).table('stores').insertMany(lines, { signal }),
    )
    setClock(stepMs)
    const [id = ''] = (await journal.recover(setup.client())).settled
    const made = setup.ids().length - old.length
    expect(made).toBeGreaterThan(0)
    expect(await journal.show(id)).toMatchObject({
      status: 'settled',
      counts: { inserted: made, unknown: 0, open: 0, rejected: lines.length - made },
    })
    expect((await setup.undo(id, {}, journal)).counts).toMatchObject({ undone: made, conflicts: 0 })
    expect(setup.values()).toEqual(before)
    expect(setup.ids().toSorted()).toEqual(old.toSorted())
  })

  it('an undo continues, with equal records in the table before', async () => {
    setup.insertOld([...rows(0, 30), ...rows(0, 15)])
    const gone = await setup.write((table) => table.delete({ size: { lt: 20 } }))
    setup.insertOld(rows(0, 15))
    const twins = setup.ids()
    const journal = await killInserts((signal) => setup.undo(gone, { signal }))
    setClock(stepMs)
    const { counts, resumed, id } = await setup.undo(gone, {}, journal)
    expect(counts).toMatchObject({ conflicts: 0, rejected: 0, unknown: 0, unsettled: 0 })
    expect(resumed).toBe(true)
    expect(setup.ids()).toHaveLength(60)
    expect((await journal.show(gone)).undone).toBe(35)
    // Redone, exactly the records that the undo made are gone.
    await setup.undo(id ?? '', {}, journal)
    expect(setup.ids().toSorted()).toEqual(twins.toSorted())
  })
})

it('inserts with hidden values are found by the clock of the gateway alone', async () => {
  await setup[Symbol.asyncDispose]()
  setup = await Setup.start({ redact: [{ column: '*.city', how: 'drop' }] })
  setup.insertOld(rows(0, 10))
  const old = setup.ids()
  const set = setup.journal.changeSet({ tool: 'test', connection: setup.connection })
  const write = (table: TableHandle, signal: AbortSignal) =>
    table.insertMany(rows(0, 10), { signal })
  const journal = await killInserts((signal) => write(setup.client(set).table('stores'), signal))
  setClock(365 * DAY_MS)
  const [id = ''] = (await journal.recover(setup.client())).settled
  const made = setup.ids().length - old.length
  expect((await journal.show(id)).counts).toMatchObject({ inserted: made, unknown: 0, open: 0 })
  await setup.undo(id, {}, journal)
  expect(setup.ids().toSorted()).toEqual(old.toSorted())
})

describe('retention', () => {
  it.each(STEPS)('forgets nothing where the clock is set %s', async (_, stepMs) => {
    const { journal, folder } = setup
    const first = await setup.write((table) => table.insertMany(rows(0, 3)))
    setClock(stepMs)
    const second = await setup.write((table) => table.insertMany(rows(3, 3)))
    expect((await journal.prune()).changeSets).toBe(0)
    const other = await openJournal({ folder: `${folder}/journal`, retention: { days: 30 } })
    const third = await setup.write((table) => table.insertMany(rows(6, 3)), other)
    await other.close()
    vi.useRealTimers()
    const client = setup.client()
    await client.tables.list()
    expect((await journal.prune({}, client)).changeSets).toBe(0)
    expect((await journal.list()).map(({ id }) => id)).toEqual([third, second, first])
  })
})

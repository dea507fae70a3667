/** A gateway that stores values otherwise than they were sent: undo compares with what it holds. */
import type { TableHandle, WriteListener } from '@chatlayer-tables/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Journal, JournalLimits } from '../src/index.ts'
import { type NormalizingProxy, startNormalizingProxy } from './normalizing-proxy.ts'
import { rows, Setup } from './support.ts'

let setup: Setup
let proxy: NormalizingProxy

async function start(options: JournalLimits = {}): Promise<void> {
  setup = await Setup.start(options)
  setup.emulator.setDialect({ nullEncoding: 'word' })
  proxy = await startNormalizingProxy(setup.emulator.url, (column, text) => {
    if (column === 'code') return text.trim().toUpperCase()
    if (column === 'city') return text.trim() === '' ? null : text.trim()
    if (column === 'price') return Number(text).toFixed(1)
    return text
  })
}

beforeEach(() => start())

afterEach(async () => {
  await proxy[Symbol.asyncDispose]()
  await setup[Symbol.asyncDispose]()
})

function client(onWrite?: WriteListener) {
  return setup.client(onWrite, { baseUrl: proxy.url })
}

async function write(
  work: (table: TableHandle) => PromiseLike<unknown>,
  journal: Journal = setup.journal,
): Promise<string> {
  const { origin, teamId, botId } = client().connection
  const set = journal.changeSet({ tool: 'test', connection: { origin, teamId, botId } })
  await work(client(set).table('stores'))
  const [summary] = await set.close()
  return summary?.id ?? ''
}

function undo(id: string) {
  return setup.journal.undo(id, { tool: 'test', connect: (onWrite) => client(onWrite) })
}

const SENT = { code: ' ab ', city: ' Ghent ', size: 5, price: '2.349' }

describe('a gateway that trims, rounds, changes case and makes null', () => {
  it('an insert: the change shows both, and undo deletes the record', async () => {
    const set = await write((table) => table.insertMany([SENT, { ...SENT, city: '  ' }]))
    const [first, second] = await setup.journal.changes(set)
    expect(first?.after).toEqual({ code: 'AB', city: 'Ghent', size: 5, price: '2.3' })
    expect(first?.differences).toEqual([
      { column: 'code', sent: ' ab ', stored: 'AB' },
      { column: 'city', sent: ' Ghent ', stored: 'Ghent' },
      { column: 'price', sent: '2.349', stored: '2.3' },
    ])
    expect(second?.differences).toContainEqual({ column: 'city', sent: '  ', stored: null })
    expect((await undo(set)).counts).toMatchObject({ total: 2, undone: 2, conflicts: 0, gone: 0 })
    expect(setup.ids()).toEqual([])
  })

  it('an update by id and one by condition: undo restores the values, and redo writes them', async () => {
    const stored = rows(0, 4).map((row) => ({
      ...row,
      code: row.code.toUpperCase(),
      price: row.price.replace('.50', '.5'),
    }))
    setup.emulator.tables.insert('stores', stored)
    const start = setup.values()
    const [id = ''] = setup.ids()
    const byId = await write((table) => table.updateById(id, { code: ' new ', price: '7.77' }))
    const middle = setup.values()
    const byCondition = await write((table) =>
      table.update({ size: { gte: 1 } }, { city: '  ', code: ' x' }),
    )
    const end = setup.values()
    expect((await setup.journal.changes(byId))[0]).toMatchObject({
      after: { code: 'NEW', price: '7.8' },
      differences: [{ column: 'code' }, { column: 'price', sent: '7.77', stored: '7.8' }],
    })
    const back = await undo(byCondition)
    expect(back.counts).toMatchObject({ total: 3, undone: 3, conflicts: 0 })
    expect(setup.values()).toEqual(middle)
    const redo = await undo(back.id ?? '')
    expect(redo.counts).toMatchObject({ total: 3, undone: 3, conflicts: 0 })
    expect(setup.values()).toEqual(end)
    await undo(redo.id ?? '')
    expect((await undo(byId)).counts).toMatchObject({ undone: 1, conflicts: 0 })
    expect(setup.values()).toEqual(start)
  })

  it('a delete whose record is stored otherwise when it is inserted again can be undone twice', async () => {
    setup.emulator.tables.insert('stores', [{ code: 'c1', city: ' wide ', size: 1, price: '1.25' }])
    const set = await write((table) => table.delete({ size: 1 }))
    const back = await undo(set)
    expect(back.counts).toMatchObject({ undone: 1 })
    expect((await setup.journal.changes(back.id ?? ''))[0]?.differences).toHaveLength(3)
    expect((await undo(back.id ?? '')).counts).toMatchObject({ undone: 1, conflicts: 0, gone: 0 })
    expect(setup.ids()).toEqual([])
    expect((await undo(set)).counts).toMatchObject({ undone: 1 })
  })

  it('values that are kept out are known by the hash of what is stored', async () => {
    await proxy[Symbol.asyncDispose]()
    await setup[Symbol.asyncDispose]()
    await start({
      redact: [
        { column: '*.code', how: 'hash' },
        { column: '*.city', how: 'drop' },
      ],
    })
    const set = await write((table) => table.insertMany([SENT]))
    const [change] = await setup.journal.changes(set)
    expect(change?.differences).toEqual([
      { column: 'price', sent: '2.349', stored: '2.3' },
      { column: 'code', sent: undefined, stored: undefined },
      { column: 'city', sent: undefined, stored: undefined },
    ])
    expect(JSON.stringify(change)).not.toMatch(/Ghent|ab /)
    expect((await undo(set)).counts).toMatchObject({ undone: 1, conflicts: 0 })
    expect(setup.ids()).toEqual([])
  })

  it('a record of a process that was killed is not taken for one that was never made', async () => {
    // By this one it is known.
    await write((table) => table.insertMany([SENT]))
    setup.emulator.faults.set([{ kind: 'hang', when: 'after', actions: ['INSERT'] }])
    const { origin, teamId, botId } = client().connection
    const set = setup.journal.changeSet({ tool: 'test', connection: { origin, teamId, botId } })
    const cut = new AbortController()
    const lines = rows(0, 20).map((row) => ({ ...row, code: ` ${row.code} ` }))
    const table = client(set).table('stores')
    const writing = Promise.resolve(table.insertMany(lines, { signal: cut.signal }))
    writing.catch(() => undefined)
    const isOver = () => setup.emulator.requests.log.length
    for (let seen = -1; seen !== isOver(); await new Promise((each) => setTimeout(each, 200))) {
      seen = isOver()
    }
    const journal = await setup.killed()
    cut.abort(new Error('killed'))
    await writing.catch(() => undefined)
    setup.emulator.faults.clear()
    await journal.recover(client())
    const [summary] = await journal.list()
    const made = setup.ids().length - 1
    expect(made).toBeGreaterThan(0)
    // Rows with an intent alone were never sent.
    const rejected = lines.length - made
    expect(summary?.counts).toMatchObject({ inserted: 0, open: 0, unknown: made, rejected })
  })

  it('a record that has changed since is a conflict', async () => {
    const set = await write((table) => table.insertMany([SENT]))
    const [id = ''] = setup.ids()
    await setup.client().table('stores').updateById(id, { code: ' ab ' })
    const { counts, problems } = await undo(set)
    expect(counts).toMatchObject({ undone: 0, conflicts: 1 })
    expect(problems[0]?.columns).toEqual(['code'])
  })
})

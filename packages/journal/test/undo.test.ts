/** Taking change sets back. */
import { createClient, type WriteListener } from '@chatlayer-tables/core'
import { startEmulator } from '@chatlayer-tables/emulator'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { rows, Setup } from './support.ts'

let setup: Setup

beforeEach(async () => {
  setup = await Setup.start()
  setup.emulator.tables.insert('stores', rows(1_000, 10))
})

afterEach(() => setup[Symbol.asyncDispose]())

/** An import, an update of some by condition, a delete of some. */
async function session() {
  const start = setup.values()
  const imported = await setup.write((table) => table.insertMany(rows(0, 100)))
  const updated = await setup.write((table) =>
    table.update({ size: { lt: 30 } }, { city: 'Ostend', price: '1' }),
  )
  const deleted = await setup.write((table) => table.delete({ size: { gte: 28, lt: 33 } }))
  return { start, imported, updated, deleted }
}

describe('undo', () => {
  it('of all in reverse gives the table as it was', async () => {
    const { start, imported, updated, deleted } = await session()
    expect((await setup.undo(deleted)).counts).toMatchObject({ total: 5, undone: 5, conflicts: 0 })
    expect((await setup.undo(updated)).counts).toMatchObject({ total: 30, undone: 30 })
    expect((await setup.undo(imported)).counts).toMatchObject({ total: 100, undone: 100 })
    expect(setup.values()).toEqual(start)
  })

  it('in the order of making reports conflicts and skips them', async () => {
    const { imported, updated, deleted } = await session()
    const { counts, problems } = await setup.undo(imported)
    expect(counts).toMatchObject({ total: 100, undone: 67, conflicts: 28, gone: 5 })
    const conflict = problems.find(({ status }) => status === 'conflict')
    expect(conflict).toMatchObject({ change: 'inserted', columns: ['city', 'price'] })
    expect(problems).toHaveLength(33)
    expect((await setup.undo(updated)).counts).toMatchObject({ undone: 28, gone: 2 })
    expect((await setup.undo(deleted)).counts).toMatchObject({ undone: 5 })
    // What is left can be undone now.
    const again = await setup.undo(imported)
    expect(again.counts).toMatchObject({ total: 33, undone: 31, conflicts: 2, gone: 0 })
    expect((await setup.undo(imported, { force: true })).counts).toMatchObject({ undone: 2 })
  })

  it('with force overwrites later changes, in the columns of the change alone', async () => {
    const set = await setup.write((table) => table.update({ size: 1_000 }, { city: 'Ostend' }))
    const [id = ''] = (await setup.journal.changes(set)).map((change) => change.id)
    await setup.client().table('stores').updateById(id, { city: 'Ypres', size: 7 })
    const { problems, counts } = await setup.undo(set)
    expect(counts).toMatchObject({ total: 1, undone: 0, conflicts: 1 })
    expect(problems[0]).toMatchObject({ id, status: 'conflict', columns: ['city', 'size'] })
    expect((await setup.undo(set, { force: true })).counts.undone).toBe(1)
    const record = await setup.client().table('stores').get(id)
    expect(record?.values).toMatchObject({ city: 'Ghent', size: 7 })
  })

  it('finds a record that is already as it was, and one that is gone', async () => {
    const set = await setup.write((table) =>
      table.update({ size: { lte: 1_001 } }, { city: 'Ostend' }),
    )
    const [first = '', second = ''] = (await setup.journal.changes(set)).map(({ id }) => id ?? '')
    const table = setup.client().table('stores')
    const before = (await setup.journal.changes(set))[0]?.before?.city
    await table.updateById(first, { city: before ?? null, size: 5 })
    await table.deleteById(second)
    const { counts, id } = await setup.undo(set)
    expect(counts).toMatchObject({ total: 2, undone: 0, unchanged: 1, gone: 1, conflicts: 0 })
    expect(id).toBeUndefined()
  })

  it('of a part: by record, and by a condition on what the change left or deleted', async () => {
    const imported = await setup.write((table) => table.insertMany(rows(0, 20)))
    const [some = ''] = (await setup.journal.changes(imported)).map(({ id }) => id ?? '')
    expect((await setup.undo(imported, { records: [some] })).counts.total).toBe(1)
    const part = await setup.undo(imported, { where: { size: { gte: 15 } } })
    expect(part.counts).toMatchObject({ total: 5, undone: 5 })
    expect((await setup.journal.show(imported)).undone).toBe(6)
    const deleted = await setup.write((table) => table.delete({ size: { lt: 10 } }))
    const back = await setup.undo(deleted, { where: { city: 'Ghent' } })
    expect(back.counts.undone).toBe(4)
    expect((await setup.undo(imported)).counts).toMatchObject({ total: 14, undone: 9, gone: 5 })
    await expect(setup.undo(imported, { where: { towm: 'x' } })).rejects.toThrow(/"towm"/)
  })

  it('a second time has nothing to do', async () => {
    const set = await setup.write((table) => table.insertMany(rows(0, 5)))
    await setup.undo(set)
    expect(await setup.undo(set)).toMatchObject({ id: undefined, counts: { total: 0 } })
  })

  it('of an undo, and of that again, follows records through their new ids', async () => {
    const start = setup.values()
    const changed = await setup.write((table) => table.update({ size: 1_003 }, { city: 'Ostend' }))
    const middle = setup.values()
    const gone = await setup.write((table) => table.delete({ size: { gte: 1_002, lt: 1_005 } }))
    const end = setup.values()
    let set = gone
    for (let turn = 0; turn < 3; turn++) {
      const back = await setup.undo(set)
      expect(back.counts).toMatchObject({ undone: 3, conflicts: 0, gone: 0 })
      expect(setup.values()).toEqual(middle)
      expect((await setup.journal.show(gone)).undone).toBe(3)
      const redo = await setup.undo(back.id ?? '')
      expect(redo.counts).toMatchObject({ undone: 3, conflicts: 0, gone: 0 })
      expect(setup.values()).toEqual(end)
      expect((await setup.journal.show(gone)).undone).toBe(0)
      set = redo.id ?? ''
    }
    expect((await setup.undo(set)).counts.undone).toBe(3)
    expect((await setup.undo(changed)).counts).toMatchObject({ undone: 1 })
    expect(setup.values()).toEqual(start)
  })

  it('of a set that changed one record several times goes back step by step', async () => {
    const start = setup.values()
    const set = setup.journal.changeSet({ tool: 'test', connection: setup.connection })
    const table = setup.client(set).table('stores')
    const [id = ''] = setup.ids()
    for (const city of ['a', 'b', 'c']) await table.updateById(id, { city })
    await table.deleteById(id)
    const [summary] = await set.close()
    const preview = await setup.journal.previewUndo(summary?.id ?? '', { client: setup.client() })
    expect(preview).toMatchObject({ counts: { inserted: 1, updated: 3 }, problems: [] })
    const { counts } = await setup.undo(summary?.id ?? '')
    expect(counts).toMatchObject({ total: 4, undone: 4 })
    expect(setup.values()).toEqual(start)
  })

  it('goes to the version of the set, and to no other connection', async () => {
    const { journal } = setup
    const live = await setup.write((table) => table.insertMany(rows(0, 3)), journal, 'LIVE')
    await using other = await startEmulator({ tables: [] })
    const { url: baseUrl, token, teamId, botId } = other
    const elsewhere = () => createClient({ baseUrl, token, teamId, botId })
    await expect(setup.undo(live, { connect: elsewhere })).rejects.toThrow(
      /belongs to another connection: its gateway is/,
    )
    expect((await setup.undo(live)).version).toBe('LIVE')
    expect(setup.values('LIVE')).toEqual([])
  })

  it('finds inserts by their content where the gateway returned no ids', async () => {
    setup.emulator.setDialect({ insertAnswer: 'none' })
    const start = setup.values()
    const twins = [...rows(0, 5), ...rows(0, 5), ...rows(3, 4)]
    const set = await setup.write((table) => table.insertMany(twins))
    expect((await setup.journal.changes(set))[0]).toMatchObject({ status: 'ok', id: undefined })
    expect((await setup.undo(set)).counts).toMatchObject({ total: 14, undone: 14 })
    expect(setup.values()).toEqual(start)
  })
})

describe('a null that no update can write', () => {
  async function filled() {
    setup.emulator.tables.insert('stores', [
      { code: 'n1', city: null, size: -1, price: null },
      { code: 'n2', city: null, size: -2, price: '2' },
    ])
    const start = setup.values()
    const set = await setup.write((table) => table.update({ size: { lt: 0 } }, { city: 'Ostend' }))
    return { start, set }
  }

  it('comes back by deleting the record and inserting it as it was, also twice and redone', async () => {
    const { start, set } = await filled()
    const after = setup.values()
    const client = setup.client()
    const preview = await setup.journal.previewUndo(set, { client })
    expect(preview.undo).toMatchObject({ undone: 2, recreated: 2 })
    let latest = set
    for (let turn = 0; turn < 2; turn++) {
      const back = await setup.undo(latest)
      expect(back.counts).toMatchObject({ undone: 2, recreated: 2, rejected: 0 })
      expect(setup.values()).toEqual(start)
      const redo = await setup.undo(back.id ?? '')
      expect(redo.problems).toEqual([])
      expect(setup.values()).toEqual(after)
      expect((await setup.journal.show(set)).undone).toBe(0)
      latest = set
    }
  })

  it('is refused where ids are to be kept, and simply written where the gateway has a way', async () => {
    const { start, set } = await filled()
    const kept = await setup.undo(set, { keepIds: true })
    expect(kept.counts).toMatchObject({ undone: 0, rejected: 2 })
    setup.emulator.setDialect({ nullEncoding: 'word' })
    const connect = (onWrite: WriteListener) =>
      setup.client(onWrite, { dialect: { nullEncoding: 'word' } })
    const before = setup.ids()
    expect((await setup.undo(set, { connect })).counts).toMatchObject({ undone: 2, recreated: 0 })
    expect(setup.values()).toEqual(start)
    expect(setup.ids()).toEqual(before)
  })

  it('is inserted again also after an interruption between the two', async () => {
    const { start, set } = await filled()
    const cut = new AbortController()
    setup.emulator.faults.set([{ kind: 'hang', when: 'before', actions: ['INSERT'] }])
    const broken = setup.undo(set, { signal: cut.signal })
    broken.catch(() => undefined)
    while (setup.ids().length > 10) await new Promise((resolve) => setTimeout(resolve, 10))
    await new Promise((resolve) => setTimeout(resolve, 100))
    const journal = await setup.killed()
    cut.abort()
    await broken.catch(() => undefined)
    setup.emulator.faults.clear()
    expect(setup.ids()).toHaveLength(10)
    const { counts, resumed } = await setup.undo(set, {}, journal)
    expect(counts).toMatchObject({ total: 2, undone: 2, recreated: 2 })
    expect(resumed).toBe(true)
    expect(setup.values()).toEqual(start)
  })
})

describe('a preview', () => {
  it('shows the changes, before and after, and writes nothing', async () => {
    const { imported, updated } = await session()
    const before = setup.values()
    const client = setup.client()
    const preview = await setup.journal.previewUndo(updated, { client, limit: 3 })
    expect(preview.counts).toEqual({ inserted: 0, updated: 28, deleted: 0, unchanged: 0 })
    expect(preview).toMatchObject({ matched: 28, truncated: true, undo: { total: 30, gone: 2 } })
    expect(preview.changes).toHaveLength(3)
    expect(preview.changes[0]).toMatchObject({ before: { city: 'Ostend' }, change: 'updated' })
    expect(preview.changes[0]?.after?.city).not.toBe('Ostend')
    const whole = await setup.journal.previewUndo(imported, { client })
    expect(whole.undo).toMatchObject({ undone: 67, conflicts: 28, gone: 5 })
    expect(setup.values()).toEqual(before)
    expect(await setup.journal.list()).toHaveLength(3)
  })
})

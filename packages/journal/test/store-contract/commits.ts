/** What a store does with writes, and what it then tells of them. */
import { expect, it } from 'vitest'
import type { NewChange } from '../../src/stored-change.ts'
import { adding, CONNECTION, type Process, TABLE, TARGET } from './support.ts'

export function describeCommits(start: () => Promise<Process>): void {
  it('carries out the writes of a commit in their order, all or none', async () => {
    const process = await start()
    const { store } = process
    const set = await process.set()
    const [first, second] = [set.change(), set.change()]
    await process.commit(adding(first), set.ending(first, { id: 'r1' }), adding(second))
    await expect(process.commit(adding(set.change()), adding(first))).rejects.toThrow()
    expect((await store.changes(set.n)).map(({ n, state }) => [n, state])).toEqual([
      [first.n, 'ok'],
      [second.n, 'open'],
    ])
    const [stored] = await store.sets({ id: set.id })
    expect(stored?.counts).toMatchObject({ inserted: 1, open: 1 })
    // The store can be written to afterwards.
    await process.commit(set.ending(second, { state: 'rejected', problem: 'no' }))
    expect(await store.change(second.n)).toMatchObject({ state: 'rejected', problem: 'no' })
    await process.commit()
  })

  it('counts the changes of a set by outcome, whatever their way there', async () => {
    const process = await start()
    const { store } = process
    const set = await process.set()
    const counts = async () => {
      const [found] = await store.sets({ id: set.id })
      return { ...found?.counts, retriable: found?.retriable }
    }
    const none = { inserted: 0, updated: 0, deleted: 0, rejected: 0, unknown: 0, elsewhere: 0 }
    const [one, two, three] = [
      set.change(),
      set.change({ kind: 'updated', id: 'r2' }),
      set.change({ kind: 'deleted', id: 'r3' }),
    ]
    await process.commit(adding(one), adding(two), adding(three))
    expect(await counts()).toEqual({ ...none, open: 3, retriable: 0 })
    await process.commit(set.ending(one, { state: 'retriable' }), set.ending(two))
    expect(await counts()).toEqual({ ...none, updated: 1, unknown: 1, open: 1, retriable: 1 })
    await process.commit(
      set.ending(one, { id: 'r1' }, 'retriable'),
      set.ending(three, { state: 'unknown' }),
    )
    expect(await counts()).toEqual({
      ...none,
      ...{ inserted: 1, updated: 1, unknown: 1, open: 0, retriable: 0 },
    })
  })

  it('counts an insert as elsewhere if another change has inserted the record', async () => {
    const process = await start()
    const { store } = process
    const set = await process.set()
    await set.write({}, { id: 'r1' })
    const [again, same, other] = [set.change(), set.change(), set.change()]
    await process.commit(
      ...[again, same, other].map(adding),
      set.ending(again, { id: 'r1' }),
      set.ending(same, { id: 'r2' }),
      set.ending(other, { id: 'r2' }),
    )
    const states = (await store.changes(set.n)).map(({ state }) => state)
    expect(states).toEqual(['ok', 'elsewhere', 'ok', 'elsewhere'])
    // Ids differ within a table alone.
    const far = await process.set({ table: { ...TABLE, id: 't2' } })
    expect(await store.change((await far.write({}, { id: 'r1' })).n)).toMatchObject({ state: 'ok' })
    const bot = await process.set({ connection: { ...CONNECTION, botId: 'other' } })
    expect(await store.change((await bot.write({}, { id: 'r1' })).n)).toMatchObject({ state: 'ok' })
    const live = await process.set({ version: 'LIVE' })
    const twice = await live.write({}, { id: 'r1' })
    expect(await store.change(twice.n)).toMatchObject({ state: 'elsewhere' })
  })

  it('marks changes as undone, and as effective again when their undo is undone', async () => {
    const process = await start()
    const { store } = process
    const set = await process.set()
    const made = await set.write({}, { id: 'r1' })
    const undo = await process.set({ undoes: set.id })
    const gone = await undo.write({ kind: 'deleted', id: 'r1', reverses: made.n })
    const undone = async () =>
      [
        await store.changes(set.n, { isUndone: true }),
        await store.changes(undo.n, { isUndone: true }),
      ].map(({ length }) => length)
    expect(await undone()).toEqual([1, 0])
    expect(await store.change(made.n)).toMatchObject({ undoneBy: gone.n })
    expect(await store.sets({ id: set.id })).toMatchObject([{ undone: 1 }])
    // An undo that was not carried out undoes nothing.
    const failed = await process.set({ undoes: undo.id })
    await failed.write({ reverses: gone.n }, { state: 'rejected' })
    expect(await undone()).toEqual([1, 0])
    const redo = await process.set({ undoes: undo.id })
    await redo.write({ reverses: gone.n }, { id: 'r2' })
    expect(await undone()).toEqual([0, 1])
    expect(await store.sets({ id: set.id })).toMatchObject([{ undone: 0 }])
    expect(await store.sets({ id: undo.id })).toMatchObject([{ undone: 1 }])
  })

  it('knows the present id of a record that was deleted and inserted again', async () => {
    const process = await start()
    const { store } = process
    const set = await process.set()
    const gone = await set.write({ kind: 'deleted', id: 'r1' })
    const undo = await process.set({ undoes: set.id })
    const back = await undo.write({ reverses: gone.n }, { id: 'r2' })
    const redo = await process.set({ undoes: undo.id })
    const again = await redo.write({ kind: 'deleted', id: 'r2', reverses: back.n })
    const third = await process.set({ undoes: redo.id })
    await third.write({ reverses: again.n }, { id: 'r3' })
    const ids = await store.currentIds(['r1', 'r2', 'r3', 'r4'], TARGET)
    expect([...ids]).toEqual([
      ['r1', 'r3'],
      ['r2', 'r3'],
      ['r3', 'r3'],
      ['r4', 'r4'],
    ])
    const elsewhere = await store.currentIds(['r1'], { ...TARGET, tableId: 't2' })
    expect([...elsewhere]).toEqual([['r1', 'r1']])
    expect([...(await store.currentIds([], TARGET))]).toEqual([])
  })

  it('knows the updates whose record an undo has deleted and not inserted again', async () => {
    const process = await start()
    const { store } = process
    const set = await process.set()
    const [one, two] = [
      await set.write({ kind: 'updated', id: 'r1' }),
      await set.write({ kind: 'updated', id: 'r2' }),
    ]
    const undo = await process.set({ undoes: set.id })
    const gone = await undo.write({ kind: 'deleted', id: 'r1', reverses: one.n })
    await undo.write({ kind: 'deleted', id: 'r2', reverses: two.n })
    expect([...(await store.halfway(set.id)).keys()].toSorted()).toEqual([one.n, two.n])
    expect((await store.halfway(set.id)).get(one.n)).toMatchObject({ n: gone.n, id: 'r1' })
    expect(await store.sets({ id: set.id })).toMatchObject([{ undone: 0 }])
    await undo.write({ reverses: one.n }, { id: 'r9' })
    expect([...(await store.halfway(set.id)).keys()]).toEqual([two.n])
    expect([...(await store.halfway(undo.id))]).toEqual([])
    expect((await store.currentIds(['r1'], TARGET)).get('r1')).toBe('r9')
  })

  it('finds inserts whose ids no response showed by their values, until they are named', async () => {
    const process = await start()
    const { store } = process
    const set = await process.set()
    const values = { a: 'x', b: null }
    const after = { values, hidden: {} }
    const moments = [{ records: 70, dates: 90 }, { records: 60, dates: undefined }, undefined]
    const changes = moments.map((moment) => set.change({ after, moment }))
    await process.commit(...changes.map(adding))
    expect(await store.anonymous(values, TARGET, TABLE)).toBeUndefined()
    const [first, second, third] = changes as [NewChange, NewChange, NewChange]
    await process.commit(set.ending(first), set.ending(second))
    expect(await store.anonymous(values, TARGET, TABLE)).toMatchObject({
      count: 2,
      since: { records: 60 },
    })
    expect(await store.anonymous({ a: 'x' }, TARGET, TABLE)).toMatchObject({ count: 2 })
    expect(await store.anonymous({ ...values, b: 'y' }, TARGET, TABLE)).toBeUndefined()
    expect(await store.anonymous(values, { ...TARGET, tableId: 't2' }, TABLE)).toBeUndefined()
    await process.commit(set.ending(third))
    // Of one of them the moment is not known.
    expect(await store.anonymous(values, TARGET, TABLE)).toEqual({ count: 3, since: undefined })
    expect(await store.changes(set.n, { isAnonymous: true })).toHaveLength(3)
    await store.commit([{ do: 'name record', n: third.n, id: 'r3' }], undefined)
    await store.commit([{ do: 'name record', n: third.n, id: 'r4' }], undefined)
    expect(await store.change(third.n)).toMatchObject({ id: 'r3', state: 'ok' })
    expect(await store.anonymous(values, TARGET, TABLE)).toMatchObject({ count: 2 })
    expect((await store.changes(set.n, { isAnonymous: true })).map(({ n }) => n)).toEqual([
      first.n,
      second.n,
    ])
  })

  it('keeps what was sent where the gateway stored something else, and knows those columns', async () => {
    const process = await start()
    const { store } = process
    const set = await process.set()
    const stored = {
      after: { values: { a: 'X' }, hidden: { b: 'f00' } },
      sent: { values: { a: ' x ' }, hidden: { b: 'ba7' } },
    }
    const change = await set.write({ kind: 'updated', id: 'r1' }, { stored })
    expect(await store.change(change.n)).toMatchObject(stored)
    expect((await store.alteredColumns(TARGET)).toSorted()).toEqual(['a', 'b'])
    expect(await store.alteredColumns({ ...TARGET, tableId: 't2' })).toEqual([])
    // Only the latest sets count.
    for (let n = 0; n < 20; n++) await process.set()
    expect(await store.alteredColumns(TARGET)).toEqual([])
  })

  it('ends a set, and gives it to another writer, who continues it', async () => {
    const process = await start()
    const { store } = process
    const set = await process.set()
    await set.write()
    expect(await store.lastSeq(set.n)).toBe(1)
    await process.commit({ do: 'end set', set: set.n, at: 5_000 })
    expect(await store.sets({ id: set.id })).toMatchObject([{ ended: 5_000 }])
    await process.commit({ do: 'take over', set: set.n, writer: 'another' })
    const [continued] = await store.sets({ id: set.id })
    expect(continued).toMatchObject({ writer: 'another', ended: undefined })
  })
}

/** How sets and changes are found. */
import { expect, it } from 'vitest'
import type { ChangeQuery, SetQuery } from '../../src/journal-store.ts'
import { adding, CONNECTION, type Process, TABLE, TARGET } from './support.ts'

export function describeFinding(start: () => Promise<Process>): void {
  it('finds sets by each of their facts, the newest first', async () => {
    const process = await start()
    const { store, lock } = process
    const other = { ...CONNECTION, botId: 'other' }
    const call = { n: 7, text: 'job1' }
    const one = await process.set({ id: 'abcd', tool: 'cli', begun: 100, job: call.text })
    const two = await process.set({ id: 'abce', begun: 200, call: call.n, version: 'LIVE' })
    const three = await process.set({
      ...{ id: 'xyz', begun: 300, connection: other, undoes: 'abcd' },
      table: { ...TABLE, id: 't2', name: 't1' },
    })
    expect(two.n).toBeGreaterThan(one.n)
    expect(three.n).toBeGreaterThan(two.n)
    await process.commit({ do: 'end set', set: one.n, at: 150 })
    const found = async (query: SetQuery) => (await store.sets(query)).map(({ id }) => id)
    const cases: [SetQuery, string[]][] = [
      [{}, ['xyz', 'abce', 'abcd']],
      [{ limit: 2 }, ['xyz', 'abce']],
      [{ limit: 2, offset: 1 }, ['abce', 'abcd']],
      [{ offset: 2 }, ['abcd']],
      [{ id: 'abcd' }, ['abcd']],
      [{ id: 'abc' }, []],
      [{ idStart: 'abc' }, ['abce', 'abcd']],
      [{ idStart: 'abc', limit: 1 }, ['abce']],
      ...['', '*', 'ab*', 'ab%', 'ab_d', 'ab[cd]', "'", 'ABC', 'ab\\'].map(
        (idStart): [SetQuery, string[]] => [{ idStart }, []],
      ),
      [{ tool: 'cli' }, ['abcd']],
      [{ job: 'job1' }, ['abcd']],
      [{ job: 'job' }, []],
      [{ call: 7 }, ['abce']],
      [{ undoes: 'abcd' }, ['xyz']],
      [{ version: 'LIVE' }, ['abce']],
      [{ table: 'stores' }, ['abce', 'abcd']],
      // One has it as its id, the other as its name.
      [{ table: 't1' }, ['xyz', 'abce', 'abcd']],
      [{ tableIds: ['t2', 't3'] }, ['xyz']],
      [{ tableIds: [] }, []],
      [{ connection: other }, ['xyz']],
      [{ since: 200 }, ['xyz', 'abce']],
      [{ until: 200 }, ['abcd']],
      [{ since: 150, until: 250, version: 'DRAFT' }, []],
      [{ isOpen: true }, ['xyz', 'abce']],
      [{ isOpen: false }, ['abcd']],
      [{ unsettledOf: lock.name }, []],
    ]
    for (const [query, ids] of cases) expect(await found(query), JSON.stringify(query)).toEqual(ids)
    expect(await store.countSets({ table: 'stores', limit: 1, offset: 1 })).toBe(2)
    expect(await store.countSets({ tableIds: [] })).toBe(0)
    const [stored] = await store.sets({ id: 'xyz' })
    const { moment: _, ...facts } = three.facts
    expect(stored).toMatchObject({ ...facts, n: three.n, ended: undefined, undone: 0 })
  })

  it('finds the sets of a writer that have changes without a final outcome', async () => {
    const process = await start()
    const { store, lock } = process
    const unsettled = async () => (await store.sets({ unsettledOf: lock.name })).map(({ n }) => n)
    const set = await process.set()
    await process.set()
    const change = set.change()
    await process.commit(adding(change))
    expect(await unsettled()).toEqual([set.n])
    expect(await store.sets({ unsettledOf: 'another' })).toEqual([])
    await process.commit(set.ending(change, { state: 'retriable' }))
    expect(await unsettled()).toEqual([set.n])
    await process.commit(set.ending(change, { state: 'unknown' }, 'retriable'))
    expect(await unsettled()).toEqual([])
  })

  it('finds jobs by their ids, or the beginning of these', async () => {
    const process = await start()
    for (const job of ['job2', 'job1', 'job1', 'job10', 'x%y', undefined])
      await process.set({ job })
    const cases: [string, number, string[]][] = [
      ['job1', 9, ['job1']],
      ['job', 9, ['job1', 'job10', 'job2']],
      ['job', 2, ['job1', 'job10']],
      ['x%y', 9, ['x%y']],
      ['x', 9, ['x%y']],
      ['', 9, []],
      ['j%', 9, []],
      ['*', 9, []],
      ['z', 9, []],
    ]
    for (const [text, limit, jobs] of cases) {
      expect(await process.store.jobs(text, limit), text).toEqual(jobs)
    }
  })

  it('finds the changes of a set, in pages and by their facts', async () => {
    const process = await start()
    const { store } = process
    const [before, set] = [await process.set(), await process.set()]
    await before.write()
    expect(await store.changes(set.n)).toEqual([])
    expect(await store.lastSeq(set.n)).toBe(0)
    const changes = Array.from({ length: 7 }, () => set.change())
    await process.commit(...changes.map(adding))
    const [one, two, three, four] = changes as Required<typeof changes>
    if (!one || !two || !three || !four) throw new Error('no changes')
    await process.commit(
      set.ending(one, { id: 'r1' }),
      set.ending(two, { id: 'r2' }),
      set.ending(three, { state: 'retriable' }),
      set.ending(four),
    )
    const undo = await process.set({ undoes: set.id })
    await undo.write({ kind: 'deleted', id: 'r1', reverses: one.n })
    expect(await store.lastSeq(set.n)).toBe(7)
    const places = async (query: ChangeQuery) =>
      (await store.changes(set.n, query)).map(({ n }) => changes.findIndex((each) => each.n === n))
    const cases: [ChangeQuery, number[]][] = [
      [{}, [0, 1, 2, 3, 4, 5, 6]],
      [{ limit: 3 }, [0, 1, 2]],
      [{ limit: 3, offset: 5 }, [5, 6]],
      [{ offset: 6 }, [6]],
      [{ isBackwards: true, limit: 2 }, [6, 5]],
      [{ isBackwards: true, before: three.n }, [1, 0]],
      [{ before: three.n, limit: 1 }, [0]],
      [{ states: ['open'] }, [4, 5, 6]],
      [{ states: ['open', 'retriable'] }, [2, 4, 5, 6]],
      [{ states: ['ok'], isUndone: false, isBackwards: true }, [3, 1]],
      [{ isUndone: true }, [0]],
      [{ record: 'r2' }, [1]],
      [{ record: 'r3' }, []],
      [{ isAnonymous: true }, [3]],
    ]
    for (const [query, at] of cases) expect(await places(query), JSON.stringify(query)).toEqual(at)
    expect(await store.change(three.n + 100)).toBeUndefined()
  })

  it('knows which records were inserted', async () => {
    const process = await start()
    const { store } = process
    const set = await process.set()
    const made = await set.write({}, { id: 'r1' })
    await set.write({ kind: 'updated', id: 'r2' })
    await set.write({}, { id: 'r3', state: 'unknown' })
    const of = async (except: number, target = TARGET) =>
      [...(await store.madeOf(['r1', 'r2', 'r3', 'r4'], target, except))].toSorted()
    expect(await of(-1)).toEqual(['r1'])
    expect(await of(made.n)).toEqual([])
    expect(await of(-1, { ...TARGET, tableId: 't2' })).toEqual([])
    const elsewhere = { ...TARGET, connection: { ...CONNECTION, origin: 'https://b.test' } }
    expect(await of(-1, elsewhere)).toEqual([])
    expect([...(await store.madeOf([], TARGET, -1))]).toEqual([])
    const inserted = await Promise.all(['r1', 'r2', 'r4'].map((id) => store.isInserted(id)))
    expect(inserted).toEqual([true, false, false])
  })
}

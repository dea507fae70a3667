/** Two processes that have one store open. */
import { expect, it } from 'vitest'
import { adding, type Process, TARGET, taken } from './support.ts'

export function describeProcesses(start: () => Promise<Process>): void {
  it('sees what another process has written, and has the same key', async () => {
    const [one, two] = [await start(), await start()]
    expect(one.store.hashKey.length).toBeGreaterThanOrEqual(16)
    expect(Buffer.from(two.store.hashKey)).toEqual(Buffer.from(one.store.hashKey))
    const set = await one.set()
    await set.write({}, { id: 'r1' })
    expect(await two.store.sets({})).toMatchObject([{ n: set.n, counts: { inserted: 1 } }])
    expect(await two.store.changes(set.n)).toHaveLength(1)
    expect([...(await two.store.madeOf(['r1'], TARGET, -1))]).toEqual(['r1'])
    const later = await two.set()
    expect(later.n).toBeGreaterThan(set.n)
    expect((await one.store.sets({})).map(({ n }) => n)).toEqual([later.n, set.n])
  })

  it('counts right when both write to one table, and even to one set, at once', async () => {
    const [one, two] = [await start(), await start()]
    const sets = [await one.set(), await two.set()] as const
    const both = await one.set()
    const shared = Array.from({ length: 20 }, () => both.change())
    await one.commit(...shared.map(adding))
    const each = async (process: Process, of: (typeof sets)[number]) => {
      for (let n = 0; n < 20; n++) {
        const change = of.change()
        const same = shared[n]
        // Both claim the same records: one of them has inserted each.
        const ends = same === undefined || n % 2 !== sets.indexOf(of) ? [] : [both.ending(same)]
        await process.commit(adding(change))
        await process.commit(of.ending(change, { id: `r${n}` }), ...ends)
      }
    }
    await Promise.all([each(one, sets[0]), each(two, sets[1])])
    const found = await one.store.sets({})
    const counts = found.map((set) => set.counts)
    expect(counts.reduce((sum, { inserted }) => sum + inserted, 0)).toBe(40)
    expect(counts.reduce((sum, { elsewhere }) => sum + elsewhere, 0)).toBe(20)
    expect(counts.every(({ open }) => open === 0)).toBe(true)
    expect(counts[0]).toMatchObject({ inserted: 20 })
    for (const { n, counts } of found) {
      const states = (await two.store.changes(n)).map(({ state }) => state)
      expect(states.filter((state) => state === 'ok')).toHaveLength(counts.inserted)
    }
  })

  it('commits many writes at once, of one process and of several', async () => {
    const processes = [await start(), await start()]
    const sets = await Promise.all(processes.map((process) => process.set()))
    await Promise.all(
      processes.flatMap((process, at) =>
        Array.from({ length: 25 }, async () => {
          const change = sets[at]?.change()
          if (change !== undefined) await process.commit(adding(change))
        }),
      ),
    )
    for (const { n } of sets) {
      expect((await processes[0]?.store.changes(n))?.map((each) => each.n)).toHaveLength(25)
      expect(await processes[1]?.store.lastSeq(n)).toBe(25)
    }
  })

  it.each(['writers', 'calls', 'undos'] as const)(
    'gives a lock of %s to one of them',
    async (kind) => {
      const [one, two] = [await start(), await start()]
      const [mine, yours] = [one.store[kind], two.store[kind]]
      const lock = await taken(mine.tryTake('a1'))
      expect(lock.name).toBe('a1')
      expect(lock.lost.aborted).toBe(false)
      expect(await yours.tryTake('a1')).toBeUndefined()
      expect(await mine.tryTake('a1')).toBeUndefined()
      expect([await mine.isHeld('a1'), await yours.isHeld('a1')]).toEqual([true, true])
      expect(await yours.names()).toContain('a1')
      // Names of another kind are other locks.
      const other = await taken(two.store[kind === 'calls' ? 'undos' : 'calls'].tryTake('a1'))
      await other.remove()
      await lock.release()
      await lock.release()
      expect([await mine.isHeld('a1'), await yours.isHeld('a1')]).toEqual([false, false])
      // It was not removed: its process may have left something open.
      expect(await yours.names()).toContain('a1')
      const again = await taken(yours.tryTake('a1'))
      expect(await mine.tryTake('a1')).toBeUndefined()
      await again.remove()
      expect(await mine.names()).not.toContain('a1')
      expect(await mine.isHeld('a1')).toBe(false)
    },
  )

  it('gives a lock that several want at once to one of them', async () => {
    const [one, two] = [await start(), await start()]
    for (let round = 0; round < 5; round++) {
      const takers = Array.from({ length: 8 }, (_, at) => (at % 2 === 0 ? one : two))
      const locks = await Promise.all(takers.map(({ store }) => store.writers.tryTake('a1')))
      const held = locks.filter((lock) => lock !== undefined)
      expect(held).toHaveLength(1)
      await held[0]?.remove()
    }
  })
}

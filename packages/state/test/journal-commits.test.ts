/** Commits of several machines at once, and those whose connection, server or session ends meanwhile. */
import type { JournalStore, NewChange, StoreWrite } from '@chatlayer-tables/journal/store'
import type { HeldLock } from '@chatlayer-tables/local'
import { type PostgresServer, startPostgres } from '@chatlayer-tables/sources/test-postgres'
import { startProxy } from '@chatlayer-tables/sources/test-tcp-proxy'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { SharedState } from '../src/shared-state.ts'
import {
  adding,
  counted,
  emptyJournal,
  ending,
  newInsert,
  newSet,
  newWriter,
  TARGET,
} from './journal-support.ts'

const SET = 2 ** 31

let server: PostgresServer
/** A machine that sees what the others do. */
let state: SharedState
let store: JournalStore
const others: SharedState[] = []

beforeAll(async () => {
  server = await startPostgres()
  state = await openMachine()
  store = await state.journalStore()
})

afterAll(async () => {
  await state.close()
  await server.end()
})

beforeEach(() => emptyJournal(state))

afterEach(async () => {
  await Promise.all(others.splice(0).map((each) => each.close()))
})

function openMachine(port = server.port, waitMs?: number): Promise<SharedState> {
  const address = server.url().replace(String(server.port), String(port))
  return SharedState.open({ address, env: {}, folder: '', program: 'test', waitMs })
}

async function openWriter(machine: SharedState): Promise<[JournalStore, HeldLock]> {
  others.push(machine)
  const own = await machine.journalStore()
  return [own, await newWriter(own)]
}

describe('stores on several machines', () => {
  it.each([2, 8])('%i commit at once, and each record is inserted once', async (count) => {
    const writers = await Promise.all(
      Array.from({ length: count }, async () => openWriter(await openMachine())),
    )
    const commits = 12
    const numbers = await Promise.all(
      writers.map(async ([own, lock], writer) => {
        const n = await own.addSet(newSet(lock.name), lock)
        for (let commit = 0; commit < commits; commit++) {
          const changes = [0, 1, 2].map((at) => newInsert(n * SET + 3 * commit + at + 1))
          await own.commit(changes.map(adding), lock)
          // Each record is claimed by all writers, and by two changes of this one.
          const ids = [commit, commit + writer, commit].map((id) => `r${id}`)
          await own.commit(
            changes.map((change, at) => ending(change, { id: ids[at] })),
            lock,
          )
        }
        return n
      }),
    )
    expect(new Set(numbers).size).toBe(count)
    const sums = await counted(store)
    expect(sums).toHaveLength(count)
    for (const { counters, changes } of sums) expect(counters).toEqual(changes)
    const records = Array.from({ length: commits + count - 1 }, (_, id) => `r${id}`)
    expect([...(await store.madeOf(records, TARGET, -1))].toSorted()).toEqual(records.toSorted())
    const inserted = sums.reduce((sum, { counters }) => sum + counters.ok, 0)
    expect(inserted).toBe(records.length)
  })

  it('undo changes of the same sets at once, in any order', async () => {
    const [own, lock] = await openWriter(await openMachine())
    const sets = [
      await own.addSet(newSet(lock.name), lock),
      await own.addSet(newSet(lock.name), lock),
    ]
    const changes = sets.flatMap((n) =>
      Array.from({ length: 40 }, (_, at) => newInsert(n * SET + at + 1)),
    )
    await own.commit(changes.map(adding), lock)
    await own.commit(
      changes.map((change) => ending(change)),
      lock,
    )
    const undoing = async (order: readonly NewChange[]) => {
      const [one, held] = await openWriter(await openMachine())
      const n = await one.addSet(newSet(held.name), held)
      for (let at = 0; at < order.length; at += 8) {
        const undos = order.slice(at, at + 8).map((undone, place) =>
          newInsert(n * SET + at + place + 1, {
            ...{ kind: 'deleted', after: undefined, reverses: undone.n, id: `record ${undone.n}` },
          }),
        )
        await one.commit([...undos.map(adding), ...undos.map((undo) => ending(undo))], held)
      }
    }
    await Promise.all([undoing(changes), undoing(changes.toReversed()), undoing(changes)])
    for (const { counters, changes: by } of (await counted(store)).slice(-2)) {
      expect(counters).toEqual({ ...by, undone: 40 })
    }
  })

  it('number sets in the order in which they appear', async () => {
    const writers = await Promise.all([1, 2, 3].map(async () => openWriter(await openMachine())))
    let isAdding = true
    const seen: number[][] = []
    const watching = (async () => {
      while (isAdding) seen.push((await store.sets({})).map(({ n }) => n))
    })()
    await Promise.all(
      writers.map(async ([own, lock]) => {
        for (let at = 0; at < 10; at++) await own.addSet(newSet(lock.name), lock)
      }),
    )
    isAdding = false
    await watching
    // None appears below one that was seen before.
    for (const [at, numbers] of seen.entries()) {
      const before = seen[at - 1] ?? []
      expect(numbers.filter((n) => n <= (before[0] ?? 0))).toEqual(before)
    }
  })

  it('get the same key for hashes', async () => {
    await state.database.query('delete from journal_keys')
    const machines = await Promise.all([1, 2, 3, 4].map(() => openMachine()))
    others.push(...machines)
    const stores = await Promise.all(machines.map((machine) => machine.journalStore()))
    expect(new Set(stores.map(({ hashKey }) => Buffer.from(hashKey).toString('hex'))).size).toBe(1)
    expect(stores[0]?.hashKey).toHaveLength(32)
  })
})

describe('a commit', () => {
  /** Ten inserts with their outcomes, as one commit. */
  const tenOf = (n: number, from: number): StoreWrite[] => {
    const changes = Array.from({ length: 10 }, (_, at) => newInsert(n * SET + from + at))
    return [...changes.map(adding), ...changes.map((change) => ending(change))]
  }

  it('is done once, when its connection breaks at any moment', { timeout: 120_000 }, async () => {
    const proxy = await startProxy(server.port)
    const [own, lock] = await openWriter(await openMachine(proxy.port))
    const n = await own.addSet(newSet(lock.name), lock)
    let done = 0
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(25), { minLength: 1, maxLength: 3 }), async (cuts) => {
        const committing = own.commit(tenOf(n, 10 * done + 1), lock)
        for (const turns of cuts) {
          for (let turn = 0; turn < turns; turn++) await new Promise((next) => setImmediate(next))
          proxy.destroyAll()
        }
        await committing
        done += 1
        const [set] = await store.sets({})
        expect(set?.counts).toMatchObject({ inserted: 10 * done, open: 0 })
        expect(await store.lastSeq(n)).toBe(10 * done)
      }),
      { numRuns: 25 },
    )
    await proxy.end()
  })

  it('is done once or not at all, when the database stays away', { timeout: 120_000 }, async () => {
    const isDoneAfter = new Map<number, boolean>()
    const run = async (bytes: number) => {
      await emptyJournal(state)
      const proxy = await startProxy(server.port)
      const [own, lock] = await openWriter(await openMachine(proxy.port, 0))
      const n = await own.addSet(newSet(lock.name), lock)
      const writes = tenOf(n, 1)
      const [intents, outcomes] = [writes.slice(0, 15), writes.slice(15)]
      proxy.breakIn(bytes)
      const committing = own.commit(intents, lock).then(() => own.commit(outcomes, lock))
      const isConfirmed = await committing.then(
        () => true,
        (error: unknown) => {
          expect(error).toMatchObject({ kind: 'unreachable' })
          return false
        },
      )
      await proxy.end()
      // The server may not have noticed yet that the connection is gone.
      await expect.poll(isIdle).toBe(true)
      const { open = 0, inserted = 0 } = (await store.sets({}))[0]?.counts ?? {}
      expect([0, 5, 10]).toContain(inserted)
      const count = (await store.changes(n)).length
      expect({ open, count }).toEqual(
        inserted === 0 ? { open: 0, count: 0 } : { open: 10 - inserted, count: 10 },
      )
      if (isConfirmed) expect(inserted).toBe(10)
      isDoneAfter.set(bytes, inserted === 10)
      if (inserted === 0 || isConfirmed) return
      // Outcomes that could not be written are written again later.
      const back = await startProxy(server.port, { port: proxy.port })
      await own.commit(outcomes, lock)
      await back.end()
      const [set] = await store.sets({})
      expect(set?.counts).toMatchObject({ inserted: 10, open: 0 })
    }
    const bytes = fc.integer({ min: 1, max: 1_000 })
    // The third is about where the last commit is confirmed.
    const examples: [number][] = [[1], [100_000], [839]]
    await fc.assert(fc.asyncProperty(bytes, run), { numRuns: 20, examples })
    expect([isDoneAfter.get(1), isDoneAfter.get(100_000)]).toEqual([false, true])
  })

  const isIdle = async () => {
    const text = `select count(*)::int as busy from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'`
    return (await state.database.query(text))[0]?.busy === 0
  }

  it('is done by a writer whose server is restarted, or crashes', async () => {
    const [own, lock] = await openWriter(await openMachine())
    const n = await own.addSet(newSet(lock.name), lock)
    let from = 1
    for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
      await own.commit(tenOf(n, from), lock)
      await server.stop(signal)
      const waiting = own.commit(tenOf(n, from + 10), lock)
      await server.start()
      await waiting
      from += 20
    }
    expect((await store.sets({}))[0]?.counts).toMatchObject({ inserted: 40, open: 0 })
  })

  it('may be of many changes, and of long values', async () => {
    const [own, lock] = await openWriter(await openMachine())
    const n = await own.addSet(newSet(lock.name), lock)
    const changes = Array.from({ length: 4_500 }, (_, at) => {
      const a = at % 1_000 === 0 ? 'x'.repeat(700_000) : 'y'
      return newInsert(n * SET + at + 1, { after: { values: { a }, hidden: {} } })
    })
    await own.commit(changes.map(adding), lock)
    const altered = changes.map(({ after }) => ({
      after: { values: { a: `${after?.values.a} stored` }, hidden: {} },
      sent: { values: { a: after?.values.a ?? null }, hidden: {} },
    }))
    await own.commit(
      changes.map((change, at) => ending(change, { stored: altered[at] })),
      lock,
    )
    expect((await store.sets({}))[0]?.counts).toMatchObject({ inserted: 4_500, open: 0 })
    const [long] = await store.changes(n, { offset: 1_000, limit: 1 })
    expect(long).toMatchObject({ ...altered[1_000], state: 'ok' })
    expect(await store.alteredColumns(TARGET)).toEqual(['a'])
  })

  it('is not done by a writer whose session another machine has ended', async () => {
    const [own, lock] = await openWriter(await openMachine())
    const n = await own.addSet(newSet(lock.name), lock)
    await own.commit([adding(newInsert(n * SET + 1))], lock)
    await state.database.query('update sessions set dead = true where id = $1', [
      (await state.database.query('select session from locks where name = $1', [lock.name]))[0]
        ?.session,
    ])
    const lost = expect.objectContaining({ kind: 'lost' })
    await expect(own.commit([ending(newInsert(n * SET + 1))], lock)).rejects.toEqual(lost)
    await expect(own.addSet(newSet(lock.name), lock)).rejects.toEqual(lost)
    await expect(own.commit([{ do: 'end set', set: n, at: 1 }], lock)).rejects.toEqual(lost)
    expect(lock.lost.aborted).toBe(true)
    expect(await store.sets({})).toMatchObject([{ ended: undefined, counts: { open: 1 } }])
    expect(await store.changes(n)).toMatchObject([{ state: 'open' }])
  })
})

/** The journal in PostgreSQL after any writes: the same as the one in SQLite, to the letter. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type JournalStore,
  type NewChange,
  openSqliteStore,
  type State,
  type StoreWrite,
} from '@chatlayer-tables/journal/store'
import type { HeldLock } from '@chatlayer-tables/local'
import { type PostgresServer, startPostgres } from '@chatlayer-tables/sources/test-postgres'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { SharedState } from '../src/shared-state.ts'
import { CONNECTION, emptyJournal, newSet, newWriter, TABLE } from './journal-support.ts'

let server: PostgresServer
let state: SharedState

beforeAll(async () => {
  server = await startPostgres()
  state = await SharedState.open({ address: server.url(), env: {}, folder: '', program: 'test' })
})

afterAll(async () => {
  await state.close()
  await server.end()
})

const TARGETS = ['t1', 't2'].flatMap((tableId) =>
  ['b1', 'b2'].map((botId) => ({ connection: { ...CONNECTION, botId }, tableId })),
)
const IDS = ['11111111-2222-3333-4444-555555555555', 'r1', 'r2', 'r3', 'r\0', 'u123456789012345']
const STATES = ['ok', 'ok', 'ok', 'rejected', 'unknown', 'retriable', 'elsewhere', 'open'] as const
const KINDS = ['inserted', 'inserted', 'updated', 'deleted'] as const

const Pick = fc.nat(1_000)
const Id = fc.option(fc.constantFrom(...IDS), { nil: undefined })
const Values = fc.option(
  fc.record({
    values: fc.dictionary(
      fc.constantFrom('a', 'b'),
      fc.constantFrom('x', '\0\ud800"\\{,}', null, 12345678901234567890n, 0.5),
    ),
    hidden: fc.dictionary(fc.constantFrom('c', 'd'), fc.constantFrom(null, 'f00')),
  }),
  { nil: undefined },
)
const Write = fc.oneof(
  fc.record({
    do: fc.constant('add change' as const),
    set: Pick,
    kind: fc.constantFrom(...KINDS),
    ...{ id: Id, before: Values, after: Values },
    reverses: fc.option(Pick, { nil: undefined }),
  }),
  fc.record({
    do: fc.constant('end change' as const),
    change: Pick,
    state: fc.constantFrom(...STATES),
    id: Id,
    problem: fc.option(fc.constantFrom('p', 'nul \0', '\u0001'), { nil: undefined }),
    stored: Values,
    sent: Values,
  }),
  fc.record({ do: fc.constant('name record' as const), change: Pick, id: fc.constantFrom(...IDS) }),
  fc.record({ do: fc.constantFrom('end set' as const, 'take over' as const), set: Pick }),
)
const Step = fc.oneof(
  { weight: 1, arbitrary: fc.record({ target: fc.nat(3), undoes: Pick, isUndo: fc.boolean() }) },
  { weight: 4, arbitrary: fc.array(Write, { minLength: 1, maxLength: 12 }) },
)
type AnyWrite = typeof Write extends fc.Arbitrary<infer T> ? T : never
type AnyStep = typeof Step extends fc.Arbitrary<infer T> ? T : never

/** What was made so far, the same in both stores. */
class World {
  readonly sets: { n: number; id: string; seq: number; target: (typeof TARGETS)[number] }[] = []
  readonly changes: { change: NewChange; state: State; hasStored?: boolean }[] = []
  #now = 1_000

  get now(): number {
    return this.#now++
  }

  /** @returns undefined where nothing fits */
  write(write: AnyWrite): StoreWrite | undefined {
    if (write.do === 'add change') return this.#add(write)
    if (write.do === 'end change') return this.#end(write)
    if (write.do === 'name record') {
      const found = pick(this.changes, write.change)
      return found && { do: write.do, n: found.change.n, id: write.id }
    }
    const set = pick(this.sets, write.set)
    if (set === undefined) return undefined
    if (write.do === 'end set') return { do: write.do, set: set.n, at: this.now }
    return { do: write.do, set: set.n, writer: 'other' }
  }

  #add({ set, kind, id, before, after, reverses }: Extract<AnyWrite, { do: 'add change' }>) {
    const of = pick(this.sets, set)
    if (of === undefined) return undefined
    const change: NewChange = {
      n: of.n * 2 ** 31 + ++of.seq,
      ...{ kind, id, before, after, row: of.seq, at: this.now },
      moment: of.seq % 2 === 0 ? { records: this.now, dates: undefined } : undefined,
      reverses: reverses === undefined ? undefined : pick(this.changes, reverses)?.change.n,
    }
    this.changes.push({ change, state: 'open' })
    return { do: 'add change' as const, change }
  }

  #end(write: Extract<AnyWrite, { do: 'end change' }>): StoreWrite | undefined {
    const found = pick(this.changes, write.change)
    const set = this.sets.find(({ n }) => n === Math.floor((found?.change.n ?? 0) / 2 ** 31))
    if (found === undefined || set === undefined) return undefined
    const { id, problem, stored: after, sent } = write
    const was = found.state
    found.state = write.state
    // What the gateway stored is shown by one response alone.
    const isStored = after !== undefined && sent !== undefined && found.hasStored !== true
    found.hasStored ||= isStored
    return {
      ...{ do: 'end change', change: found.change, was, target: set.target },
      table: { ...TABLE, id: set.target.tableId },
      ending: {
        ...{ state: write.state, id, problem, ended: this.now },
        stored: isStored ? { after, sent } : undefined,
      },
    }
  }
}

function pick<T>(from: readonly T[], at: number): T | undefined {
  return from[at % from.length]
}

async function take(
  stores: readonly (readonly [JournalStore, HeldLock])[],
  steps: readonly AnyStep[],
) {
  const world = new World()
  for (const step of steps) {
    if (Array.isArray(step)) {
      const writes = step.map((write) => world.write(write)).filter((each) => each !== undefined)
      for (const [store, lock] of stores) await store.commit(writes, lock)
      // An insert of a record that another change had made has another state than it was given.
      for (const each of world.changes) {
        each.state = (await stores[0]![0].change(each.change.n))?.state ?? each.state
      }
    } else {
      const target = TARGETS[step.target] ?? TARGETS[0]!
      const undoes = step.isUndo ? pick(world.sets, step.undoes)?.id : undefined
      const facts = { id: `set${world.sets.length}`, undoes, begun: world.now }
      const numbers = []
      for (const [store, lock] of stores) {
        const { connection, tableId: id } = target
        const set = newSet(lock.name, { ...facts, connection, table: { ...TABLE, id } })
        numbers.push(await store.addSet({ ...set, writer: 'writer' }, lock))
      }
      if (numbers[0] !== numbers[1]) throw new Error(`set ${numbers[1]}, not ${numbers[0]}`)
      world.sets.push({ n: numbers[0] ?? 0, id: facts.id, seq: 0, target })
    }
  }
  return world
}

/** Everything that a store says of this world. */
async function seen(store: JournalStore, { sets, changes }: World) {
  const all = []
  for (const { n, id } of sets) {
    const queries = [{}, { isUndone: true }, { isUndone: false, isBackwards: true, limit: 2 }]
    const more = [
      { isAnonymous: true },
      { states: ['open', 'retriable'] as const },
      { record: 'r1' },
    ]
    for (const query of [...queries, ...more]) all.push(await store.changes(n, query))
    all.push(await store.lastSeq(n), [...(await store.halfway(id))])
  }
  for (const target of TARGETS) {
    all.push([...(await store.currentIds(IDS, target))])
    all.push((await store.alteredColumns(target)).toSorted())
    all.push([...(await store.madeOf(IDS, target, changes[0]?.change.n ?? 0))].toSorted())
    for (const { change } of changes.slice(0, 3)) {
      const table = { ...TABLE, id: target.tableId }
      all.push(await store.anonymous(change.after?.values ?? {}, target, table))
    }
  }
  for (const id of IDS) all.push(await store.isInserted(id))
  return [await store.sets({}), await store.sets({ isOpen: true, limit: 3, offset: 1 }), ...all]
}

it('is the same as in SQLite after any writes', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(Step, { minLength: 6, maxLength: 20 }), async (steps) => {
      const folder = await mkdtemp(join(tmpdir(), 'journal-same-'))
      await emptyJournal(state)
      const stores = [openSqliteStore(folder), await state.journalStore()]
      const locks = await Promise.all(stores.map(newWriter))
      try {
        const world = await take(
          stores.map((store, at) => [store, locks[at] as HeldLock] as const),
          [{ target: 0, undoes: 0, isUndo: false }, ...steps],
        )
        const [sqlite, postgres] = await Promise.all(stores.map((store) => seen(store, world)))
        expect(postgres).toEqual(sqlite)
      } finally {
        for (const lock of locks) await lock.remove()
        for (const store of stores) await store.close()
        await rm(folder, { recursive: true })
      }
    }),
    { numRuns: 40 },
  )
})

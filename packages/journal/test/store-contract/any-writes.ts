/** After any writes a store tells what the model does. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { JournalStore, StoreWrite } from '../../src/journal-store.ts'
import { type Ending, setOf } from '../../src/stored-change.ts'
import { Model, type ModelChange } from './model.ts'
import { adding, CONNECTION, type Process, type SetOfTest, TABLE } from './support.ts'

const IDS = ['r1', 'r2', 'r3', '11111111-2222-3333-4444-555555555555']
const TABLES = ['t1', 't2']
const CONTENTS = [
  { a: 'x', b: null },
  { a: 'y\0', b: 'z' },
]

const place = fc.nat(1_000)
const id = fc.constantFrom(...IDS)
const values = fc.constantFrom(...CONTENTS)
const step = fc.oneof(
  fc.record({
    do: fc.constant('add set' as const),
    table: fc.constantFrom(...TABLES),
    undoes: fc.option(place, { nil: undefined }),
  }),
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('add change' as const),
      set: place,
      kind: fc.constantFrom('inserted' as const, 'updated' as const, 'deleted' as const),
      id,
      values,
      /** Which change it undoes, if its set is an undo. */
      reverses: place,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('end change' as const),
      change: place,
      state: fc.constantFrom<Ending['state']>('ok', 'ok', 'ok', 'rejected', 'unknown', 'retriable'),
      id: fc.option(id, { nil: undefined }),
      stored: fc.option(values, { nil: undefined }),
    }),
  },
  fc.record({ do: fc.constant('name record' as const), change: place, id }),
  fc.record({ do: fc.constantFrom('end set' as const, 'take over' as const), set: place }),
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

export function describeAnyWrites(
  start: () => Promise<Process>,
  restart: () => Promise<void>,
  runs: number,
): void {
  it('tells after any writes what a simple model does', { timeout: 120_000 }, async () => {
    const commits = fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(commits, async (given) => {
        await restart()
        const world = new World([await start(), await start()])
        for (const steps of given) await world.commit(steps)
        await world.check()
      }),
      { numRuns: runs },
    )
  })
}

/** Two processes that write, and the model. */
class World {
  readonly #processes: readonly Process[]
  readonly #model = new Model()
  readonly #sets: SetOfTest[] = []
  /** What was added, by number. */
  readonly #added = new Map<number, Extract<StoreWrite, { do: 'add change' }>['change']>()
  #turn = 0

  constructor(processes: readonly Process[]) {
    this.#processes = processes
  }

  async commit(steps: readonly Step[]): Promise<void> {
    const process = this.#processes[this.#turn++ % 2]
    if (process === undefined) return
    const writes: StoreWrite[] = []
    const isChanged = new Set<number>()
    for (const each of steps) {
      if (each.do === 'add set') await this.#addSet(process, each)
      else {
        const write = this.#writeOf(each, isChanged)
        if (write !== undefined) writes.push(write)
      }
    }
    await process.commit(...writes)
    this.#model.commit(writes)
  }

  async check(): Promise<void> {
    for (const { store } of this.#processes) {
      await this.#checkSets(store)
      await this.#checkRecords(store)
    }
  }

  async #addSet(process: Process, { table, undoes: of }: Extract<Step, { do: 'add set' }>) {
    const undoes = of === undefined ? undefined : pick(this.#model.sets, of)?.id
    const set = await process.set({ undoes, table: { ...TABLE, id: table } })
    this.#sets.push(set)
    const { id, writer } = set.facts
    this.#model.sets.push({ n: set.n, id, undoes, tableId: table, writer, ended: undefined })
  }

  /** @param isChanged the changes that this commit ends already: the state of each is known before it */
  #writeOf(each: Exclude<Step, { do: 'add set' }>, isChanged: Set<number>): StoreWrite | undefined {
    if (each.do === 'add change') return this.#addition(each)
    if ('set' in each) {
      const set = pick(this.#sets, each.set)
      if (set === undefined) return undefined
      if (each.do === 'end set') return { do: each.do, set: set.n, at: 7_000 }
      return { do: 'take over', set: set.n, writer: 'another' }
    }
    const found = pick(this.#model.changes, each.change)
    if (found === undefined || isChanged.has(found.n)) return undefined
    isChanged.add(found.n)
    if (each.do === 'end change') return this.#end(each, found)
    const isAnonymous = found.kind === 'inserted' && found.state === 'ok' && found.id === undefined
    return isAnonymous ? { do: each.do, n: found.n, id: each.id } : undefined
  }

  #addition(each: Extract<Step, { do: 'add change' }>): StoreWrite | undefined {
    const set = pick(this.#sets, each.set)
    if (set === undefined) return undefined
    const kept = { values: each.values, hidden: {} }
    const isInsert = each.kind === 'inserted'
    const undone = this.#model.sets.find(({ id }) => id === set.facts.undoes)
    const change = set.change({
      kind: each.kind,
      id: isInsert ? undefined : each.id,
      before: isInsert ? undefined : kept,
      after: each.kind === 'deleted' ? undefined : kept,
      reverses: undone && pick(this.#model.of(undone.n), each.reverses)?.n,
    })
    this.#added.set(change.n, change)
    return adding(change)
  }

  #end(
    { state, id, stored }: Extract<Step, { do: 'end change' }>,
    found: ModelChange,
  ): StoreWrite | undefined {
    const set = this.#sets.find(({ n }) => n === setOf(found.n))
    const change = this.#added.get(found.n)
    const isOpen = found.state === 'open' || found.state === 'retriable'
    if (set === undefined || change === undefined || !isOpen) return undefined
    const isInsert = found.kind === 'inserted'
    const otherwise = stored !== undefined && found.after !== undefined && state === 'ok'
    const after = { values: stored ?? {}, hidden: {} }
    const sent = { values: { a: 'sent' }, hidden: {} }
    const ending = {
      ...{ state, id: isInsert ? id : undefined, ended: 8_000 },
      // The values of an insert whose id is not known are what it is found by.
      stored: otherwise && (!isInsert || id !== undefined) ? { after, sent } : undefined,
    }
    // As the journal does, it gives the change as it is in the store.
    return set.ending({ ...change, id: found.id }, ending, found.state)
  }

  async #checkSets(store: JournalStore): Promise<void> {
    const sets = await store.sets({})
    const expected = this.#model.sets.toReversed().map((set) => {
      const { n, id, writer, ended, undoes } = set
      return { n, id, writer, ended, undoes, ...this.#model.counts(n) }
    })
    expect(
      sets.map(({ n, id, writer, ended, undoes, counts, retriable, undone }) => {
        return { n, id, writer, ended, undoes, counts, retriable, undone }
      }),
    ).toEqual(expected)
    for (const { n, id: of } of sets) {
      const changes = await store.changes(n)
      expect(
        changes.map(({ n, kind, reverses, before, id, after, state, undoneBy, sent }) => {
          return { n, kind, reverses, before, id, after, state, undoneBy, sent }
        }),
      ).toEqual(this.#model.of(n))
      const halfway = [...(await store.halfway(of)).keys()]
      expect(halfway.toSorted()).toEqual([...new Set(this.#model.halfway(of))].toSorted())
    }
  }

  async #checkRecords(store: JournalStore): Promise<void> {
    const model = this.#model
    for (const tableId of TABLES) {
      const target = { connection: CONNECTION, tableId }
      const table = { ...TABLE, id: tableId }
      const current = await store.currentIds(IDS, target)
      expect([...current]).toEqual(IDS.map((each) => [each, model.currentId(each, tableId)]))
      const made = [...(await store.madeOf(IDS, target, -1))].toSorted()
      expect(made).toEqual(IDS.filter((each) => model.isMade(each, tableId, -1)).toSorted())
      for (const content of CONTENTS) {
        const found = await store.anonymous(content, target, table)
        expect(found?.count ?? 0).toBe(model.anonymous(content, tableId))
      }
    }
  }
}

function pick<T>(from: readonly T[], at: number): T | undefined {
  return from[at % from.length]
}

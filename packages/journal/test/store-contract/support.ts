/** What the tests of every store have in common: the store under test, and sets and changes for it. */
import { randomUUID } from 'node:crypto'
import type { HeldLock } from '@chatlayer-tables/local'
import type { JournalStore, StoreWrite } from '../../src/journal-store.ts'
import { type Ending, type NewChange, numberOf, type State } from '../../src/stored-change.ts'
import type { NewSet, Target } from '../../src/stored-set.ts'
import type { JournalTable } from '../../src/types.ts'

export interface StoreSetup {
  /** Makes an empty store, before each test. */
  readonly start: () => Promise<void>
  /** Opens it for another process. */
  readonly open: () => Promise<JournalStore>
  readonly end: () => Promise<void>
  /** How many sequences of writes are tried. */
  readonly runs: number
}

export const CONNECTION = { origin: 'https://a.test', teamId: 'team', botId: 'bot' }
export const TABLE: JournalTable = {
  id: 't1',
  name: 'stores',
  columns: [
    { name: 'a', type: 'text' },
    { name: 'b', type: 'text' },
  ],
}
export const TARGET: Target = { connection: CONNECTION, tableId: TABLE.id }
const AT = Date.parse('2026-11-29T06:00:00Z')

/** The store as one process has it open, with the lock of its writer. */
export class Process {
  readonly store: JournalStore
  readonly lock: HeldLock

  private constructor(store: JournalStore, lock: HeldLock) {
    this.store = store
    this.lock = lock
  }

  static async start(store: JournalStore): Promise<Process> {
    return new Process(store, await taken(store.writers.tryTake(randomUUID())))
  }

  commit(...writes: readonly StoreWrite[]): Promise<void> {
    return this.store.commit(writes, this.lock)
  }

  /** Adds a set of this writer. */
  async set(facts: Partial<NewSet> = {}): Promise<SetOfTest> {
    const set: NewSet = {
      id: `s${randomUUID().slice(0, 7)}`,
      writer: this.lock.name,
      ...{ tool: 'test', client: undefined, principal: undefined, call: undefined },
      ...{ command: 'write', note: undefined, undoes: undefined, job: undefined },
      ...{ connection: CONNECTION, table: TABLE, version: 'DRAFT', moment: undefined },
      begun: AT,
      ...facts,
    }
    return new SetOfTest(this, await this.store.addSet(set, this.lock), set)
  }

  async end(): Promise<void> {
    await this.lock.remove()
    await this.store.close()
  }
}

/** Makes changes of one set, numbered in their order. */
export class SetOfTest {
  readonly n: number
  readonly facts: NewSet
  readonly #process: Process
  #seq = 0

  constructor(process: Process, n: number, facts: NewSet) {
    this.#process = process
    this.n = n
    this.facts = facts
  }

  get id(): string {
    return this.facts.id
  }

  get target(): Target {
    return { connection: this.facts.connection, tableId: this.facts.table.id }
  }

  change(facts: Partial<NewChange> = {}): NewChange {
    const n = numberOf(this.n, ++this.#seq)
    return {
      ...{ n, kind: 'inserted', id: undefined, row: this.#seq - 1, at: AT + this.#seq },
      ...{ before: undefined, after: { values: { a: `a${n}`, b: null }, hidden: {} } },
      ...{ moment: undefined, reverses: undefined },
      ...facts,
    }
  }

  ending(change: NewChange, ending: Partial<Ending> = {}, was: State = 'open'): StoreWrite {
    return {
      ...{ do: 'end change', change, was, target: this.target, table: this.facts.table },
      ending: { state: 'ok', ended: AT + 10, ...ending },
    }
  }

  /** Commits a change, and then its outcome. */
  async write(facts: Partial<NewChange> = {}, ending: Partial<Ending> = {}): Promise<NewChange> {
    const change = this.change(facts)
    await this.#process.commit(adding(change))
    await this.#process.commit(this.ending(change, ending))
    return change
  }
}

export function adding(change: NewChange): StoreWrite {
  return { do: 'add change', change }
}

export async function taken(lock: Promise<HeldLock | undefined>): Promise<HeldLock> {
  const held = await lock
  if (held === undefined) throw new Error('another process holds this lock')
  return held
}

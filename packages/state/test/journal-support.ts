/** Change sets and changes for tests of the journal in PostgreSQL. */
import { randomUUID } from 'node:crypto'
import type {
  Ending,
  JournalStore,
  JournalTable,
  NewChange,
  NewSet,
  StoreWrite,
} from '@chatlayer-tables/journal/store'
import type { HeldLock } from '@chatlayer-tables/local'
import type { SharedState } from '../src/shared-state.ts'

const CONNECTION = { origin: 'https://a.test', teamId: 'team', botId: 'b1' }
const TABLE: JournalTable = {
  ...{ id: 't1', name: 'stores' },
  columns: [{ name: 'a', type: 'text' }],
}
export const TARGET = { connection: CONNECTION, tableId: TABLE.id }

/** Deletes everything of the journal, and numbers its sets from 1 again. */
export async function emptyJournal({ database }: SharedState): Promise<void> {
  const tables = ['sets', 'changes', 'renamed', 'altered', 'calls'].map((name) => `journal_${name}`)
  await database.query(`truncate ${tables} restart identity`)
  await database.query('alter sequence journal_set_numbers restart')
}

export async function newWriter({ writers }: JournalStore): Promise<HeldLock> {
  const lock = await writers.tryTake(randomUUID())
  if (lock === undefined) throw new Error('another writer has this name')
  return lock
}

export function newSet(writer: string, more: Partial<NewSet> = {}): NewSet {
  return {
    ...{ id: randomUUID().slice(0, 8), writer, tool: 'test', version: 'DRAFT', begun: 1_000 },
    ...{ client: undefined, principal: undefined, call: undefined, command: 'write' },
    ...{ note: undefined, undoes: undefined, job: undefined, moment: undefined },
    ...{ connection: CONNECTION, table: TABLE },
    ...more,
  } as NewSet
}

export function newInsert(n: number, more: Partial<NewChange> = {}): NewChange {
  return {
    ...{ n, kind: 'inserted', id: undefined, row: undefined, at: 1_000 },
    ...{ before: undefined, after: { values: { a: `value ${n}` }, hidden: {} } },
    ...{ moment: undefined, reverses: undefined },
    ...more,
  }
}

export function adding(change: NewChange): StoreWrite {
  return { do: 'add change', change }
}

export function ending(change: NewChange, more: Partial<Ending> = {}): StoreWrite {
  return {
    ...{ do: 'end change', change, was: 'open', target: TARGET },
    table: TABLE,
    ending: { state: 'ok', id: `record ${change.n}`, ended: 2_000, ...more },
  } as StoreWrite
}

/** What the database has: sets by number, with what their counters should be by their changes. */
export async function counted(store: JournalStore) {
  const sets = await store.sets({})
  return Promise.all(
    sets.map(async ({ n, counts, undone }) => {
      const changes = await store.changes(n)
      const of = (isOne: (change: (typeof changes)[number]) => boolean) =>
        changes.filter(isOne).length
      return {
        counters: { open: counts.open, ok: counts.inserted, elsewhere: counts.elsewhere, undone },
        changes: {
          open: of(({ state: is }) => is === 'open'),
          ok: of(({ state: is, kind }) => is === 'ok' && kind === 'inserted'),
          elsewhere: of(({ state: is }) => is === 'elsewhere'),
          undone: of(({ undoneBy }) => undoneBy !== undefined),
        },
      }
    }),
  )
}

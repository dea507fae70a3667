/** Twelve everyday tasks, each with the calls that a model makes for it in a separate conversation. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TableSeed } from '@chatlayer-tables/emulator'
import { expect } from 'vitest'
import type { ToolResult } from './clients.ts'

/** Calls a tool, and counts the tokens. */
export type Call = (tool: string, args?: Record<string, unknown>) => Promise<ToolResult>

export interface Task {
  /** The request, as a person would word it. */
  readonly asked: string
  readonly run: (call: Call) => Promise<void>
  /** Whether it continues after the previous task, without a reset. */
  readonly continues?: true
}

const CITIES = ['Ghent', 'Bruges', 'Antwerp', 'Leuven', 'Mons', 'Lier', 'Hasselt', 'Namur', 'Liège']
const STREETS = ['Market Street', 'Station Square', 'Church Lane', 'Harbour Road', 'Mill Street']

const STORE_COLUMNS = [
  { name: 'name', type: 'text' },
  { name: 'city', type: 'text' },
  { name: 'address', type: 'text' },
  { name: 'phone', type: 'text' },
  { name: 'revenue', type: 'numeric' },
  { name: 'open', type: 'bool' },
]

const STORES = 240

function store(n: number) {
  const city = n < 30 ? 'Gent' : (CITIES[n % CITIES.length] ?? '')
  return {
    name: `${city} ${n}`,
    city,
    address: `${STREETS[n % STREETS.length]} ${(n * 7) % 97}`,
    phone: n % 11 === 0 ? null : `+32 9 ${200 + (n % 700)} ${10 + (n % 80)} ${10 + ((n * 3) % 80)}`,
    revenue: `${(n * 7919) % 90_000}.50`,
    open: n % 20 !== 19,
  }
}

const stores = Array.from({ length: STORES }, (_, n) => store(n))

/** The bot's tables; LIVE differs from DRAFT in a few records. */
export const SEED: readonly TableSeed[] = [
  { name: 'stores', description: 'Every store', columns: STORE_COLUMNS, records: stores },
  { name: 'closed_stores', description: 'Stores that were closed', columns: STORE_COLUMNS },
  {
    name: 'orders',
    columns: [
      { name: 'store', type: 'text' },
      { name: 'amount', type: 'numeric' },
    ],
    records: Array.from({ length: 400 }, (_, n) => ({
      store: store((n * 13) % 220).name,
      amount: `${(n * 31) % 500}.25`,
    })),
  },
]

/** The published stores: four are missing, three have another address. */
export const LIVE_STORES = stores
  .filter((_, n) => n % 60 !== 7)
  .map((one, n) => (n % 90 === 5 ? { ...one, address: 'Old Street 1' } : one))

/** Writes a CSV file with twenty new stores. */
export function writeFiles(folder: string): void {
  const rows = Array.from({ length: 20 }, (_, n) => `Ostend ${n},Ostend,Dyke Road ${n}`)
  writeFileSync(join(folder, 'ostend.csv'), `name,city,address\n${rows.join('\n')}\n`)
}

/** Previews a call, then executes it with the token. */
async function confirmed(call: Call, tool: string, args: Record<string, unknown>) {
  const { data } = await call(tool, { ...args, dry_run: true })
  return call(tool, { confirm_token: data.confirm_token })
}

export const TASKS: readonly Task[] = [
  {
    asked: 'What is the phone number of the store at Market Street 24 in Ghent?',
    async run(call) {
      await call('list_tables')
      const { data } = await call('query_records', {
        ...{ table: 'stores', select: ['name', 'phone'] },
        where: { city: 'Ghent', address: 'Market Street 24' },
      })
      expect(data.rows).toHaveLength(1)
    },
  },
  {
    asked: 'How many stores are open and have no phone number?',
    async run(call) {
      await call('list_tables')
      const where = { open: true, phone: null }
      const { data } = await call('query_records', { table: 'stores', where, limit: 0 })
      expect(data.total).toBe(stores.filter(({ open, phone }) => open && phone === null).length)
    },
  },
  {
    asked: 'Which ten cities have the largest revenue?',
    async run(call) {
      await call('list_tables')
      const { data } = await call('query_records', {
        ...{ table: 'stores', group_by: ['city'], aggregate: ['sum(revenue)', 'count'], limit: 10 },
      })
      expect(data.rows).toHaveLength(10)
    },
  },
  {
    asked: 'Describe the stores: what is filled in, what is missing?',
    async run(call) {
      await call('list_tables')
      const { data } = await call('describe_table', { table: 'stores', format: 'detailed' })
      expect(data.records).toBe(STORES)
    },
  },
  {
    asked: '"Gent" should be "Ghent" everywhere.',
    async run(call) {
      await call('list_tables')
      const { data } = await confirmed(call, 'update_records', {
        ...{ table: 'stores', where: { city: 'Gent' }, set: { city: 'Ghent' } },
        note: 'One spelling of Ghent',
      })
      expect(data).toMatchObject({ updated: 30 })
    },
  },
  {
    asked: 'That was wrong. Put it back.',
    continues: true,
    async run(call) {
      const { data } = await call('list_changes', { table: 'stores', limit: 1 })
      const [set] = data.change_sets as { change_set: string }[]
      const undo = await confirmed(call, 'undo_changes', { change_set: set?.change_set })
      expect(undo.data).toMatchObject({ undone: 30, conflicts: 0 })
    },
  },
  {
    asked: 'Move the stores that are not open to closed_stores.',
    async run(call) {
      await call('list_tables')
      const where = { open: false }
      const { data } = await call('query_records', { table: 'stores', where })
      const [, ...columns] = data.columns as string[]
      const records = (data.rows as unknown[][]).map(([, ...cells]) =>
        Object.fromEntries(columns.map((column, index) => [column, cells[index]])),
      )
      const note = 'Moved to closed_stores'
      const inserted = await call('insert_records', { table: 'closed_stores', records, note })
      expect(inserted.data).toMatchObject({ inserted: 12 })
      const { data: done } = await confirmed(call, 'delete_records', {
        table: 'stores',
        where,
        note,
      })
      expect(done).toMatchObject({ deleted: 12 })
    },
  },
  {
    asked: 'What is different between draft and live?',
    async run(call) {
      await call('list_tables')
      const { data } = await call('query_sql', {
        sql: 'select d.name, d.address, l.address live_address from stores d left join live.stores l using (name) where l.id is null or l.address is not d.address',
      })
      expect(data.total).toBe(7)
    },
  },
  {
    asked: 'Which stores have no orders at all?',
    async run(call) {
      await call('list_tables')
      const { data } = await call('query_sql', {
        sql: 'select s.name from stores s left join orders o on o.store = s.name where o.id is null',
      })
      expect(data.total).toBe(20)
    },
  },
  {
    asked: 'Here are the new phone numbers of five stores: update them.',
    async run(call) {
      await call('list_tables')
      const records = stores
        .slice(40, 45)
        .map(({ name }, n) => ({ name, phone: `+32 9 555 00 0${n}` }))
      const { data } = await call('upsert_records', { table: 'stores', key: 'name', records })
      expect(data).toMatchObject({ updated: 5, inserted: 0 })
    },
  },
  {
    asked: 'Import ostend.csv into the stores.',
    async run(call) {
      await call('list_tables')
      const file = { table: 'stores', file: 'ostend.csv' }
      const checked = await call('import_file', { ...file, dry_run: true })
      expect(checked.data).toMatchObject({ read: 20, would_insert: 20 })
      expect(checked.data).not.toHaveProperty('rejected')
      const { confirm_token } = checked.data
      const token = confirm_token === undefined ? {} : { confirm_token }
      expect((await call('import_file', { ...file, ...token })).data).toMatchObject({
        inserted: 20,
      })
    },
  },
  {
    asked: 'Delete the stores in Mons, and tell me which they were.',
    async run(call) {
      await call('list_tables')
      const where = { city: 'Mons' }
      await call('query_records', { table: 'stores', where, select: ['name', 'address'] })
      const { data } = await confirmed(call, 'delete_records', { table: 'stores', where })
      expect(data.deleted).toBe(stores.filter(({ city }) => city === 'Mons').length)
    },
  },
]

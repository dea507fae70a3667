/** The change sets of several machines pass the tests of every store. */
import { storeContract } from '@chatlayer-tables/journal/test-store-contract'
import { type PostgresServer, startPostgres } from '@chatlayer-tables/sources/test-postgres'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { SharedState } from '../src/shared-state.ts'
import { adding, newInsert, newSet, newWriter } from './journal-support.ts'

let server: PostgresServer
let states: SharedState[]

beforeAll(async () => {
  server = await startPostgres()
  const open = () =>
    SharedState.open({ address: server.url(), env: {}, folder: '', program: 'test' })
  states = [await open(), await open()]
})

afterAll(async () => {
  for (const state of states) await state.close()
  await server.end()
})

let opened = 0
storeContract('change sets in PostgreSQL', {
  async start() {
    const tables = ['sets', 'changes', 'renamed', 'altered', 'calls'].map((n) => `journal_${n}`)
    await states[0]?.database.query(`truncate ${tables}`)
  },
  open: () => {
    const state = states[opened++ % 2]
    if (state === undefined) throw new Error('no state')
    return state.journalStore()
  },
  end: async () => undefined,
  runs: 40,
})

it('keeps what one pruning keeps, if two machines prune at once', async () => {
  const stores = await Promise.all(states.map((state) => state.journalStore()))
  const [store] = stores
  if (store === undefined) throw new Error('no store')
  await states[0]?.database.query('truncate journal_sets, journal_changes')
  const lock = await newWriter(store)
  const numbers: number[] = []
  for (let at = 0; at < 12; at++) {
    const n = await store.addSet(newSet(lock.name, { begun: at }), lock)
    await store.commit([adding(newInsert(n * 2 ** 31)), { do: 'end set', set: n, at }], lock)
    numbers.unshift(n)
  }
  const limits = { maxAgeMs: 1e15, byLocalClock: false }
  const { bytes } = await store.prune({ ...limits, maxBytes: 1e9 }, {})
  const half = { ...limits, maxBytes: bytes / 2 + 500 }
  expect(await store.isPruneDue(half, {})).toBe(true)
  const pruned = await Promise.all(stores.map((each) => each.prune(half, {})))
  expect((await store.sets({})).map(({ n }) => n)).toEqual(numbers.slice(0, 6))
  for (const { bytes: left } of pruned) expect(left).toBeLessThanOrEqual(half.maxBytes)
  expect(await store.isPruneDue(half, {})).toBe(false)
  await lock.remove()
})

it('finds everything about changes by an index', async () => {
  const address = `${server.url()}?options=-c%20enable_seqscan%3Doff`
  await using state = await SharedState.open({ address, env: {}, folder: '', program: 'test' })
  const plans: string[] = []
  const { database } = state
  const query = database.query.bind(database)
  database.query = async (text, values) => {
    const rows = await query(`explain ${text}`, values)
    plans.push(`${text}\n${rows.map((row) => String(row['QUERY PLAN'])).join('\n')}`)
    return query(text, values)
  }
  const store = await state.journalStore()
  plans.length = 0
  const connection = { origin: 'https://a.test', teamId: 'team', botId: 'bot' }
  const target = { connection, tableId: 't1' }
  const table = { id: 't1', name: 'stores', columns: [{ name: 'a', type: 'text' }] }
  await store.change(1)
  for (const more of [
    {},
    { isAnonymous: true },
    { record: 'r1' },
    { before: 9, isBackwards: true },
  ]) {
    await store.changes(1, more)
  }
  await store.lastSeq(1)
  await store.madeOf(['r1', 'r2'], target, 1)
  await store.isInserted('r1')
  await store.anonymous({ a: 'x' }, target, table)
  await store.alteredColumns(target)
  await store.currentIds(['r1', 'r2'], target)
  await store.halfway('set')
  const sets = [{ id: 'a' }, { idStart: 'a' }, { job: 'a' }, { undoes: 'a' }, { call: 1 }]
  for (const of of [...sets, { unsettledOf: 'a' }, { connection, limit: 9 }, { limit: 9 }]) {
    await store.sets(of)
  }
  await store.jobs('a', 9)
  await store.lastCall('a', 1)
  expect(plans).toHaveLength(22)
  for (const plan of plans) expect(plan).not.toContain('Seq Scan on')
})

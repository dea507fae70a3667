/** A mirror has the gateway's records after any writes, and its cost depends on the changes alone. */
import type { Client } from '@chatlayer-tables/core'
import type { Emulator, EmulatorOptions } from '@chatlayer-tables/emulator'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { timestampToSql } from '../src/values.ts'
import { type Setting, setUp } from './setting.ts'

const COLUMNS = [
  { name: 'name', type: 'text' },
  { name: 'size', type: 'int' },
  { name: 'price', type: 'numeric' },
  { name: 'open', type: 'bool' },
]

/** A clock that a test sets, and that advances by a second each time it is read. */
class Clock {
  now: number

  constructor(now: number) {
    this.now = now
  }

  readonly tick = (): Date => {
    this.now += 1_000
    return new Date(this.now)
  }
}

function stores(records: number) {
  return Array.from({ length: records }, (_, index) => ({
    name: `Store ${index}`,
    size: index,
    price: `${index % 100}.5`,
    open: index % 2 === 0,
  }))
}

/** @param records put in one by one, each with a date of its own, by default a month ago */
async function setUpStores(records: number, options: EmulatorOptions = {}): Promise<Setting> {
  const clock = new Clock(Date.now() - 30 * 86_400_000).tick
  const tables = [{ name: 'stores', columns: COLUMNS }]
  // For a large table, the client detects it itself.
  const dialect = records < 2_500 ? options.dialect : undefined
  const setting = await setUp({ tables, clock, ...options }, {}, dialect)
  for (const record of stores(records)) setting.emulator.tables.insert('stores', [record])
  return setting
}

async function expectEqual({ emulator, mirrors, ask }: Setting): Promise<void> {
  const limits = { maxRows: 1e6, timeMs: 60_000 }
  const sql = 'select id, updated_at, name, size, price, open from stores order by id'
  const { rows, sources } = await mirrors.query(sql, { ...ask, fresh: 'never', limits })
  const held = emulator.tables.records('stores').map(({ id, updatedAt, values }) => {
    const { name, size, price, open } = values
    return [id, timestampToSql(updatedAt), name, size, price === null ? null : Number(price), open]
  })
  held.sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1))
  expect(rows).toEqual(held)
  expect(sources[0]?.complete).toBe(true)
}

interface Writes {
  readonly updates: number
  readonly inserts: number
  readonly deletes: number
}

async function write(client: Client, emulator: Emulator, writes: Writes, seed: number) {
  const table = client.table('stores')
  const ids = emulator.tables.records('stores').map(({ id }) => id)
  const pick = (count: number, step: number): string[] =>
    Array.from(
      { length: Math.min(count, ids.length) },
      (_, index) => ids[(seed + index * step) % ids.length] ?? '',
    )
  await table.updateById(new Set(pick(writes.updates, 37)), { name: `changed ${seed}`, size: seed })
  await table.deleteById(new Set(pick(writes.deletes, 101)))
  await table.insertMany(stores(writes.inserts).map((row) => ({ ...row, size: null })))
}

const anyWrites = fc.record({
  updates: fc.integer({ min: 0, max: 12 }),
  inserts: fc.integer({ min: 0, max: 12 }),
  deletes: fc.integer({ min: 0, max: 12 }),
})

describe('a mirror equals the gateway', () => {
  test.each<[string, number, EmulatorOptions]>([
    ['that filters dates', 1_800, { dialect: { timestampFilter: 'camel' } }],
    ['that names them otherwise', 900, { dialect: { timestampFilter: 'snake' } }],
    ['that filters no dates', 700, {}],
    [
      'whose order is unstable',
      800,
      { dialect: { timestampFilter: 'camel' }, faults: [{ kind: 'unstable-order' }] },
    ],
    [
      'that was written to just before',
      900,
      { dialect: { timestampFilter: 'camel' }, clock: () => new Date() },
    ],
    [
      'that fails now and then',
      900,
      {
        dialect: { timestampFilter: 'camel' },
        faults: [
          { kind: 'status', status: 503, rate: 0.04 },
          { kind: 'cut-body', rate: 0.02 },
          { kind: 'reset', rate: 0.02 },
        ],
        faultSeed: 7,
      },
    ],
    [
      'whose clock is two hours behind ours',
      900,
      { dialect: { timestampFilter: 'camel' }, clock: new Clock(Date.now() - 7_200_000).tick },
    ],
    [
      'whose clock is a day ahead of ours',
      900,
      { dialect: { timestampFilter: 'camel' }, clock: new Clock(Date.now() + 86_400_000).tick },
    ],
    [
      'that dates everything alike',
      900,
      { dialect: { timestampFilter: 'camel' }, clock: () => new Date(1_700_000_000_000) },
    ],
  ])('%s', async (_, records, options) => {
    await using setting = await setUpStores(records, options)
    const { emulator, client, mirrors } = setting
    await mirrors.pull(client, 'stores')
    await expectEqual(setting)
    const seeds = fc.integer({ min: 0, max: 10_000 })
    const rounds = fc.array(fc.tuple(anyWrites, seeds), { minLength: 4, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(rounds, async (list) => {
        for (const [writes, seed] of list) {
          await write(client, emulator, writes, seed)
          await mirrors.refresh(client, 'stores')
          await expectEqual(setting)
        }
      }),
      { numRuns: 1, seed: 11 },
    )
  })

  test('also while it is written to, once that ends', async () => {
    await using setting = await setUpStores(1_000, { dialect: { timestampFilter: 'camel' } })
    const { emulator, client, mirrors } = setting
    for (let round = 0; round < 4; round += 1) {
      const writing = write(client, emulator, { updates: 40, inserts: 20, deletes: 20 }, round * 7)
      await Promise.all([writing, mirrors.refresh(client, 'stores')])
    }
    await mirrors.refresh(client, 'stores')
    await expectEqual(setting)
  })
})

describe('a refresh costs what changed', () => {
  test('in requests, not what the table holds', async () => {
    await using setting = await setUpStores(8_000, { dialect: { timestampFilter: 'camel' } })
    const { emulator, client, mirrors } = setting
    const costOf = async (work: () => Promise<unknown>): Promise<number> => {
      const before = client.stats().sent
      await work()
      return client.stats().sent - before
    }
    const refresh = () => mirrors.refresh(client, 'stores')
    expect(await costOf(() => mirrors.pull(client, 'stores'))).toBeGreaterThanOrEqual(80)
    // What the probe asks is asked once.
    await refresh()
    expect(await costOf(refresh), 'nothing').toBeLessThan(12)
    await write(client, emulator, { updates: 60, inserts: 40, deletes: 0 }, 5)
    expect(await costOf(refresh), '100 updates and inserts').toBeLessThan(16)
    await write(client, emulator, { updates: 0, inserts: 0, deletes: 3 }, 9)
    expect(await costOf(refresh), '3 deletions').toBeLessThan(60)
    await expectEqual(setting)
  })

  test('a small table is read as a whole', async () => {
    await using setting = await setUpStores(250)
    const { client, mirrors } = setting
    await mirrors.refresh(client, 'stores')
    const before = client.stats().sent
    await mirrors.refresh(client, 'stores')
    expect(client.stats().sent - before).toBeLessThan(8)
    await expectEqual(setting)
  })
})

test('a changed definition replaces the mirror', async () => {
  await using setting = await setUpStores(3)
  const { emulator, mirrors, ask } = setting
  expect((await mirrors.query('select size from stores order by 1', ask)).rows).toEqual([
    [0],
    [1],
    [2],
  ])
  emulator.tables.drop('stores')
  emulator.tables.create({
    name: 'stores',
    columns: [
      { name: 'size', type: 'text' },
      { name: 'Size', type: 'int' },
    ],
    records: [{ size: 'small', Size: 7 }],
  })
  const sql = 'select size, "Size_2" from stores'
  expect((await mirrors.query(sql, ask)).rows).toEqual([['small', 7]])
})

test('a reading that fails leaves the former mirror', async () => {
  await using setting = await setUpStores(700)
  const { emulator, client, mirrors, ask } = setting
  await mirrors.pull(client, 'stores')
  emulator.faults.set([{ kind: 'status', status: 400, times: 1, operations: ['getTableData'] }])
  await expect(mirrors.pull(client, 'stores')).rejects.toThrow()
  emulator.faults.clear()
  const { rows } = await mirrors.query('select count(*) from stores', { ...ask, fresh: 'never' })
  expect(rows).toEqual([[700]])
})

test('freshness decides whether anything is asked', async () => {
  await using setting = await setUpStores(10)
  const { emulator, client, mirrors, ask } = setting
  const count = async (fresh: 'always' | 'never' | number) =>
    (await mirrors.query('select count(*) from stores', { ...ask, fresh })).rows[0]?.[0]
  await expect(count('never')).rejects.toThrow('never read')
  expect(await count(60_000)).toBe(10)
  emulator.tables.insert('stores', stores(1))
  const sent = client.stats().sent
  expect(await count('never')).toBe(10)
  expect(await count(60_000)).toBe(10)
  expect(client.stats().sent).toBe(sent)
  expect(await count('always')).toBe(11)
  expect(await count('never')).toBe(11)
  await new Promise((resolve) => setTimeout(resolve, 5))
  emulator.tables.insert('stores', stores(1))
  expect(await count(1)).toBe(12)
})

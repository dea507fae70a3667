/** Copies of records by key against an emulator: what they write, and what they leave. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Client,
  createClient,
  parseTableReference,
  type Values,
  type Where,
} from '@chatlayer-tables/core'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type CopyChoice,
  checkCopy,
  compareSides,
  copySettings,
  JobStore,
  type SyncReport,
  syncTables,
} from '../src/index.ts'

const STORES = [
  { name: 'code', type: 'text' },
  { name: 'city', type: 'text' },
  { name: 'rank', type: 'int' },
]

/** Other columns, and other types. */
const SHOPS = [
  { name: 'code', type: 'text' },
  { name: 'rank', type: 'text' },
  { name: 'city', type: 'text' },
  { name: 'since', type: 'timestamp' },
]

let folder: string
let emulator: Emulator
let client: Client

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'transfer-copy-'))
  emulator = await startEmulator({
    tables: [
      { name: 'stores', columns: STORES },
      { name: 'shops', columns: SHOPS },
    ],
    dialect: { nullEncoding: 'json' },
  })
  const { url: baseUrl, token, teamId, botId } = emulator
  client = createClient({ baseUrl, token, teamId, botId, dialect: { nullEncoding: 'json' } })
})

afterAll(async () => {
  await client.close()
  await emulator.close()
  await rm(folder, { recursive: true })
})

beforeEach(async () => {
  await fill([], [])
})

function tableOf(reference: string) {
  const { table, version } = parseTableReference(reference)
  return client.table(table, { version: version ?? 'DRAFT' })
}

async function fill(
  draft: readonly Values[],
  live: readonly Values[],
  shops: readonly Values[] = [],
): Promise<void> {
  const all = { 'stores@draft': draft, 'stores@live': live, 'shops@draft': shops }
  for (const [reference, rows] of Object.entries(all)) {
    for await (const _ of tableOf(reference).delete({}, { all: true }));
    const { table, version } = parseTableReference(reference)
    emulator.tables.insert(table, [...rows], version)
  }
}

function copy(choice: Partial<CopyChoice>, from = 'stores@draft', to = 'stores@live') {
  const { origin, teamId, botId } = client.connection
  const connection = { origin, teamId, botId }
  return syncTables({
    store: new JobStore(join(folder, 'jobs')),
    source: { kind: 'table', table: tableOf(from), connection },
    table: tableOf(to),
    connection,
    settings: copySettings({ key: ['code'], delete: false, ...choice }),
    onPlan: checkCopy,
  })
}

async function contents(reference: string): Promise<Values[]> {
  const records = await tableOf(reference).records().toArray()
  return records
    .map(({ values }) => values)
    .toSorted((a, b) => String(a.code).localeCompare(String(b.code)))
}

function counts({ inserted, updated, deleted, readBack }: SyncReport) {
  return { inserted, updated, deleted, equal: readBack?.equal }
}

const A = { code: 'a', city: 'Ghent', rank: 1 }
const B = { code: 'b', city: 'Ghent', rank: 2 }
const C = { code: 'c', city: 'Bruges', rank: 3 }

describe('a copy', () => {
  it('inserts and updates the named keys, and nothing else', async () => {
    await fill(
      [A, B, C],
      [
        { ...B, rank: 9 },
        { ...C, rank: 9 },
      ],
    )
    const report = await copy({ where: { code: { in: ['a', 'b', 'none'] } } })
    expect(counts(report)).toEqual({ inserted: 1, updated: 1, deleted: 0, equal: true })
    expect(await contents('stores@live')).toEqual([A, B, { ...C, rank: 9 }])
    expect(await contents('stores@draft')).toEqual([A, B, C])
  })

  it('finds a counterpart that does not match the condition', async () => {
    await fill([A], [{ ...A, city: 'Gent' }])
    expect(counts(await copy({ where: { city: 'Ghent' } }))).toMatchObject({
      updated: 1,
      inserted: 0,
    })
    expect(await contents('stores@live')).toEqual([A])
  })

  it('deletes only what is selected and gone from the source', async () => {
    const moved = { ...C, city: 'Ghent' }
    const gone = { code: 'g', city: 'Ghent', rank: 4 }
    const other = { code: 'o', city: 'Bruges', rank: 5 }
    await fill([A, C], [A, moved, gone, other])
    const report = await copy({ where: { city: 'Ghent' }, delete: true })
    expect(counts(report)).toEqual({ inserted: 0, updated: 0, deleted: 1, equal: true })
    expect(await contents('stores@live')).toEqual([A, moved, other])
  })

  it('deletes a named key that the source does not have, unless it has nothing at all', async () => {
    await fill([], [A, B])
    await expect(copy({ delete: true })).rejects.toThrow('the source has no records')
    for (const where of [{ code: 'a' }, {}]) {
      await expect(copy({ where, delete: true })).rejects.toThrow('selected in "stores"')
    }
    await fill([C], [A, B])
    expect(counts(await copy({ where: { code: 'a' }, delete: true }))).toMatchObject({ deleted: 1 })
    expect(await contents('stores@live')).toEqual([B])
  })

  it('of nothing writes nothing', async () => {
    await fill([A], [B])
    expect(await copy({ where: { code: 'none' } })).toMatchObject({
      job: undefined,
      finished: true,
    })
    expect(await contents('stores@live')).toEqual([B])
  })

  it('names duplicate keys on either side, and writes nothing', async () => {
    await fill([A, { ...A, city: 'Bruges' }], [])
    const where = { city: 'Ghent' }
    await expect(copy({ where })).rejects.toThrow('not unique in stores@draft: "a" (2 records)')
    await fill([A, B], [B, B])
    await expect(copy({})).rejects.toThrow('not unique in stores@live: "b" (2 records)')
    // A duplicate that is not selected is no obstacle.
    expect(counts(await copy({ where: { code: 'a' } }))).toMatchObject({ inserted: 1 })
  })
})

describe('a copy to another table', () => {
  it('takes the columns that both have, and values as the type of the target', async () => {
    await fill([A, B], [], [{ code: 'b', rank: '2', city: 'x', since: '2024-01-01T00:00:00.000Z' }])
    const report = await copy({}, 'stores', 'shops')
    expect(counts(report)).toMatchObject({ inserted: 1, updated: 1, equal: true })
    expect(await contents('shops')).toEqual([
      { code: 'a', rank: '1', city: 'Ghent', since: null },
      { code: 'b', rank: '2', city: 'Ghent', since: '2024-01-01T00:00:00.000Z' },
    ])
    expect(counts(await copy({}, 'shops', 'stores'))).toEqual({
      ...{ inserted: 0, updated: 0, deleted: 0, equal: true },
    })
  })

  it('reports values that do not fit before anything is written', async () => {
    await fill(
      [],
      [],
      [
        { code: 'a', rank: '1' },
        { code: 'b', rank: 'first' },
        { code: 'c', rank: '2.5' },
      ],
    )
    await expect(copy({}, 'shops', 'stores')).rejects.toThrow(
      /^2 records do not fit "stores" \(DRAFT\) in "rank" \(2\); the first is "b": .*not this string/,
    )
    expect(await contents('stores')).toEqual([])
    await expect(copy({ columns: ['size'] }, 'shops', 'stores')).rejects.toThrow('no column "size"')
    expect(counts(await copy({ ignore: ['rank'] }, 'shops', 'stores'))).toMatchObject({
      inserted: 3,
    })
  })
})

describe('a selection', () => {
  it.each([
    ['of more keys than are searched for', (n: number) => `c${n}`],
    ['with a key that is null', (n: number) => (n === 7 ? null : `c${n}`)],
  ])('%s finds the same records', async (_, codeOf) => {
    const rowOf = (n: number) => ({ code: codeOf(n), city: n % 50 === 0 ? 'x' : 'y', rank: n })
    const all = Array.from({ length: 1_100 }, (_, n) => rowOf(n))
    const moved = all.map((row) => ({ ...row, city: 'z', rank: row.rank % 2 }))
    await fill(all, [...moved, { code: 'more', city: 'y', rank: 0 }])
    using comparison = await compareSides({
      a: { kind: 'table', table: tableOf('stores@draft') },
      b: { kind: 'table', table: tableOf('stores@live') },
      key: ['code'],
      only: { where: { city: 'y' }, of: 'a and extra' },
    })
    const { counts } = comparison
    expect(counts).toEqual({ a: 1_078, b: 1_079, same: 0, changed: 1_078, removed: 0, added: 1 })
  })
})

const rows = fc.uniqueArray(
  fc.record({
    code: fc.constantFrom('a', 'b', 'c', 'd', 'é,"', ''),
    city: fc.constantFrom('x', 'y', null),
    rank: fc.constantFrom(1, 2, null),
  }),
  { selector: ({ code }) => code },
)

const conditions: fc.Arbitrary<((row: Values) => boolean) & { where?: Where }> = fc.constantFrom(
  Object.assign(() => true, {}),
  Object.assign(({ city }: Values) => city === 'x', { where: { city: 'x' } }),
  Object.assign(({ code }: Values) => code === 'a' || code === '', {
    where: { code: { in: ['a', ''] } },
  }),
  Object.assign(({ rank }: Values) => rank === null, { where: { rank: null } }),
)

describe('after any copy', () => {
  it('the selected records are equal, and nothing else has changed', async () => {
    await fc.assert(
      fc.asyncProperty(
        rows,
        rows,
        conditions,
        fc.boolean(),
        async (draft, live, isIn, isDeleting) => {
          await fill(draft, live)
          const { where } = isIn
          await copy({ where, delete: isDeleting, allowEmpty: true })
          const sources = new Map(draft.map((row) => [row.code, row]))
          const expected = new Map(live.map((row) => [row.code, row]))
          for (const row of live) {
            if (isDeleting && isIn(row) && !sources.has(row.code)) expected.delete(row.code)
          }
          for (const row of draft) if (isIn(row)) expected.set(row.code, row)
          const sorted = [...expected.values()].toSorted((a, b) => a.code.localeCompare(b.code))
          expect(await contents('stores@live')).toEqual(sorted)
          expect(await contents('stores@draft')).toEqual(
            draft.toSorted((a, b) => a.code.localeCompare(b.code)),
          )
          using comparison = await compareSides({
            a: { kind: 'table', table: tableOf('stores@draft') },
            b: { kind: 'table', table: tableOf('stores@live') },
            key: ['code'],
            only: where && { where, of: isDeleting ? 'a and extra' : 'a' },
          })
          expect(comparison.counts).toMatchObject({ removed: 0, changed: 0 })
          if (isDeleting) expect(comparison.counts.added).toBe(0)
        },
      ),
      { numRuns: 12 },
    )
  })
})

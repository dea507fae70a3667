/** A preview shows the changes of a write, and sends nothing that writes. */

import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Client, Preview, Report, TableHandle, Values, Where } from '../../src/index.ts'
import { connect } from './support.ts'

const COLUMNS = [
  { name: 'code', type: 'text' },
  { name: 'n', type: 'int' },
  { name: 'name', type: 'text' },
]

let emulator: Emulator
let client: Client
let table: TableHandle

beforeAll(async () => {
  emulator = await startEmulator({ tables: [{ name: 't', columns: COLUMNS }] })
})
afterAll(() => emulator.close())
beforeEach(() => {
  emulator.reset()
  client = connect(emulator)
  table = client.table('t')
  return () => client.close()
})

/** Few values, so that conditions match and keys meet. */
const codes = fc.constantFrom('a', 'b', 'c', 'd')
const numbers = fc.integer({ min: 0, max: 4 })
const names = fc.constantFrom('x', 'y', 'long name')
const rows = fc.record({ code: codes, n: numbers, name: names }, { requiredKeys: ['code'] })
const sets = fc.record({ n: numbers, name: names }, { requiredKeys: ['n'] })
const wheres: fc.Arbitrary<Where> = fc.oneof(
  codes.map((code) => ({ code })),
  numbers.map((n) => ({ n: { gte: n } })),
  fc.tuple(codes, numbers).map(([code, n]) => ({ code, n: { lt: n } })),
  names.map((name) => ({ name: { contains: name.slice(0, 2) } })),
  fc.tuple(codes, codes).map(([a, b]) => ({ or: [{ code: a }, { code: b }] })),
  fc.constant({}),
)

interface Write {
  preview(): Promise<Preview>
  run(): PromiseLike<Report<unknown>>
}

/** Puts the records in, previews, writes, and compares. */
async function compare(
  records: readonly Values[],
  makeWrite: (ids: string[]) => Write,
): Promise<void> {
  emulator.reset()
  emulator.tables.insert('t', records as never)
  const snapshot = () =>
    new Map(emulator.tables.records('t').map(({ id, values }) => [id, { ...values }]))
  const before = snapshot()
  const write = makeWrite([...before.keys()])
  emulator.requests.clear()
  const preview = await write.preview()
  const { INSERT, UPDATE, DELETE } = emulator.requests.counts.actions
  expect([INSERT, UPDATE, DELETE]).toEqual([undefined, undefined, undefined])
  expect(snapshot()).toEqual(before)
  const report = await write.run()
  const after = snapshot()
  const { matched, rejectedCount } = preview
  expect(report).toMatchObject({ total: matched + rejectedCount, ok: matched })
  const problems = report.problems.map((o) => [o.index, o.error.message])
  expect(problems.toSorted(byIndex)).toEqual(
    preview.rejected.map(({ index, error }) => [index, error.message]),
  )
  expect(report.changes).toEqual(preview.counts)
  const expected = new Map(before)
  const inserted: unknown[] = []
  for (const { id, before: was, after: will, change } of preview.changes) {
    if (id === undefined) {
      inserted.push(will)
      continue
    }
    expect(expected.get(id)).toEqual(was)
    if (change === 'unchanged') expect(will).toEqual(was)
    if (will === undefined) expected.delete(id)
    else expected.set(id, will as never)
  }
  for (const [id, values] of expected) expect(after.get(id)).toEqual(values)
  const added = [...after].filter(([id]) => !expected.has(id)).map(([, values]) => values)
  expect(added.map(sortKey).toSorted()).toEqual(inserted.map(sortKey).toSorted())
}

function byIndex(a: readonly unknown[], b: readonly unknown[]): number {
  return Number(a[0]) - Number(b[0])
}

function sortKey(values: unknown): string {
  return JSON.stringify(values)
}

const runs = { numRuns: 60 }
const records = fc.array(rows, { maxLength: 12 })

describe('a preview shows what the write does', () => {
  test('insert', () =>
    fc.assert(
      fc.asyncProperty(records, records, (old, fresh) =>
        compare(old, () => ({
          preview: () => table.preview.insert(fresh),
          run: () => table.insertMany(fresh),
        })),
      ),
      runs,
    ))

  test('update by condition', () =>
    fc.assert(
      fc.asyncProperty(records, wheres, sets, (old, where, set) =>
        compare(old, () => ({
          preview: () => table.preview.update(where, set, { all: true }),
          run: () => table.update(where, set, { all: true }),
        })),
      ),
      runs,
    ))

  test('delete by condition', () =>
    fc.assert(
      fc.asyncProperty(records, wheres, (old, where) =>
        compare(old, () => ({
          preview: () => table.preview.delete(where, { all: true }),
          run: () => table.delete(where, { all: true }),
        })),
      ),
      runs,
    ))

  test('upsert', () =>
    fc.assert(
      fc.asyncProperty(records, records, (old, fresh) =>
        compare(old, () => ({
          preview: () => table.preview.upsert(fresh, { key: 'code' }),
          run: () => table.upsert(fresh, { key: 'code' }),
        })),
      ),
      runs,
    ))

  test('delete by id', () =>
    fc.assert(
      fc.asyncProperty(records, fc.nat(12), (old, count) =>
        compare(old, (ids) => ({
          preview: () => table.preview.deleteById(ids.slice(0, count)),
          run: () => table.deleteById(ids.slice(0, count)),
        })),
      ),
      runs,
    ))
})

test('update by id shows what is unchanged, which the write does not check', async () => {
  emulator.tables.insert('t', [{ n: 1 }, { n: 2 }])
  const ids = emulator.tables.records('t').map(({ id }) => id)
  const preview = await table.preview.updateById([...ids, ids[0] ?? ''], { n: 1 })
  expect(preview).toMatchObject({ matched: 2, counts: { updated: 1, unchanged: 1 } })
  expect(preview.changes.map(({ id }) => id)).toEqual(ids)
  expect((await table.updateById(ids, { n: 1 })).changes.updated).toBe(2)
})

test('update of each shows what changes, and reads only what it was not given', async () => {
  emulator.tables.insert('t', [{ n: 1, name: 'x' }, { n: 2 }, { n: 3 }])
  const read = await table.records().toArray()
  const [first, second, third] = read.map(({ id, values }) => ({ id, before: values }))
  if (!first || !second || !third) throw new Error('no records')
  const set = { n: 3 }
  emulator.requests.clear()
  const given = await table.preview.updateMany([first, third].map((row) => ({ ...row, set })))
  expect(given.counts).toMatchObject({ updated: 1, unchanged: 1 })
  expect(given.changes[0]).toEqual({
    change: 'updated',
    ...first,
    after: { ...first.before, n: 3 },
  })
  expect(emulator.requests.counts.total).toBe(0)
  const changes = [
    { ...first, set },
    { id: second.id, set },
    { ...third, set: { n: 4 } },
  ]
  const preview = await table.preview.updateMany(changes)
  expect(preview.changes.map(({ id, after }) => [id, after?.n])).toEqual([
    [first.id, 3],
    [second.id, 3],
    [third.id, 4],
  ])
  expect(preview.changes[1]?.before).toEqual(second.before)
  const wrong = table.preview.updateMany([
    { ...first, set },
    { ...second, set: { n: 'x' } },
  ])
  await expect(wrong).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    field: 'values.n',
    message: expect.stringContaining(`record ${second.id}: `),
  })
})

test('the records of a write are read after the checks of the write', async () => {
  emulator.tables.insert('t', [{ n: 1 }, { n: 2 }])
  const ids = emulator.tables.records('t').map(({ id }) => id)
  const idsOf = async (records: AsyncIterable<{ readonly id: string }>) => {
    const found: string[] = []
    for await (const { id } of records) found.push(id)
    return found
  }
  expect(await idsOf(table.preview.matching({ n: 2 }))).toEqual(ids.slice(1))
  expect(await idsOf(table.preview.matching({}, { all: true }))).toEqual(ids)
  await expect(idsOf(table.preview.matching({}))).rejects.toMatchObject({ field: 'where' })
  expect(await idsOf(table.preview.ofIds([...ids, ids[0] ?? '']))).toEqual(ids)
  const unknown = idsOf(table.preview.ofIds('0190b8a0-0000-7000-8000-000000000001'))
  await expect(unknown).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('many ids are not read one by one', async () => {
  emulator.tables.insert(
    't',
    Array.from({ length: 300 }, (_, n) => ({ n })),
  )
  const ids = emulator.tables.records('t').map(({ id }) => id)
  await table.definition()
  emulator.requests.clear()
  const preview = await table.preview.deleteById(ids.toReversed())
  expect(preview).toMatchObject({ matched: 300, truncated: true })
  expect(preview.changes.map(({ id }) => id)).toEqual(ids.toReversed().slice(0, 100))
  expect(emulator.requests.counts.total).toBeLessThan(10)
})

test('shows as many as asked for, and counts all', async () => {
  emulator.tables.insert(
    't',
    Array.from({ length: 30 }, (_, n) => ({ n })),
  )
  const preview = await table.preview.delete({ n: { gte: 10 } }, { limit: 5 })
  expect(preview).toMatchObject({ matched: 20, counts: { deleted: 20 }, truncated: true })
  expect(preview.changes).toHaveLength(5)
  const none = await table.preview.delete({ n: 99 }, { limit: 0 })
  expect(none).toMatchObject({ matched: 0, changes: [], truncated: false })
})

test.each([
  ['a row that cannot be written', () => table.preview.insert([{ n: 'x' }]), 'INVALID_INPUT'],
  [
    'an id that no record has',
    () => table.preview.updateById('0190b8a0-0000-7000-8000-000000000001', { n: 1 }),
    'NOT_FOUND',
  ],
  ['an invalid id', () => table.preview.deleteById(''), 'INVALID_INPUT'],
  [
    'null where it cannot be written',
    () => table.preview.update({ n: 1 }, { name: null }),
    'NOT_EXPRESSIBLE',
  ],
  ['an unknown table', () => client.table('tt').preview.insert([]), 'NOT_FOUND'],
] as [string, () => Promise<Preview>, string][])('%s is thrown', async (_, preview, code) => {
  await expect(preview()).rejects.toMatchObject({ code })
})

test('what could be written by id alone is rejected where ids cannot be filtered', async () => {
  emulator.setDialect({ idFilter: 'none' })
  const blind = connect(emulator, { dialect: { idFilter: 'none' } })
  const handle = blind.table('t')
  for (const preview of [
    () => handle.preview.delete({ name: { contains: 'x' } }),
    () => handle.preview.update({ name: { contains: 'x' } }, { n: 1 }),
    () => handle.preview.deleteById('x'),
    () => handle.preview.updateById('x', { n: 1 }),
  ]) {
    await expect(preview()).rejects.toMatchObject({ code: 'NOT_EXPRESSIBLE' })
  }
  expect(await handle.preview.delete({ name: 'x' })).toMatchObject({ matched: 0 })
  await blind.close()
})

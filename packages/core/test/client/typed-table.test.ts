/** Tables with a schema: records typed and validated both ways, by the compiler too. */
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { afterEach, beforeEach, describe, expect, expectTypeOf, test } from 'vitest'
import * as z from 'zod'
import {
  type BulkWrite,
  type Client,
  createClient,
  type RecordQuery,
  type TableHandle,
  type TableRecord,
  type Value,
  type Values,
} from '../../src/index.ts'

const Instant = z.codec(z.iso.datetime(), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
})
const Store = z.object({
  name: z.string().min(1),
  opened: Instant.nullable(),
  size: z.int().nullable(),
})
type Store = z.output<typeof Store>

let emulator: Emulator
let client: Client

beforeEach(async () => {
  const columns = [
    { name: 'name', type: 'text' },
    { name: 'opened', type: 'timestamp' },
    { name: 'size', type: 'int' },
    { name: 'extra', type: 'text' },
  ]
  emulator = await startEmulator({ tables: [{ name: 'stores', columns }] })
  const { url: baseUrl, token, teamId, botId } = emulator
  client = createClient({ baseUrl, token, teamId, botId })
})

afterEach(async () => {
  await client.close()
  await emulator.close()
})

const ghent: Store = { name: 'Ghent', opened: new Date('2024-01-31T09:30:00Z'), size: 5 }

test('what is written comes back as it was', async () => {
  const stores = client.table('stores', Store)
  const { id = '' } = await stores.insert(ghent)
  await stores.insertMany([{ name: 'Bruges', opened: null, size: null }])
  expect((await stores.get(id))?.values).toEqual(ghent)
  await stores.update({ name: 'Bruges' }, { opened: ghent.opened })
  await stores.updateById(id, { size: 6 })
  await stores.updateMany([{ id, set: { opened: new Date(0) } }])
  await stores.upsert([{ name: 'Bruges', opened: ghent.opened, size: 1 }, ghent], { key: 'name' })
  const all = await stores.records({ sort: 'name' }).toArray()
  expect(all.map(({ values }) => values)).toEqual([
    { name: 'Bruges', opened: ghent.opened, size: 1 },
    ghent,
  ])
  const preview = await stores.preview.upsert([{ ...ghent, size: 9 }], { key: 'name' })
  expect(preview.counts.updated).toBe(1)
})

test('defaults are written to new records, and a stored null is read as omitted', async () => {
  const Sized = z.object({
    name: z.string(),
    size: z.int().default(3),
    extra: z.string().optional(),
  })
  const stores = client.table('stores', Sized)
  const { id = '' } = await stores.insert({ name: 'Ghent' })
  expect((await stores.get(id))?.values).toEqual({ name: 'Ghent', size: 3 })
  await stores.updateOne(id, { size: 9 })
  const row = { name: 'Ghent', extra: 'port' }
  const preview = await stores.preview.upsert([row, { name: 'Bruges' }], { key: 'name' })
  expect(preview.changes).toMatchObject([
    { change: 'updated', after: { size: 9, extra: 'port' } },
    { change: 'inserted', after: { name: 'Bruges', size: 3 } },
  ])
  await stores.upsertOne(row, { key: 'name' })
  await stores.upsert([{ name: 'Bruges' }], { key: 'name' })
  emulator.tables.insert('stores', [{ name: 'Antwerp' }])
  const all = await stores.records({ sort: 'name' }).toArray()
  expect(all.map(({ values }) => values)).toEqual([
    { name: 'Antwerp', size: 3 },
    { name: 'Bruges', size: 3 },
    { name: 'Ghent', size: 9, extra: 'port' },
  ])
  expect(await stores.records({ select: ['name'], limit: 1 }).first()).toMatchObject({
    values: expect.not.objectContaining({ size: 3 }),
  })
})

test('some columns of a record are read by their part of the schema', async () => {
  const stores = client.table('stores', Store)
  await stores.insert(ghent)
  const [record] = await stores.records({ select: ['opened'] }).toArray()
  expect(record?.values).toEqual({ opened: ghent.opened })
})

test('rows that do not fit are rejected, and nothing of them is sent', async () => {
  const stores = client.table('stores', Store)
  const rows = [ghent, { ...ghent, name: '' }, { ...ghent, extra: 'x' }, { name: 'x' }]
  const report = await stores.insertMany(rows as Store[])
  expect(report).toMatchObject({ ok: 1, rejected: 3 })
  for (const problem of report.problems) {
    expect(problem).toMatchObject({ error: { code: 'INVALID_INPUT' } })
  }
  await expect(stores.update({}, { size: 1.5 }, { all: true })).rejects.toMatchObject({
    field: 'values.size',
  })
  expect(emulator.requests.counts.actions).toEqual({ INSERT: 1 })
})

test('a record that does not fit is reported', async () => {
  emulator.tables.insert('stores', [{ name: null }])
  await expect(client.table('stores', Store).records().toArray()).rejects.toMatchObject({
    code: 'UNEXPECTED_ANSWER',
    place: 'values.name',
  })
})

test('a schema with an unknown column is reported at the first write', async () => {
  const wrong = client.table('stores', z.object({ nmae: z.string() }))
  await expect(wrong.insert({ nmae: 'x' })).rejects.toThrow('has no column "nmae"')
})

test('options follow the schema, or are passed alone', async () => {
  const live = client.table('stores', Store, { version: 'LIVE' })
  expect([live.version, client.table('stores', { version: 'LIVE' }).version]).toEqual([
    'LIVE',
    'LIVE',
  ])
  expect(client.table('stores', Store).version).toBe('DRAFT')
  await live.insert(ghent)
  expect([emulator.tables.count('stores', 'LIVE'), emulator.tables.count('stores')]).toEqual([1, 0])
})

describe('types', () => {
  test('without a schema records hold values by column name', () => {
    const table = client.table('stores')
    expectTypeOf(table).toEqualTypeOf<TableHandle<Values>>()
    expectTypeOf(table.get).returns.resolves.toEqualTypeOf<TableRecord<Values> | undefined>()
    expectTypeOf(table.records()).toEqualTypeOf<RecordQuery<Values>>()
    expectTypeOf(table.insertMany([])).toEqualTypeOf<BulkWrite<Values>>()
    expectTypeOf(table.records({ select: ['name'] })).toEqualTypeOf<
      RecordQuery<Pick<Values, 'name'>>
    >()
    const names: string[] = ['name']
    expectTypeOf(table.records({ select: names }).first).returns.resolves.toExtend<
      TableRecord<Record<string, Value>> | undefined
    >()
  })

  test('with one they are its output', () => {
    const stores = client.table('stores', Store)
    expectTypeOf(stores).toEqualTypeOf<TableHandle<typeof Store>>()
    expectTypeOf(stores.insert).parameter(0).toEqualTypeOf<Store>()
    expectTypeOf(stores.update).parameter(1).toEqualTypeOf<Partial<Store>>()
    expectTypeOf(stores.get).returns.resolves.toEqualTypeOf<TableRecord<Store> | undefined>()
    expectTypeOf(stores.records({ select: ['opened'] })).toEqualTypeOf<
      RecordQuery<Pick<Store, 'opened'>>
    >()
    expectTypeOf(stores.records({ where: { name: 'x' } })).toEqualTypeOf<RecordQuery<Store>>()
    const misuse = (): void => {
      // @ts-expect-error a text is not a Date here
      stores.insert({ name: 'x', opened: '2024-01-31T09:30:00Z', size: null })
      // @ts-expect-error a column is missing
      stores.insertMany([{ name: 'x', opened: null }])
      // @ts-expect-error there is no such column
      stores.updateById('id', { nmae: 'x' })
      // @ts-expect-error a write of all needs to be said as a boolean
      stores.delete({}, { all: 'yes' })
      // @ts-expect-error an upsert needs a key
      stores.upsert([], {})
    }
    expect(misuse).toBeTypeOf('function')
  })
})

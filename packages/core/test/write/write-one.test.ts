/** Writes of one record: they return what the write did, and throw what a bulk write reports. */
import { describe, expect, test } from 'vitest'
import type {
  CallOptions,
  RequestEvent,
  TableHandle,
  Values,
  WriteListener,
} from '../../src/index.ts'
import { startFakeGateway } from './fake-gateway.ts'
import { type Setup, setUp } from './support.ts'

const TABLES = [
  {
    name: 't',
    columns: [
      { name: 'code', type: 'text' },
      { name: 'n', type: 'int' },
    ],
    records: [
      { code: 'a', n: 1 },
      { code: 'b', n: 2 },
      { code: 'b', n: 3 },
    ],
  },
]
const NO_ID = '0190b8a0-0000-7000-8000-000000000001'

function values({ emulator }: Setup): Values[] {
  return emulator.tables.records('t').map((record) => ({ ...record.values }) as Values)
}

function firstId({ emulator }: Setup): string {
  return emulator.tables.records('t')[0]?.id ?? ''
}

test('each returns the record’s id and what was changed', async () => {
  await using setup = await setUp({ tables: TABLES })
  const table = setup.client.table('t')
  const id = firstId(setup)
  expect(await table.updateOne(id, { n: 5 })).toEqual({ id, change: 'updated' })
  expect(await table.upsertOne({ code: 'a', n: 6 }, { key: 'code' })).toEqual({
    id,
    change: 'updated',
  })
  expect(await table.upsertOne({ code: 'a', n: 6 }, { key: ['code'] })).toEqual({
    id,
    change: 'unchanged',
  })
  const added = await table.upsertOne({ code: 'c', n: 7 }, { key: 'code' })
  expect(added).toEqual({ id: expect.any(String), change: 'inserted' })
  expect(await table.deleteOne(added.id ?? '')).toEqual({ id: added.id, change: 'deleted' })
  expect(await table.insert({ code: 'd' })).toEqual({ id: expect.any(String), change: 'inserted' })
  expect(values(setup).map(({ code, n }) => [code, n])).toEqual([
    ['a', 6],
    ['b', 2],
    ['b', 3],
    ['d', null],
  ])
})

test('each lists values that are stored in another form', async () => {
  await using gateway = await startFakeGateway({
    store: (values) => ({ ...values, note: String(values.note).trim() }),
  })
  const { table } = gateway
  const stored = [{ column: 'note', sent: ' y', stored: 'y' }]
  const { id = '', ...inserted } = await table.insert({ name: 'a', note: ' y' })
  expect(inserted).toEqual({ change: 'inserted', stored })
  expect(await table.upsertOne({ name: 'b', note: ' y' }, { key: 'name' })).toMatchObject({
    stored,
  })
  expect(await table.updateOne(id, { note: ' y' })).toEqual({ id, change: 'updated', stored })
})

type WriteOne = (table: TableHandle, id: string, options?: CallOptions) => Promise<unknown>
const WRITES: [string, WriteOne, 'INSERT' | 'UPDATE' | 'DELETE'][] = [
  ['insert', (table, _, options) => table.insert({ code: 'z' }, options), 'INSERT'],
  ['updateOne', (table, id, options) => table.updateOne(id, { n: 9 }, options), 'UPDATE'],
  ['deleteOne', (table, id, options) => table.deleteOne(id, options), 'DELETE'],
  [
    'upsertOne',
    (table, _, options) => table.upsertOne({ code: 'z' }, { key: 'code', ...options }),
    'INSERT',
  ],
]

describe.each(WRITES)('%s', (_, write, action) => {
  test('throws the gateway’s rejection', async () => {
    await using setup = await setUp({ tables: TABLES })
    setup.emulator.faults.set([{ kind: 'status', status: 400, when: 'before', actions: [action] }])
    const before = values(setup)
    await expect(write(setup.client.table('t'), firstId(setup))).rejects.toMatchObject({
      name: 'RejectedError',
      code: 'REJECTED',
      status: 400,
      executed: 'no',
    })
    expect(values(setup)).toEqual(before)
  })

  test('is done once when its response is lost', async () => {
    await using setup = await setUp({ tables: TABLES })
    setup.emulator.faults.set([{ kind: 'reset', when: 'after', actions: [action], times: 1 }])
    const result = await write(setup.client.table('t'), firstId(setup))
    const change = { INSERT: 'inserted', UPDATE: 'updated', DELETE: 'deleted' }[action]
    expect(result).toMatchObject({ id: expect.any(String), change })
    expect(values(setup)).toHaveLength({ INSERT: 4, UPDATE: 3, DELETE: 2 }[action])
  })

  test('throws an UnknownOutcomeError when the outcome cannot be determined', async () => {
    const failEverything = (event: RequestEvent): void => {
      if (event.action !== action) return
      setup.emulator.faults.set([
        { kind: 'reset', when: 'after', actions: [action] },
        { kind: 'status', status: 503, when: 'before' },
      ])
    }
    const options = { maxAttempts: 1, hooks: { onRequest: failEverything } }
    await using setup = await setUp({ tables: TABLES }, options)
    await expect(write(setup.client.table('t'), firstId(setup))).rejects.toMatchObject({
      name: 'UnknownOutcomeError',
      executed: 'maybe',
      tried: expect.arrayContaining([expect.stringContaining('sent it')]),
    })
  })

  test('rejects with the reason of an abort, before and during the request', async () => {
    await using setup = await setUp({ tables: TABLES })
    const table = setup.client.table('t')
    await table.updateOne(firstId(setup), { n: 0 })
    const reason = new Error('stopped')
    const aborted = AbortSignal.abort(reason)
    await expect(write(table, firstId(setup), { signal: aborted })).rejects.toBe(reason)
    setup.emulator.faults.set([{ kind: 'hang', actions: [action], when: 'before' }])
    const stop = new AbortController()
    const running = write(table, firstId(setup), { signal: stop.signal })
    setTimeout(() => stop.abort(reason), 100)
    await expect(running).rejects.toBe(reason)
  })

  test('calls a listener, whose exception before stops it and whose exception after is thrown', async () => {
    const failure = new Error('the listener failed')
    let [before, after] = [0, 0]
    let failing: 'before' | 'after' | undefined
    const onWrite: WriteListener = {
      before: () => {
        before++
        if (failing === 'before') throw failure
      },
      after: () => {
        after++
        if (failing === 'after') throw failure
      },
    }
    await using setup = await setUp({ tables: TABLES }, { onWrite })
    const table = setup.client.table('t')
    failing = 'before'
    await expect(write(table, firstId(setup))).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      cause: failure,
    })
    expect(values(setup)).toHaveLength(3)
    failing = 'after'
    await expect(write(table, firstId(setup))).rejects.toBe(failure)
    expect([before, after]).toEqual([2, 1])
  })
})

test('an id without a record is a NotFoundError', async () => {
  await using setup = await setUp({ tables: TABLES })
  const table = setup.client.table('t')
  const missing = { name: 'NotFoundError', message: expect.stringContaining(NO_ID) }
  await expect(table.updateOne(NO_ID, { n: 1 })).rejects.toMatchObject(missing)
  await expect(table.deleteOne(NO_ID)).rejects.toMatchObject(missing)
})

test('input that cannot be written is an InvalidInputError, and nothing is sent', async () => {
  await using setup = await setUp({ tables: TABLES })
  const table = setup.client.table('t')
  const id = firstId(setup)
  const wrong = { name: 'InvalidInputError' }
  await expect(table.updateOne(id, {})).rejects.toMatchObject(wrong)
  await expect(table.updateOne(id, { n: 'x' })).rejects.toMatchObject(wrong)
  await expect(table.updateOne('', { n: 1 })).rejects.toMatchObject(wrong)
  await expect(table.updateOne(undefined as never, { n: 1 })).rejects.toMatchObject(wrong)
  await expect(table.deleteOne([id] as never)).rejects.toMatchObject(wrong)
  await expect(table.upsertOne({ n: 1 }, { key: 'code' })).rejects.toMatchObject(wrong)
  await expect(table.upsertOne({ code: 'b' }, { key: 'code' })).rejects.toThrow('several records')
  expect(setup.emulator.requests.counts.actions).toEqual({ SELECT: 1 })
})

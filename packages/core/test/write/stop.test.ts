/** The gentle end of a write: requests in flight come to their end, and no other is sent. */
import { expect, test } from 'vitest'
import type { Outcome, RequestEvent, TableHandle, Values } from '../../src/index.ts'
import { setUp } from './support.ts'

const ROWS = 100
const IN_FLIGHT = 8
const rows: Values[] = Array.from({ length: ROWS }, (_, n) => ({ n, name: `row ${n}` }))
const TABLES = [
  {
    name: 't',
    columns: [
      { name: 'n', type: 'int' as const },
      { name: 'name', type: 'text' as const },
    ],
  },
]

type Start = (
  table: TableHandle,
  ids: string[],
  stop: AbortSignal,
) => AsyncIterable<Outcome<unknown>>

const WRITES: Record<string, { readonly records: boolean; readonly start: Start }> = {
  insert: {
    records: false,
    start: (table, _ids, stop) => table.insertMany(rows, { stop }),
  },
  upsert: {
    records: false,
    start: (table, _ids, stop) => table.upsert(rows, { key: 'n', stop }),
  },
  update: {
    records: true,
    start: (table, ids, stop) => table.updateById(ids, { name: 'new' }, { stop }),
  },
  delete: { records: true, start: (table, ids, stop) => table.deleteById(ids, { stop }) },
}

test.each(Object.keys(WRITES))(
  'a stopped %s sends nothing more, and loses nothing',
  async (name) => {
    const { records, start } = WRITES[name]!
    const tables = TABLES.map((table) => ({ ...table, records: records ? rows : [] }))
    await using setup = await setUp({ tables }, { concurrency: { max: IN_FLIGHT } })
    const { emulator, client } = setup
    emulator.faults.set([{ kind: 'latency', ms: 30, when: 'before' }])
    const table = client.table('t')
    const ids = emulator.tables.records('t').map(({ id }) => id)
    const stop = new AbortController()
    const outcomes: Outcome<unknown>[] = []
    const read = async (): Promise<void> => {
      for await (const outcome of start(table, ids, stop.signal)) {
        if (outcomes.push(outcome) === 3) stop.abort(new Error('enough'))
      }
    }
    await expect(read()).rejects.toThrow('enough')
    const ok = outcomes.filter(({ status }) => status === 'ok')
    expect(ok.length).toBeGreaterThanOrEqual(3)
    expect(ok.length).toBeLessThan(3 + 2 * IN_FLIGHT)
    for (const outcome of outcomes) {
      if (outcome.status === 'ok') continue
      expect(outcome).toMatchObject({
        status: 'rejected',
        error: { situation: { code: 'NOT_SENT' } },
      })
    }
    emulator.faults.set([])
    const now = emulator.tables.records('t')
    const changed = {
      insert: () => now.length,
      upsert: () => now.length,
      update: () => now.filter(({ values }) => values.name === 'new').length,
      delete: () => ROWS - now.length,
    }
    expect(changed[name as keyof typeof changed]()).toBe(ok.length)
  },
)

test('a stop before the start sends nothing', async () => {
  await using setup = await setUp({ tables: TABLES })
  const write = setup.client
    .table('t')
    .insertMany(rows, { stop: AbortSignal.abort(new Error('no')) })
  await expect(write.report()).rejects.toThrow('no')
  expect(setup.emulator.tables.records('t')).toEqual([])
})

test('a request that has no response yet is resolved after a stop', async () => {
  const stop = new AbortController()
  const onRequest = ({ action }: RequestEvent): void => {
    if (action === 'INSERT') setImmediate(() => stop.abort(new Error('enough')))
  }
  await using setup = await setUp({ tables: TABLES }, { hooks: { onRequest } })
  const { emulator, client } = setup
  emulator.faults.set([
    { kind: 'latency', ms: 100, when: 'before', actions: ['INSERT'] },
    { kind: 'reset', when: 'after', actions: ['INSERT'] },
  ])
  const write = client.table('t').insertMany([{ n: 1, name: 'a' }], { stop: stop.signal })
  await expect(write.report()).rejects.toThrow('enough')
  expect(write.progress).toMatchObject({ total: 1, ok: 1 })
  expect(emulator.tables.records('t')).toHaveLength(1)
})

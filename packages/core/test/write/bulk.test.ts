/** Bulk writes through the whole client: memory, the end of a gateway, rows that wait for their turn. */
import type { Emulator } from '@chatlayer-tables/emulator'
import { describe, expect, test } from 'vitest'
import type { BulkWrite, Outcome, RequestEvent, Values } from '../../src/index.ts'
import { collect, setUp } from './support.ts'

const TABLES = [
  {
    name: 't',
    columns: [
      { name: 'n', type: 'int' },
      { name: 'name', type: 'text' },
    ],
  },
]

function* numbered(count: number, onTake?: (n: number) => void): Generator<Values> {
  for (let n = 0; n < count; n++) {
    onTake?.(n)
    yield { n, name: `row ${n}` }
  }
}

test('10,000 rows: each lands once, and few are held at any time', async () => {
  await using setup = await setUp({ tables: TABLES })
  const { emulator, client } = setup
  let taken = 0
  let reported = 0
  let most = 0
  const write = client.table('t').insertMany(
    numbered(10_000, () => {
      taken++
      most = Math.max(most, taken - reported)
    }),
  )
  const ids = new Set<string | undefined>()
  for await (const outcome of write) {
    reported++
    ids.add(outcome.id)
  }
  expect(write.progress).toMatchObject({
    total: 10_000,
    ok: 10_000,
    changes: { inserted: 10_000, updated: 0, deleted: 0, unchanged: 0 },
    problems: [],
  })
  expect(most).toBeLessThan(1_000 + 2 * 128)
  const held = emulator.tables.records('t')
  expect(new Set(held.map(({ values }) => values.n)).size).toBe(10_000)
  expect(ids).toEqual(new Set(held.map(({ id }) => id)))
})

test('rows that the gateway rejects are rejected, the others continue', async () => {
  await using setup = await setUp({ tables: TABLES, dialect: { nulInText: 'refused' } })
  const rows = Array.from({ length: 50 }, (_, n) => ({ n, name: n % 10 === 0 ? 'a\0b' : 'fine' }))
  const odd: unknown[] = [...rows, { n: 'x' }, { nn: 1 }, null, 'text']
  const report = await setup.client.table('t').insertMany(odd as Values[])
  expect(report).toMatchObject({ total: 54, ok: 45, rejected: 9, unknown: 0 })
  const codes = report.problems.map((problem) => problem.error.code)
  expect(codes.filter((code) => code === 'REJECTED')).toHaveLength(5)
  expect(codes.filter((code) => code === 'INVALID_INPUT')).toHaveLength(4)
})

describe('an error in the middle ends the call; every row that was taken has an outcome', () => {
  const ERRORS: [string, (emulator: Emulator) => unknown, string][] = [
    [
      'a token that is no longer accepted',
      ({ faults }) => faults.set([{ kind: 'status', status: 401, when: 'before' }]),
      'AUTHENTICATION',
    ],
    [
      'a token that may no longer write',
      ({ faults }) =>
        faults.set([{ kind: 'status', status: 403, when: 'before', actions: ['INSERT'] }]),
      'PERMISSION',
    ],
    ['a table that is dropped', ({ tables }) => tables.drop('t'), 'NOT_FOUND'],
    ['a gateway that is killed', (emulator) => emulator.close(), 'CONNECTION'],
    [
      'a gateway that answers with errors only',
      ({ faults }) => faults.set([{ kind: 'status', status: 503, when: 'before' }]),
      'CONNECTION',
    ],
  ]

  test.each(ERRORS)('%s', async (_, happen, code) => {
    await using setup = await setUp({ tables: TABLES }, { maxAttempts: 2 })
    const { emulator, client } = setup
    let taken = 0
    const rows = numbered(100_000, () => taken++)
    const write = client.table('t').insertMany(rows)
    const outcomes: Outcome[] = []
    let written = 0
    const read = async (): Promise<void> => {
      for await (const outcome of write) {
        outcomes.push(outcome)
        if (outcomes.length !== 500) continue
        written = emulator.tables.count('t')
        await happen(emulator)
      }
    }
    await expect(read()).rejects.toMatchObject({ code })
    expect(taken).toBeLessThan(20_000)
    expect(taken - outcomes.length).toBeLessThanOrEqual(1)
    expect(new Set(outcomes.map(({ index }) => index)).size).toBe(outcomes.length)
    expect(write.progress.total).toBe(outcomes.length)
    expect(write.progress.ok).toBeGreaterThanOrEqual(written - 128)
    expect(write.progress.rejected + write.progress.unknown).toBeGreaterThan(0)
  })
})

test('rows that wait long for their turn under a slow rate do not fail for that', async () => {
  // The client's own limit for a call is far shorter than what the last rows wait.
  await using setup = await setUp({ tables: TABLES }, { rate: { perSecond: 50 }, timeoutMs: 500 })
  const report = await setup.client.table('t').insertMany(numbered(100))
  expect(report).toMatchObject({ total: 100, ok: 100 })
})

test('but the caller may say how long a row may take', async () => {
  await using setup = await setUp({ tables: TABLES }, { rate: { perSecond: 20 } })
  const table = setup.client.table('t')
  await table.definition()
  const report = await table.insertMany(numbered(60), { timeoutMs: 700 })
  expect(report.rejected).toBeGreaterThan(0)
  for (const { status, error } of report.problems) {
    if (status === 'rejected') expect(error.executed).toBe('no')
  }
  // Only what is in flight when its time is over may be unknown, on a busy machine.
  expect(report.unknown).toBeLessThan(3)
  const count = setup.emulator.tables.count('t')
  expect(count).toBeGreaterThanOrEqual(report.ok)
  expect(count).toBeLessThanOrEqual(report.ok + report.unknown)
})

test('a write that is misused states so', async () => {
  await using setup = await setUp({ tables: TABLES })
  const table = setup.client.table('t')
  await expect(table.insertMany([{ n: 1 }], { key: 'nn' })).rejects.toThrow('has no column "nn"')
  await expect(table.insertMany([{ n: 1 }], { key: [] })).rejects.toThrow(
    'must name at least one column',
  )
  await expect(setup.client.table('tt').insertMany([{ n: 1 }])).rejects.toThrow('no table "tt"')
  const write: BulkWrite<Values> = table.insertMany([{ n: 1 }])
  await write
  await expect(collect(write)).rejects.toThrow('it has started')
  expect(await write.report()).toBe(await write)
  expect(setup.emulator.tables.count('t')).toBe(1)
})

test.each([1, 30, 80])(
  'of equal rows that are stopped after %i ms only those that were sent are unknown',
  async (ms) => {
    let sent = 0
    const onRequest = ({ action }: RequestEvent) => {
      if (action === 'INSERT') sent++
    }
    await using setup = await setUp(
      { tables: [{ name: 't', columns: [{ name: 'n', type: 'int' }] }] },
      { concurrency: { initial: 4, max: 4 }, hooks: { onRequest } },
    )
    setup.emulator.faults.set([
      { kind: 'latency', ms: 15, when: 'before' },
      { kind: 'reset', when: 'after', rate: 0.2, actions: ['INSERT'] },
    ])
    const stop = new AbortController()
    setTimeout(() => stop.abort(), ms)
    const rows = Array.from({ length: 100 }, () => ({ n: 1 }))
    const write = setup.client.table('t').insertMany(rows, { signal: stop.signal })
    await write.report().catch(() => {})
    const { total, ok, unknown, rejected, problems } = write.progress
    expect(total).toBe(ok + unknown + rejected)
    expect(ok + unknown).toBeLessThanOrEqual(sent)
    for (const problem of problems) {
      if (problem.status === 'rejected') expect(problem.error.executed).toBe('no')
    }
  },
)

/** Upsert: rows to records by a key, looked up one by one or in an index of the whole table. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Values } from '../../src/index.ts'
import { createKeyIndex } from '../../src/write/key-index.ts'
import { collect, type Setup, setUp } from './support.ts'

const COLUMNS = [
  { name: 'code', type: 'text' },
  { name: 'n', type: 'int' },
  { name: 'price', type: 'numeric' },
  { name: 'name', type: 'text' },
]

function tableOf(records: readonly Record<string, unknown>[]) {
  return [{ name: 't', columns: COLUMNS, records: records as never }]
}

function held({ emulator }: Setup): Record<string, unknown>[] {
  const records = emulator.tables.records('t').map(({ values }) => ({ ...values }))
  return records.filter(({ name }) => name !== 'other')
}

/** Records that make a table too large to be read for a few rows. */
const OTHERS = Array.from({ length: 1_500 }, (_, n) => ({
  code: `other ${n}`,
  n: 1_000 + n,
  price: String(1_000 + n),
  name: 'other',
}))

/** Rows in front that change nothing, so that there are enough for an index. */
const FILLERS = Array.from({ length: 10 }, (_, n) => ({ code: `filler ${n}`, n, price: '1' }))

describe.each([
  ['looked up', [] as Values[], OTHERS],
  ['in an index', FILLERS, []],
])('rows that are %s', (way, fillers, others) => {
  const isIndexed = way === 'in an index'

  function table(records: readonly Record<string, unknown>[]) {
    return tableOf([...records, ...others])
  }

  async function upsert(
    setup: Setup,
    rows: readonly unknown[],
    key: string | string[] = 'code',
  ): Promise<string[]> {
    const write = setup.client.table('t').upsert([...fillers, ...rows] as Values[], { key })
    const outcomes = (await collect(write)).slice(fillers.length)
    return outcomes.map((outcome) => (outcome.status === 'ok' ? outcome.change : outcome.status))
  }

  test('are inserted, updated where they differ, and else left alone', async () => {
    const records = [
      { code: 'a', n: 1, price: '1.50', name: 'A' },
      { code: 'b', n: 2, price: '2.50', name: 'B' },
    ]
    await using setup = await setUp({ tables: table([...fillers, ...records]) })
    const rows = [
      { code: 'a', price: 1.5 },
      { code: 'b', n: 3, name: 'B' },
      { code: 'c', n: 4 },
    ]
    expect(await upsert(setup, rows)).toEqual(['unchanged', 'updated', 'inserted'])
    expect(held(setup).slice(fillers.length)).toEqual([
      records[0],
      { ...records[1], n: 3 },
      { code: 'c', n: 4, price: null, name: null },
    ])
    const { actions } = setup.emulator.requests.counts
    expect([actions.INSERT, actions.UPDATE]).toEqual([1, 1])
    // Two for the id filter, and unless the table was read, one for each row.
    expect(actions.SELECT).toBe(isIndexed ? 2 : 5)
  })

  test('whose key an earlier row had are rejected, in the preview as in the write', async () => {
    await using setup = await setUp({ tables: table(fillers) })
    const rows = [
      { code: 'same', n: 1 },
      { code: 'other', n: 2 },
      { code: 'same', n: 3 },
      { code: 'same', n: 4 },
    ]
    const handle = setup.client.table('t')
    const all = [...fillers, ...rows] as Values[]
    const preview = await handle.preview.upsert(all, { key: 'code' })
    const first = fillers.length + 1
    expect(preview.counts.inserted).toBe(2)
    expect(preview.rejected).toEqual(
      [2, 3].map((n) => ({
        index: fillers.length + n,
        error: expect.objectContaining({
          message: `row ${first} (counted from 1) has the same key, code = "same"`,
        }),
      })),
    )
    const report = await handle.upsert(all, { key: 'code' })
    expect(report.changes.inserted).toBe(2)
    expect(report.problems.map(({ index }) => index)).toEqual(
      preview.rejected.map(({ index }) => index),
    )
    expect(report.problems.map((o) => o.error.message)).toEqual(
      preview.rejected.map(({ error }) => error.message),
    )
    expect(held(setup).filter(({ code }) => code === 'same')).toMatchObject([{ n: 1 }])
  })

  test('whose key several records have are rejected', async () => {
    const twins = [{ code: 'x' }, { code: 'x' }, { code: 'x' }, { code: 'y' }]
    await using setup = await setUp({ tables: table([...fillers, ...twins]) })
    const rows = [
      { code: 'x', n: 1 },
      { code: 'y', n: 2 },
      { code: 'x', n: 3 },
    ]
    expect(await upsert(setup, rows)).toEqual(['rejected', 'updated', 'rejected'])
    const handle = setup.client.table('t')
    const { problems } = await handle.upsert(rows.slice(0, 1), { key: 'code' })
    const { rejected } = await handle.preview.upsert(rows.slice(0, 1), { key: 'code' })
    const ids = setup.emulator.tables.records('t').filter(({ values }) => values.code === 'x')
    const message = `several records have the key of this row, code = "x": ${ids[0]?.id}, ${ids[1]?.id}`
    expect(problems).toMatchObject([{ index: 0, status: 'rejected', error: { message } }])
    expect(rejected).toMatchObject([{ index: 0, error: { message } }])
    expect(held(setup).filter(({ n, code }) => n !== null && code !== 'y')).toHaveLength(
      fillers.length,
    )
  })

  test('whose key is incomplete are rejected, and so are rows that are none', async () => {
    await using setup = await setUp({ tables: table([...fillers, { code: null, n: 1 }]) })
    const rows = [
      { code: null, n: 1 },
      { n: 1 },
      { code: undefined },
      null,
      { code: 'a', nn: 1 },
      { code: 'a' },
    ]
    expect(await upsert(setup, rows)).toEqual([...Array(5).fill('rejected'), 'inserted'])
  })

  test('with a key of several columns', async () => {
    const records = [
      { code: 'a', n: 1, name: 'a1' },
      { code: 'a', n: 2, name: 'a2' },
      { code: 'b', n: 1, name: 'b1' },
    ]
    await using setup = await setUp({ tables: table([...fillers, ...records]) })
    const rows = [
      { code: 'a', n: 2, name: 'new' },
      { code: 'b', n: 2, name: 'b2' },
      { code: 'b', n: null },
    ]
    expect(await upsert(setup, rows, ['code', 'n'])).toEqual(['updated', 'inserted', 'rejected'])
    expect(
      held(setup)
        .slice(fillers.length)
        .map(({ name }) => name),
    ).toEqual(['a1', 'new', 'b1', 'b2'])
  })

  test('with keys that are equal as their type means it', async () => {
    await using setup = await setUp({ tables: table([...fillers, { price: '7.10', name: 'x' }]) })
    const rows = [
      { price: '7.1', name: 'x' },
      { price: 7.1, name: 'y' },
    ]
    const distinct = fillers.map((filler, n) => ({ ...filler, price: String(100 + n) }))
    const outcomes = await collect(
      setup.client.table('t').upsert([...distinct, ...rows], { key: 'price' }),
    )
    const changes = outcomes.slice(distinct.length).map((o) => o.status === 'ok' && o.change)
    expect(changes).toEqual(['unchanged', false])
  })

  test('that cannot be written are rejected before anything is sent', async () => {
    await using setup = await setUp({ tables: table([...fillers, { code: 'a', n: 1 }]) })
    expect(
      await upsert(setup, [
        { code: 'a', n: null },
        { code: 'b', n: 'x' },
      ]),
    ).toEqual(['rejected', 'rejected'])
    expect(setup.emulator.requests.counts.actions.UPDATE).toBeUndefined()
    expect(setup.emulator.requests.counts.actions.INSERT).toBeUndefined()
  })

  test('leave nothing doubled when answers are lost', async () => {
    const records = Array.from({ length: 10 }, (_, n) => ({ code: `old ${n}`, n }))
    await using setup = await setUp({ tables: table([...fillers, ...records]) })
    const handle = setup.client.table('t')
    await handle.definition()
    setup.emulator.faults.set([
      { kind: 'reset', when: 'after', rate: 0.3, actions: ['INSERT', 'UPDATE'] },
    ])
    const rows = [
      ...records.map(({ code }) => ({ code, n: 100 })),
      ...Array.from({ length: 10 }, (_, n) => ({ code: `new ${n}`, n })),
    ]
    const changes = await upsert(setup, rows)
    expect(changes).toEqual([...Array(10).fill('updated'), ...Array(10).fill('inserted')])
    const codes = held(setup).map(({ code }) => code)
    expect(new Set(codes).size).toBe(codes.length)
  })
})

describe('how many requests it takes', () => {
  const many = (count: number): Values[] =>
    Array.from({ length: count }, (_, n) => ({ code: `c${n}`, n }))

  test('a small table is read once for many rows', async () => {
    await using setup = await setUp({ tables: tableOf(many(250) as never) })
    const handle = setup.client.table('t')
    await handle.definition()
    setup.emulator.requests.clear()
    const report = await handle.upsert(many(500), { key: 'code' })
    expect(report.changes).toMatchObject({ inserted: 250, unchanged: 250 })
    const { operations, actions } = setup.emulator.requests.counts
    expect(operations.getTableData).toBeLessThanOrEqual(5)
    expect(actions).toEqual({ INSERT: 250 })
  })

  test('a large table is not read for a few rows', async () => {
    await using setup = await setUp({ tables: tableOf(many(2_000) as never) })
    const report = await setup.client.table('t').upsert(many(5), { key: 'code' })
    expect(report.changes.unchanged).toBe(5)
    const { operations, actions } = setup.emulator.requests.counts
    expect(operations.getTableData).toBe(1)
    expect(actions).toEqual({ SELECT: 5 })
  })

  test('an input that is slow in coming is not waited for', async () => {
    await using setup = await setUp({ tables: tableOf([]) })
    let release = (): void => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    async function* rows(): AsyncGenerator<Values> {
      yield { code: 'a' }
      yield { code: 'b' }
      await released
      yield { code: 'c' }
    }
    const seen: string[] = []
    for await (const outcome of setup.client.table('t').upsert(rows(), { key: 'code' })) {
      seen.push(String(outcome.row.code))
      if (seen.length === 2) release()
    }
    expect(seen.toSorted()).toEqual(['a', 'b', 'c'])
  })

  test('a table that cannot be read ends the call, and the input is left', async () => {
    await using setup = await setUp({ tables: tableOf([]) }, { maxAttempts: 1 })
    const handle = setup.client.table('t')
    await handle.definition()
    setup.emulator.faults.set([{ kind: 'status', status: 500, operations: ['getTableData'] }])
    let isLeft = false
    function* rows(): Generator<Values> {
      try {
        for (let n = 0; ; n++) yield { code: `c${n}` }
      } finally {
        isLeft = true
      }
    }
    await expect(handle.upsert(rows(), { key: 'code' })).rejects.toMatchObject({ code: 'GATEWAY' })
    expect(isLeft).toBe(true)
    expect(setup.emulator.tables.count('t')).toBe(0)
  })
})

describe('the index', () => {
  const record = (id: string) => ({ id, createdAt: '', updatedAt: '', values: {} })
  let now = 0
  beforeEach(() => {
    now = 1_000
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })

  test('knows what it read; what was written since has to be looked up', async () => {
    const index = await createKeyIndex(
      async () => new Map([['a', [record('1')]]]),
      1,
      () => now,
    )
    expect(await index.find('a')).toEqual([record('1')])
    expect(await index.find('b')).toEqual([])
    index.noteWritten('b')
    expect(await index.find('b')).toBeUndefined()
  })

  test('is read again after a minute, and then knows what was written before', async () => {
    let reads = 0
    const read = async () => new Map([['a', [record(String(++reads))]]])
    const index = await createKeyIndex(read, 1, () => now)
    index.noteWritten('old')
    now += 61_000
    expect(await index.find('a')).toEqual([record('2')])
    // Written while that reading may have been in flight.
    expect(await index.find('old')).toBeUndefined()
    now += 61_000
    expect(await index.find('old')).toEqual([])
    expect(reads).toBe(3)
  })

  test('is given up where too few rows ask, where it grew too large or cannot be read', async () => {
    const read = vi.fn(async () => new Map([['a', [record('1')]]]))
    const index = await createKeyIndex(read, 100, () => now)
    now += 61_000
    expect(await index.find('a')).toBeUndefined()
    expect(read).toHaveBeenCalledTimes(1)
    expect(await (await createKeyIndex(async () => undefined, 1)).find('a')).toBeUndefined()
    let fails = false
    const failing = await createKeyIndex(
      async () => {
        if (fails) throw new Error('gone')
        return new Map()
      },
      1,
      () => now,
    )
    fails = true
    now += 61_000
    expect(await failing.find('a')).toBeUndefined()
  })
})

test.each(['milliseconds', 'seconds'] as const)(
  'a timestamp finer than %s, as the gateway keeps it, is not written again',
  async (timestampPrecision) => {
    const dialect = { timestampPrecision }
    const columns = [
      { name: 'code', type: 'text' },
      { name: 'at', type: 'timestamp' },
    ]
    await using setup = await setUp({ tables: [{ name: 't', columns }], dialect }, { dialect })
    const rows = [{ code: 'a', at: '2024-01-31T09:30:00.123456Z' }]
    const handle = setup.client.table('t')
    const first = await handle.upsert(rows, { key: 'code' })
    expect(first).toMatchObject({ changes: { inserted: 1 }, storedOtherwise: 1 })
    const second = await handle.upsert(rows, { key: 'code' })
    expect(second).toMatchObject({ changes: { unchanged: 1 }, storedOtherwise: 0 })
  },
)

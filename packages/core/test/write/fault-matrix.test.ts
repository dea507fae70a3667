/**
 * Each fault of the emulator, on each operation, with five seeds: no record lost, none doubled,
 * every row accounted for. The table of what was seen is printed.
 */
import { type Emulator, type FaultInput, startEmulator } from '@chatlayer-tables/emulator'
import { afterAll, describe, expect, test } from 'vitest'
import { type Client, createClient, type Outcome, type TableHandle } from '../../src/index.ts'

const SEEDS = [1, 2, 3, 4, 5]
const RECORDS = 130
const ROWS = 60

/** A hang costs one of it; a machine that is busy with other tests may need most of it. */
const ATTEMPT_TIMEOUT_MS = 2_000

const FAULTS: Record<string, FaultInput> = {
  '429 with headers': {
    kind: 'rate-limit',
    perSecond: 400,
    burst: 20,
    algorithm: 'bucket',
    headers: 'x-ratelimit-ms',
  },
  '429 without headers': {
    kind: 'rate-limit',
    perSecond: 400,
    burst: 20,
    algorithm: 'bucket',
    headers: 'none',
  },
  '5xx before commit': { kind: 'status', status: 500, when: 'before', rate: 0.2 },
  '5xx after commit': { kind: 'status', status: 503, when: 'after', rate: 0.2 },
  'reset before commit': { kind: 'reset', when: 'before', rate: 0.2 },
  'reset after commit': { kind: 'reset', when: 'after', rate: 0.2 },
  'hang before commit': { kind: 'hang', when: 'before', rate: 0.03 },
  'hang after commit': { kind: 'hang', when: 'after', rate: 0.03 },
  'cut body': { kind: 'cut-body', rate: 0.2 },
  'malformed body': { kind: 'malformed-body', rate: 0.2 },
  'HTML page, 502': { kind: 'html', status: 502, rate: 0.2 },
  'HTML page, 200': { kind: 'html', status: 200, rate: 0.2 },
  'slow drip': { kind: 'slow-drip', ms: 100, rate: 0.2 },
  'drip that outlasts': { kind: 'slow-drip', ms: 6_000, rate: 0.03 },
}

interface Run {
  readonly emulator: Emulator
  readonly client: Client
  readonly table: TableHandle
}

interface Result {
  readonly rows: number
  readonly rejected: number
  /** What was tried, for each row whose end is not known. */
  readonly unknown: readonly string[]
}

/** Every operation does its work under the fault and checks what came of it without one. */
const OPERATIONS: Record<string, (run: Run) => Promise<Result>> = {
  async listTables({ client }) {
    for (let turn = 0; turn < 20; turn++) expect(await client.tables.list()).toHaveLength(1)
    return { rows: 20, rejected: 0, unknown: [] }
  },

  async getTable({ client, emulator }) {
    const { id } = emulator.tables.list()[0] ?? { id: '' }
    for (let turn = 0; turn < 20; turn++) expect((await client.tables.getById(id)).id).toBe(id)
    return { rows: 20, rejected: 0, unknown: [] }
  },

  async listCustomers({ client }) {
    for (let turn = 0; turn < 20; turn++) {
      expect((await client.customers.list()).customers).toHaveLength(2)
    }
    return { rows: 20, rejected: 0, unknown: [] }
  },

  async 'read all'({ table }) {
    const ids = new Set<string>()
    let count = 0
    for await (const record of table.records()) {
      ids.add(record.id)
      count++
    }
    expect([count, ids.size]).toEqual([RECORDS, RECORDS])
    return { rows: count, rejected: 0, unknown: [] }
  },

  async SELECT({ table }) {
    const found = await table.records({ where: { n: { gte: 30 } } }).toArray()
    expect(new Set(found.map((record) => record.values.n))).toEqual(
      new Set(Array.from({ length: RECORDS - 30 }, (_, n) => n + 30)),
    )
    return { rows: found.length, rejected: 0, unknown: [] }
  },

  async INSERT({ table, emulator }) {
    // A third of the rows are equal twins, which only counting can distinguish.
    const rows = Array.from({ length: ROWS }, (_, n) => ({
      name: n % 3 === 0 ? 'twin' : `new ${n}`,
      price: '1.50',
    }))
    const outcomes = await collect(table.insertMany(rows))
    expect(outcomes.map(({ index }) => index).toSorted((a, b) => a - b)).toEqual([...rows.keys()])
    const held = emulator.tables.records('t').slice(RECORDS)
    for (const name of new Set(rows.map((row) => row.name))) {
      const mine = outcomes.filter(({ row }) => row.name === name)
      const ok = mine.filter(({ status }) => status === 'ok').length
      const unknown = mine.filter(({ status }) => status === 'unknown').length
      const there = held.filter((record) => record.values.name === name).length
      expect(there, name).toBeGreaterThanOrEqual(ok)
      expect(there, name).toBeLessThanOrEqual(ok + unknown)
    }
    const reported = outcomes.flatMap((outcome) => (outcome.status === 'ok' ? [outcome.id] : []))
    const known = reported.filter((id) => id !== undefined)
    expect(new Set(known).size).toBe(known.length)
    for (const id of known) expect(held.map((record) => record.id)).toContain(id)
    return tally(outcomes)
  },

  async UPDATE({ table, emulator }) {
    const ids = emulator.tables.records('t').map((record) => record.id)
    const outcomes = await collect(table.updateById(ids.slice(0, ROWS), { name: 'changed' }))
    const changed = new Set(outcomes.flatMap((o) => (o.status === 'ok' ? [o.id] : [])))
    const open = new Set(outcomes.flatMap((o) => (o.status === 'unknown' ? [o.id] : [])))
    for (const record of emulator.tables.records('t')) {
      if (open.has(record.id)) continue
      expect(record.values.name === 'changed').toBe(changed.has(record.id))
    }
    return tally(outcomes)
  },

  async 'UPDATE where'({ table, emulator }) {
    const outcomes = await collect(table.update({ n: { lt: ROWS } }, { name: 'changed' }))
    expect(outcomes).toHaveLength(ROWS)
    const ok = outcomes.filter(({ status }) => status === 'ok').length
    const changed = emulator.tables.records('t').filter(({ values }) => values.name === 'changed')
    expect(changed.every(({ values }) => Number(values.n) < ROWS)).toBe(true)
    expect(changed.length).toBeGreaterThanOrEqual(ok)
    return tally(outcomes)
  },

  async upsert({ table, emulator }) {
    // A third of the rows is new, a third changes a record, a third finds it as it is.
    const rows = Array.from({ length: ROWS }, (_, i) => {
      const n = i % 3 === 0 ? RECORDS + i : i
      return { n, name: i % 3 === 1 ? 'changed' : `old ${n}`, price: '0.1' }
    })
    const outcomes = await collect(table.upsert(rows, { key: 'n' }))
    const held = emulator.tables.records('t')
    expect(new Set(held.map(({ values }) => values.n)).size).toBe(held.length)
    for (const outcome of outcomes) {
      const [record] = held.filter(({ values }) => values.n === outcome.row.n)
      if (outcome.status !== 'ok') continue
      expect(record?.values.name).toBe(outcome.row.name)
      expect(outcome.change).toBe(['inserted', 'updated', 'unchanged'][outcome.index % 3])
    }
    return tally(outcomes)
  },

  async 'DELETE where'({ table, emulator }) {
    const outcomes = await collect(table.delete({ n: { lt: ROWS } }))
    expect(outcomes).toHaveLength(ROWS)
    const left = emulator.tables.records('t')
    expect(left.filter(({ values }) => Number(values.n) >= ROWS)).toHaveLength(RECORDS - ROWS)
    const open = outcomes.filter(({ status }) => status === 'unknown').length
    expect(left.length).toBeLessThanOrEqual(RECORDS - ROWS + open)
    return tally(outcomes)
  },

  async DELETE({ table, emulator }) {
    const ids = emulator.tables.records('t').map((record) => record.id)
    const outcomes = await collect(table.deleteById(ids.slice(0, ROWS)))
    const left = new Set(emulator.tables.records('t').map((record) => record.id))
    expect(ids.slice(ROWS).every((id) => left.has(id))).toBe(true)
    for (const outcome of outcomes) {
      if (outcome.status === 'ok') expect(left.has(outcome.row)).toBe(false)
      if (outcome.status === 'rejected') expect(left.has(outcome.row)).toBe(true)
    }
    return tally(outcomes)
  },
}

async function collect<Row>(write: AsyncIterable<Outcome<Row>>): Promise<Outcome<Row>[]> {
  const outcomes: Outcome<Row>[] = []
  for await (const outcome of write) outcomes.push(outcome)
  return outcomes
}

/**
 * None of these faults is a rejection, so a row may be rejected only because it never left: when too
 * much has failed, the client stops trying.
 */
function tally<Row>(outcomes: readonly Outcome<Row>[]): Result {
  const rejected = outcomes.filter((outcome) => outcome.status === 'rejected')
  for (const { error } of rejected) expect(error.message).toContain('too many requests failed')
  const unknown = outcomes.filter((outcome) => outcome.status === 'unknown')
  for (const outcome of unknown) expect(outcome.tried.length).toBeGreaterThan(0)
  return {
    rows: outcomes.length,
    rejected: rejected.length,
    unknown: unknown.map(({ index, tried }) => `row ${index}: ${tried.join('; ')}`),
  }
}

async function start(seed: number): Promise<Run & AsyncDisposable> {
  const emulator = await startEmulator({
    faultSeed: seed,
    tables: [
      {
        name: 't',
        columns: [
          { name: 'n', type: 'int' },
          { name: 'name', type: 'text' },
          { name: 'price', type: 'numeric' },
        ],
        records: Array.from({ length: RECORDS }, (_, n) => ({ n, name: `old ${n}`, price: '0.1' })),
      },
    ],
    customers: [{ name: 'Customer 1' }, { name: 'Customer 2' }],
  })
  const { url: baseUrl, token, teamId, botId } = emulator
  const client = createClient({
    baseUrl,
    token,
    teamId,
    botId,
    attemptTimeoutMs: ATTEMPT_TIMEOUT_MS,
    maxAttempts: 8,
  })
  return {
    emulator,
    client,
    table: client.table('t'),
    async [Symbol.asyncDispose]() {
      await emulator.close()
      await client.close()
    },
  }
}

const seen = new Map<string, Map<string, string>>()
const unknownRows: string[] = []

afterAll(() => {
  const names = Object.keys(OPERATIONS)
  const lines = [...seen].map(([fault, cells]) => [
    fault,
    ...names.map((name) => cells.get(name) ?? '-'),
  ])
  const table = [['rows/rejected/unknown', ...names], ...lines]
  const widths =
    table[0]?.map((_, i) => Math.max(...table.map((line) => line[i]?.length ?? 0))) ?? []
  const text = table.map((line) =>
    line
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  process.stdout.write(`\n${[...text, ...unknownRows].join('\n')}\n\n`)
})

describe.concurrent.each(Object.entries(FAULTS))('%s', (faultName, fault) => {
  for (const [operationName, work] of Object.entries(OPERATIONS)) {
    test(operationName, async () => {
      const results = await Promise.all(
        SEEDS.map(async (seed) => {
          await using run = await start(seed)
          await run.table.definition()
          run.emulator.faults.set([fault])
          return await work(run)
        }),
      )
      const sum = (of: (result: Result) => number): number =>
        results.reduce((total, result) => total + of(result), 0)
      const unknown = results.flatMap((result) => result.unknown)
      unknownRows.push(...unknown.map((row) => `${faultName}, ${operationName}, ${row}`))
      const cells = seen.get(faultName) ?? new Map<string, string>()
      seen.set(
        faultName,
        cells.set(
          operationName,
          `${sum(({ rows }) => rows)}/${sum(({ rejected }) => rejected)}/${unknown.length}`,
        ),
      )
    })
  }
})

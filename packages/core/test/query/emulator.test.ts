/** Queries through the whole client against the emulator, in good times and in bad. */
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type Client,
  createClient,
  type DialectInput,
  type QueryOptions,
  type TableHandle,
} from '../../src/index.ts'

const COUNT = 3_376

let emulator: Emulator
let client: Client
let airports: TableHandle

function clientOf(dialect?: DialectInput): Client {
  const { token, url: baseUrl, teamId, botId } = emulator
  return createClient({ token, baseUrl, teamId, botId, ...(dialect && { dialect }) })
}

beforeAll(async () => {
  emulator = await startEmulator({
    tables: [
      {
        name: 'airports',
        columns: [
          { name: 'code', type: 'text' },
          { name: 'state', type: 'text' },
          { name: 'gates', type: 'int' },
          { name: 'latitude', type: 'numeric' },
          { name: 'opened', type: 'timestamp' },
          { name: 'open', type: 'bool' },
        ],
      },
    ],
  })
  client = clientOf()
})

beforeEach(async () => {
  emulator.reset()
  emulator.tables.insert(
    'airports',
    Array.from({ length: COUNT }, (_, index) => ({
      code: `A${String(index).padStart(4, '0')}`,
      state: ['AK', 'TX', 'CA', null][index % 4] ?? null,
      gates: index % 50,
      latitude: `${index % 90}.${index}`,
      opened: new Date(Date.UTC(1950, 0, 1) + index * 86_400_000).toISOString(),
      open: index % 3 !== 0,
    })),
  )
  airports = await client.table('airports')
  await airports.definition()
  emulator.requests.clear()
})

afterAll(async () => {
  await client.close()
  await emulator.close()
})

async function codes(query: QueryOptions, table: TableHandle = airports): Promise<unknown[]> {
  return (await table.records(query).toArray()).map(({ values }) => values.code)
}

function requestCount(): number {
  return emulator.requests.counts.total
}

describe('reading everything', () => {
  const expected = Array.from({ length: COUNT }, (_, index) => `A${String(index).padStart(4, '0')}`)

  test('takes one request for 99 records, and one more look at the head', async () => {
    expect(await codes({})).toEqual(expected)
    expect(requestCount()).toBe(1 + Math.ceil((COUNT - 100) / 99) + 1)
  })

  test('with 5% of the connections reset before the commit, each record comes once', async () => {
    emulator.faults.set([{ kind: 'reset', when: 'before', rate: 0.05 }])
    expect(await codes({})).toEqual(expected)
    expect(requestCount()).toBeGreaterThan(34)
  })

  test('with pages in unstable order, each record comes once', async () => {
    emulator.setDialect({ pageOrder: 'unstable' })
    expect((await codes({})).toSorted()).toEqual(expected)
  })

  test('while records are inserted and deleted, those that stay come once', async () => {
    let deleted = 0
    const seen: unknown[] = []
    for await (const record of airports.records()) {
      seen.push(record.values.code)
      if (seen.length % 500 === 0 && deleted < 2) {
        deleted += 1
        await airports.deleteById(
          (await airports.records({ where: { code: `A000${deleted}` } }).first())?.id ?? '',
        )
      }
    }
    expect(new Set(seen).size).toBe(seen.length)
    expect(expected.filter((code) => !seen.includes(code))).toEqual([])
  })
})

describe('a query sends what its plan states', () => {
  const bigSelects: DialectInput = { maxSelectLimit: 1_000 }

  test.each<[string, QueryOptions, number, number]>([
    ['a filter of the gateway', { where: { state: 'TX', gates: { lt: 5 } } }, 68, 1],
    ['a filter of both', { where: { gates: 7, code: { endsWith: '7' } } }, 68, 1],
    ['a limit', { limit: 5 }, 5, 1],
    ['an offset left to the gateway', { offset: 3_370, limit: 50 }, 6, 1],
    ['an offset behind a filter', { where: { state: 'AK' }, offset: 840, limit: 50 }, 4, 1],
    ['a condition that cannot hold', { where: { state: { in: [] } } }, 0, 0],
    ['no record wanted', { limit: 0 }, 0, 0],
    ['a small or', { where: { or: [{ code: 'A0001' }, { code: 'A3000' }] } }, 2, 3],
    ['a list', { where: { code: { in: ['A0001', 'A0002', 'nowhere'] } } }, 2, 4],
  ])('%s', async (_, query, found, requests) => {
    expect(await codes(query)).toHaveLength(found)
    expect(requestCount()).toBe(requests)
  })

  test('a first record that turns up early ends the reading', async () => {
    const record = await airports.records({ where: { code: { contains: '0042' } } }).first()
    expect(record?.values.code).toBe('A0042')
    expect(requestCount()).toBeLessThanOrEqual(2)
  })

  test('a list goes into one filter once its form is known', async () => {
    for (const listEncoding of ['json', 'comma', 'postgres'] as const) {
      emulator.setDialect({ listEncoding })
      emulator.requests.clear()
      const configured = clientOf({ listEncoding })
      const table = await configured.table('airports')
      expect(await codes({ where: { code: { in: ['A0001', 'A0002', 'x'] } } }, table)).toEqual([
        'A0001',
        'A0002',
      ])
      expect(
        await codes({ where: { state: { nin: ['AK', 'TX'] }, gates: 2 } }, table),
      ).toHaveLength(34)
      await configured.close()
    }
  })

  test('larger SELECTs are used once they are known to be taken', async () => {
    emulator.setDialect(bigSelects)
    const configured = clientOf(bigSelects)
    const table = await configured.table('airports')
    await table.definition()
    emulator.requests.clear()
    expect(await codes({}, table)).toHaveLength(COUNT)
    expect(requestCount()).toBe(5)
    await configured.close()
  })

  test('a smaller limit is learned from the rejection that names it, once for a client', async () => {
    emulator.setDialect({ maxSelectLimit: 30 })
    const believing = clientOf()
    const table = await believing.table('airports')
    expect(await codes({ where: { state: 'AK' } }, table)).toHaveLength(844)
    expect(emulator.requests.counts.statuses[400]).toBe(1)
    expect(await codes({ where: { state: 'TX' } }, table)).toHaveLength(844)
    expect(emulator.requests.counts.statuses[400]).toBe(1)
    await believing.close()
  })

  test('filters that the gateway would OR are sent one at a time', async () => {
    emulator.setDialect({ filterCombination: 'or' })
    const configured = clientOf({ filterCombination: 'or' })
    const table = await configured.table('airports')
    const found = await codes({ where: { state: 'TX', gates: { lt: 5 } } }, table)
    expect(found).toHaveLength(68)
    await configured.close()
  })

  test('ids and dates of records', async () => {
    const [one, two] = await airports.records({ limit: 2 }).toArray()
    expect((await airports.get(one?.id ?? ''))?.id).toBe(one?.id)
    expect(await airports.get('no uuid')).toBeUndefined()
    const both = { id: { in: [one?.id ?? '', two?.id ?? ''] } }
    expect(await airports.records({ where: both }).toArray()).toHaveLength(2)
    expect(await airports.count({ createdAt: { gt: '2000-01-01' } })).toBe(COUNT)
    expect(await airports.count({ createdAt: { gt: '2999-01-01' } })).toBe(0)
  })
})

describe('count', () => {
  test.each<[string, QueryOptions, number, number]>([
    ['everything', {}, COUNT, 2],
    ['by a filter of the gateway', { where: { state: 'AK' } }, 844, 2],
    ['nothing', { where: { state: 'XX' } }, 0, 1],
    ['one', { where: { code: 'A0001' } }, 1, 1],
    ['with a limit', { limit: 10 }, 10, 2],
    ['with an offset', { offset: 3_000, limit: 1_000 }, 376, 2],
    ['what cannot hold', { where: { or: [] } }, 0, 0],
    ['by reading', { where: { state: null } }, 844, 36],
  ])('%s', async (_, query, count, requests) => {
    expect(await airports.records(query).count()).toBe(count)
    expect(requestCount()).toBe(requests)
  })
})

describe('sorting and projecting', () => {
  test('sorts exactly, nulls first where stated, and holds what the limit asks for', async () => {
    const sort = [{ column: 'state', direction: 'desc', nulls: 'first' }, 'latitude'] as const
    const top = await airports
      .records({ sort, limit: 3, offset: 1, select: ['code', 'state'] })
      .toArray()
    // 1.1171 is the least latitude of a record without a state, and is passed over.
    expect(top.map(({ values }) => values)).toEqual([
      { code: 'A1351', state: null },
      { code: 'A1531', state: null },
      { code: 'A1711', state: null },
    ])
  })

  test.each([
    ['asc', ['AK', 'CA', 'TX', null]],
    ['desc', ['TX', 'CA', 'AK', null]],
  ] as const)('sorts nulls last %s', async (direction, expected) => {
    const sorted = airports.records({ sort: { column: 'state', direction }, select: ['state'] })
    const states = (await sorted.toArray()).map(({ values }) => values.state)
    expect(states.filter((state, index) => state !== states[index - 1])).toEqual(expected)
  })
})

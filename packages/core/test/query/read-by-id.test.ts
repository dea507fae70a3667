/** Reads by id: what they send, and that they find the same records as a query does. */
import type { Dialect } from '@chatlayer-tables/contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readById, readByIds } from '../../src/query/read-by-id.ts'
import { RecordQuery } from '../../src/query/record-query.ts'
import {
  type FakeFilter,
  type FakeOptions,
  type FakeRecord,
  fakeGateway,
  NUMBERS,
  numbered,
} from './fake-gateway.ts'

function uuid(n: number): string {
  return `${n.toString(16).padStart(8, '0')}-abcd-4000-8000-000000000000`
}

function records(count: number): FakeRecord[] {
  return numbered(count).map((record, n) => ({ ...record, id: uuid(n) }))
}

function meets(record: FakeRecord, { columnName, operator, value = '' }: FakeFilter): boolean {
  if (columnName !== 'id') throw new Error(`a read by id filtered ${columnName}`)
  return operator === 'in' ? JSON.parse(value).includes(record.id) : record.id === value
}

function gateway(options: Partial<FakeOptions> = {}) {
  const dialect: Partial<Dialect> = { listEncoding: 'json', ...options.dialect }
  return fakeGateway({ table: NUMBERS, records: records(250), meets, ...options, dialect })
}

describe('one request', () => {
  test('reads one record', async () => {
    const fake = gateway()
    expect((await readById(fake.context, uuid(7)))?.values).toEqual({ n: 7 })
    expect(fake.requests).toMatchObject([
      { operation: 'performTableAction', skip: 0, limit: 1, filters: [{ operator: 'eq' }] },
    ])
  })

  test('shows that there is no such record', async () => {
    const fake = gateway()
    expect(await readById(fake.context, uuid(999))).toBeUndefined()
    expect(fake.requests).toHaveLength(1)
  })

  test('reads a list of ids, some of them gone', async () => {
    const fake = gateway()
    const found = await readByIds(fake.context, [uuid(3), uuid(999), uuid(5), uuid(3)])
    expect([...found.keys()]).toEqual([uuid(3), uuid(5)])
    expect(fake.requests).toMatchObject([{ limit: 3, filters: [{ operator: 'in' }] }])
  })
})

test('ids are found in any form of a uuid, and returned in the form that was passed', async () => {
  const id = uuid(10).toUpperCase()
  const found = await readByIds(gateway().context, [id, `{${uuid(11)}}`])
  expect([...found.keys()]).toEqual([id, `{${uuid(11)}}`])
  expect(found.get(id)?.id).toBe(uuid(10))
})

test('a list holds as many ids as a page holds records', async () => {
  const fake = gateway({ dialect: { maxSelectLimit: 40 } })
  const ids = Array.from({ length: 100 }, (_, n) => uuid(n))
  expect((await readByIds(fake.context, ids)).size).toBe(100)
  expect(fake.requests.map(({ limit }) => limit)).toEqual([40, 40, 20])
})

test('no ids take no request', async () => {
  const fake = gateway()
  expect((await readByIds(fake.context, [])).size).toBe(0)
  expect(fake.requests).toEqual([])
})

test('all requests have one deadline', async () => {
  const fake = gateway({ dialect: { maxSelectLimit: 40 } })
  const deadlines = new Set<unknown>()
  const { sender } = fake.context
  const spy: typeof sender = {
    ...sender,
    send: (operation, input, options) => {
      deadlines.add(options?.deadline)
      return sender.send(operation, input, options)
    },
  }
  const ids = Array.from({ length: 100 }, (_, n) => uuid(n))
  await readByIds({ ...fake.context, sender: spy }, ids, { timeoutMs: 5_000 })
  expect(deadlines.size).toBe(1)
  expect(deadlines).not.toContain(undefined)
})

test('an aborted read sends nothing', async () => {
  const fake = gateway()
  const reason = new Error('stopped')
  const read = readById(fake.context, uuid(1), { signal: AbortSignal.abort(reason) })
  await expect(read).rejects.toBe(reason)
  expect(fake.requests).toEqual([])
})

test('an id that is not a text is rejected before anything is sent', async () => {
  const fake = gateway()
  await expect(readById(fake.context, 7 as never)).rejects.toThrow('where.id.eq')
  await expect(readByIds(fake.context, [uuid(1), null as never])).rejects.toThrow('where.id.in[1]')
  expect(fake.requests).toEqual([])
})

/** Gateways that filter, count or page in ways of their own. */
const GATEWAYS: Readonly<Record<string, Partial<FakeOptions>>> = {
  plain: {},
  'without filters by id': { dialect: { idFilter: 'none' } },
  'without lists': { dialect: { listEncoding: 'unknown' } },
  'ignoring filters': { meets: () => true },
  'with small answers': { cap: 2 },
  'without meta': { answer: ({ data }) => ({ data }) },
  'with a total of the page': {
    answer: ({ data, meta }) => ({ data, meta: { ...meta, total: data.length } }),
  },
  'with a total of the table': {
    answer: ({ data, meta }) => ({ data, meta: { ...meta, total: 250 } }),
  },
  'with its own page size': {
    cap: 3,
    answer: ({ data, meta }) => ({ data, meta: { ...meta, limit: 3 } }),
  },
  'with the newest first': { order: (all) => all.toReversed() },
  'with a column named id': {
    table: { id: 't', name: 't', columns: [{ name: 'id', type: 'text' }] },
  },
}

describe.each(Object.entries(GATEWAYS))('a gateway %s', (_, options) => {
  test('shows the same records as to a query', async () => {
    const ids = fc.array(fc.integer({ min: 0, max: 300 }).map(uuid), { maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(ids, async (wanted) => {
        const query = { where: { id: { in: wanted } } }
        const expected = await new RecordQuery(gateway(options).context, query).toArray()
        const found = await readByIds(gateway(options).context, wanted)
        expect(new Set(found.keys())).toEqual(new Set(expected.map(({ id }) => id)))
        for (const record of expected) expect(found.get(record.id)).toEqual(record)
      }),
      { numRuns: 30 },
    )
  })
})

/** An INSERT whose answer never came is resolved by looking: against gateways of every kind. */
import { describe, expect, test, vi } from 'vitest'
import { ChatlayerError, type Outcome, UnknownOutcomeError, type Values } from '../../src/index.ts'
import { type BusyServer, startBusyServer } from './busy-server.ts'
import { type FakeOptions, FINE, LOST, startFakeGateway, WRITTEN } from './fake-gateway.ts'

// Nearly all of it is waiting.
vi.setConfig({ maxConcurrency: 30 })

const HOUR = 3_600_000
const MINUTE = 60_000

async function collect<Row>(write: AsyncIterable<Outcome<Row>>): Promise<Outcome<Row>[]> {
  const outcomes: Outcome<Row>[] = []
  for await (const outcome of write) outcomes.push(outcome)
  return outcomes.toSorted((a, b) => a.index - b.index)
}

async function unknownOf(insert: Promise<unknown>): Promise<UnknownOutcomeError> {
  const error: unknown = await insert.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof UnknownOutcomeError) return error
  throw new Error(`not unknown: ${String(error)}`)
}

const AFTER = [
  ['a reset', WRITTEN],
  ['a 503', { commit: true, answer: 503 }],
  ['a hang', { commit: true, answer: 'hang' }],
] as const
const BEFORE = [
  ['a reset', LOST],
  ['a 503', { commit: false, answer: 503 }],
  ['a hang', { commit: false, answer: 'hang' }],
] as const

test.concurrent.each(AFTER)(
  '%s after the commit: the record is found, with its id',
  async (_, fate) => {
    await using gateway = await startFakeGateway({ fates: { INSERT: [fate] } })
    const { id } = await gateway.table.insert({ name: 'a', price: '1.50' })
    expect(gateway.records.map((record) => record.id)).toEqual([id])
  },
)

test.concurrent.each(BEFORE)('%s before the commit: it is sent again, once', async (_, fate) => {
  await using gateway = await startFakeGateway({ fates: { INSERT: [fate] } })
  const { id } = await gateway.table.insert({ name: 'a', price: '1.50' })
  expect(gateway.records.map((record) => record.id)).toEqual([id])
})

test.concurrent('a row that never lands is given up, and is not there', async () => {
  const INSERT = Array(20).fill({ commit: false, answer: 503 })
  await using gateway = await startFakeGateway({ fates: { INSERT }, client: { maxAttempts: 3 } })
  await expect(gateway.table.insert({ name: 'a' })).rejects.toMatchObject({ code: 'GATEWAY' })
  expect(gateway.actions.filter((type) => type === 'INSERT')).toHaveLength(3)
  expect(gateway.records).toEqual([])
})

describe.concurrent('equal rows in one run', () => {
  const fates = [WRITTEN, FINE, LOST, FINE, WRITTEN, LOST, WRITTEN, FINE]
  const twins = (): Values[] => fates.map(() => ({ name: 'twin', note: null }))

  test('are counted where the gateway answers the records', async () => {
    await using gateway = await startFakeGateway({ fates: { INSERT: fates } })
    const outcomes = await collect(gateway.table.insertMany(twins()))
    expect(outcomes.map(({ status }) => status)).toEqual(fates.map(() => 'ok'))
    expect(gateway.records).toHaveLength(fates.length)
    expect(new Set(outcomes.map(({ id }) => id))).toEqual(
      new Set(gateway.records.map(({ id }) => id)),
    )
  })

  test.each(['unknown', 'none'] as const)(
    'are counted where it answers none, by dialect %s',
    async (insertAnswer) => {
      await using gateway = await startFakeGateway({
        fates: { INSERT: fates },
        insertAnswer: 'none',
        client: { dialect: { insertAnswer } },
      })
      const outcomes = await collect(gateway.table.insertMany(twins()))
      expect(outcomes.map(({ status }) => status)).toEqual(fates.map(() => 'ok'))
      expect(gateway.records).toHaveLength(fates.length)
      for (const { id } of outcomes) {
        if (id !== undefined) expect(gateway.records.map((record) => record.id)).toContain(id)
      }
    },
  )

  test('one after the other, without a response', async () => {
    await using gateway = await startFakeGateway({ fates: { INSERT: fates }, insertAnswer: 'none' })
    for (const row of twins()) await gateway.table.insert(row)
    expect(gateway.records).toHaveLength(fates.length)
  })
})

describe.concurrent('an equal record that existed before', () => {
  test('is not taken for ours', async () => {
    await using gateway = await startFakeGateway({ fates: { INSERT: [LOST] } })
    const old = gateway.put({ name: 'a' }, 10_000)
    const { id } = await gateway.table.insert({ name: 'a' })
    expect(gateway.records.map((record) => record.id)).toEqual([old, id])
  })

  test.each([undefined, 'name'])(
    'made by this client a moment before, with key %s',
    async (key) => {
      await using gateway = await startFakeGateway({ fates: { INSERT: [FINE, LOST, WRITTEN] } })
      const ids: (string | undefined)[] = []
      for (let n = 0; n < 3; n++) ids.push((await gateway.table.insert({ name: 'a' }, { key })).id)
      expect(gateway.records.map(({ id }) => id)).toEqual(ids)
    },
  )

  test('nor are those of two tables or rows mixed up', async () => {
    await using gateway = await startFakeGateway({ fates: { INSERT: [FINE, LOST] } })
    await gateway.table.insert({ name: 'a', note: 'x' })
    await gateway.table.insert({ name: 'a' })
    expect(gateway.records.map(({ values }) => values.note)).toEqual(['x', null])
  })
})

describe.concurrent('the key', () => {
  test('is used to search for the record, even if other values were changed', async () => {
    await using gateway = await startFakeGateway({
      fates: { INSERT: [WRITTEN] },
      store: (values) => ({ ...values, note: String(values.note).toUpperCase() }),
    })
    const { id } = await gateway.table.insert({ name: 'a', note: 'quiet' }, { key: 'name' })
    expect(gateway.records).toMatchObject([{ id, values: { note: 'QUIET' } }])
  })

  test('of a row that leaves it empty is not used', async () => {
    await using gateway = await startFakeGateway({ fates: { INSERT: [LOST, WRITTEN] } })
    const other = gateway.put({ name: 'other' })
    const outcomes = await collect(
      gateway.table.insertMany([{ note: 'x' }, { name: null, note: 'y' }], { key: 'name' }),
    )
    expect(outcomes.map(({ status }) => status)).toEqual(['ok', 'ok'])
    expect(outcomes.map(({ id }) => id)).not.toContain(other)
    expect(gateway.records.map(({ values }) => values.note).toSorted()).toEqual(
      ['x', 'y', null].toSorted(),
    )
  })
})

/** Gateways that date things in ways of their own. */
const CLOCKS: [string, FakeOptions][] = [
  ['whose clock is three hours behind', { date: -3 * HOUR, dated: iso(-3 * HOUR) }],
  ['whose clock is three hours ahead', { date: 3 * HOUR, dated: iso(3 * HOUR) }],
  ['whose records are dated three hours behind', { dated: iso(-3 * HOUR) }],
  ['whose records are dated three hours ahead', { dated: iso(3 * HOUR) }],
  ['whose records are dated to the second', { dated: (now) => `${iso(0)(now).slice(0, 19)}Z` }],
  ['that sends no Date', { date: 'none' }],
  ['that sends no Date and is hours behind', { date: 'none', dated: iso(-3 * HOUR) }],
  ['that does not date its records', { dated: () => undefined }],
  ['that dates nothing at all', { date: 'none', dated: () => undefined }],
]

function iso(offsetMs: number): (now: number) => string {
  return (now) => new Date(now + offsetMs).toISOString()
}

describe.concurrent.each(CLOCKS)('a gateway %s', (_, options) => {
  describe.each(['record', 'none'] as const)('and answers an insert with %s', (insertAnswer) => {
    test.each([
      ['written', WRITTEN, 0],
      ['written late', { commit: 100, answer: 'reset' } as const, 0],
      ['got lost', LOST, 0],
      ['written next to an old twin', WRITTEN, 2 * MINUTE],
      ['got lost beside an old twin', LOST, 2 * MINUTE],
      ['got lost beside a twin of yesterday', LOST, 24 * HOUR],
    ])(
      'never loses or doubles a row that %s, unless it states so',
      async (_case, fate, twinAgo) => {
        for (const warm of [false, true]) {
          await using gateway = await startFakeGateway({
            ...options,
            insertAnswer,
            fates: { INSERT: warm ? [FINE, fate] : [fate] },
          })
          if (warm) await gateway.table.insert({ name: 'warm' })
          const twin = twinAgo === 0 ? undefined : gateway.put({ name: 'a' }, twinAgo)
          const [outcome] = await collect(gateway.table.insertMany([{ name: 'a' }]))
          const mine = gateway.records.filter(
            ({ id, values }) => values.name === 'a' && id !== twin,
          )
          if (outcome?.status === 'ok') {
            expect(mine).toHaveLength(1)
            if (outcome.id !== undefined) expect(outcome.id).toBe(mine[0]?.id)
          } else {
            expect(outcome?.status).toBe('unknown')
            expect(outcome?.status === 'unknown' && outcome.tried.length).toBeGreaterThan(1)
          }
        }
      },
    )
  })
})

/** By clock: written and lost with the record in the response, written and lost with none. */
const KNOWN: Record<string, readonly string[]> = {
  'whose clock is three hours behind': ['ok', 'ok', 'ok', 'ok'],
  'whose clock is three hours ahead': ['ok', 'ok', 'ok', 'ok'],
  'whose records are dated three hours behind': ['ok', 'ok', 'unknown', 'unknown'],
  'whose records are dated three hours ahead': ['ok', 'ok', 'unknown', 'ok'],
  'whose records are dated to the second': ['ok', 'ok', 'ok', 'ok'],
  'that sends no Date': ['ok', 'ok', 'unknown', 'ok'],
  'that sends no Date and is hours behind': ['ok', 'ok', 'unknown', 'ok'],
  'that does not date its records': ['unknown', 'ok', 'unknown', 'ok'],
  'that dates nothing at all': ['unknown', 'ok', 'unknown', 'ok'],
}

test.concurrent.each(CLOCKS)('what is known of a gateway %s', async (name, options) => {
  const statuses: string[] = []
  for (const insertAnswer of ['record', 'none'] as const) {
    for (const fate of [WRITTEN, LOST]) {
      const fates = { INSERT: [FINE, fate] }
      await using gateway = await startFakeGateway({ ...options, insertAnswer, fates })
      await gateway.table.insert({ name: 'warm' })
      const [outcome] = await collect(gateway.table.insertMany([{ name: 'a' }]))
      statuses.push(outcome?.status ?? '')
    }
  }
  expect(statuses).toEqual(KNOWN[name])
})

describe.concurrent('a record that lands late', () => {
  test('while it is searched for is found', async () => {
    await using gateway = await startFakeGateway({
      fates: { INSERT: [{ commit: 300, answer: 'reset' }] },
    })
    const { id } = await gateway.table.insert({ name: 'a' })
    expect(gateway.records.map((record) => record.id)).toEqual([id])
  })

  test.each(['record', 'none'] as const)(
    'after it was sent again is reported, with all its ids (answer: %s)',
    async (insertAnswer) => {
      await using gateway = await startFakeGateway({
        insertAnswer,
        fates: { INSERT: [{ commit: 'after next', answer: 'reset' }] },
      })
      const error = await unknownOf(gateway.table.insert({ name: 'a' }))
      expect(gateway.records).toHaveLength(2)
      for (const { id } of gateway.records) expect(error.tried.join()).toContain(id)
      expect(error.message).toContain('once or twice')
    },
  )
})

test.concurrent('a request that waits unread is not overtaken by searches', async () => {
  let busy: BusyServer | undefined
  await using gateway = await startFakeGateway({
    async front(port) {
      busy = await startBusyServer(port)
      return busy.port
    },
  })
  await using server = busy
  await gateway.table.definition()
  server?.keepWaiting()
  // The first takes the connection that there is, and the second opens one, which waits.
  const outcomes = await collect(gateway.table.insertMany([{ name: 'a' }, { name: 'b' }]))
  await server?.takeAll()
  expect(outcomes.map(({ status }) => status)).toEqual(['ok', 'ok'])
  expect(gateway.records.map(({ values }) => values.name).toSorted()).toEqual(['a', 'b'])
})

test.concurrent('a gateway that holds inserts up is not sent a row again and again', async () => {
  const held = { commit: false, answer: 'hang' } as const
  await using gateway = await startFakeGateway({ fates: { INSERT: Array(9).fill(held) } })
  const error = await unknownOf(gateway.table.insert({ name: 'a' }))
  expect(gateway.actions.filter((type) => type === 'INSERT')).toHaveLength(2)
  expect(error.tried.at(-1)).toContain('may be held up')
})

describe.concurrent('a gateway that changes values', () => {
  const CHANGES: [string, Values, (values: Record<string, unknown>) => Record<string, unknown>][] =
    [
      ['an empty text to null', { name: 'a', note: '' }, (v) => ({ ...v, note: v.note || null })],
      ['the text null to null', { name: 'a', note: 'null' }, (v) => ({ ...v, note: null })],
      [
        'white space away',
        { name: 'a', note: ' x ' },
        (v) => ({ ...v, note: String(v.note).trim() }),
      ],
      [
        'microseconds away',
        { name: 'a', at: '2024-01-31T09:30:00.123456Z' },
        (v) => ({ ...v, at: '2024-01-31T09:30:00.123Z' }),
      ],
      [
        'a long number to a double',
        { name: 'a', price: '0.12345678901234567890' },
        (v) => ({ ...v, price: Number(v.price) }),
      ],
      ['a default into a column', { name: 'a' }, (v) => ({ ...v, note: 'by default' })],
    ]

  test.each(CHANGES)('%s: written, the row is unknown and exists once', async (_, row, store) => {
    await using gateway = await startFakeGateway({ store, fates: { INSERT: [WRITTEN] } })
    const error = await unknownOf(gateway.table.insert(row))
    expect(gateway.records).toHaveLength(1)
    expect(error.tried.join()).toContain(gateway.records[0]?.id)
    expect(error.tried.join()).toContain('has other values')
  })

  test.each(CHANGES)('%s: lost, it is sent again', async (_, row, store) => {
    await using gateway = await startFakeGateway({ store, fates: { INSERT: [LOST] } })
    const { id } = await gateway.table.insert(row)
    expect(gateway.records.map((record) => record.id)).toEqual([id])
  })

  test('in a way that was seen before: the row is unknown, and is not sent again', async () => {
    await using gateway = await startFakeGateway({
      store: (values) => ({ ...values, name: String(values.name).toUpperCase() }),
      fates: { INSERT: [FINE, WRITTEN, WRITTEN] },
    })
    await gateway.table.insert({ name: 'first' })
    const error = await unknownOf(gateway.table.insert({ name: 'a' }))
    expect(error.tried.at(-1)).toContain('changes every value')
    await unknownOf(gateway.table.insert({ name: 'b', note: 'c' }))
    expect(gateway.records.map(({ values }) => values.name)).toEqual(['FIRST', 'A', 'B'])
  })

  test('in an unforeseen way: it may exist twice, and that is reported', async () => {
    await using gateway = await startFakeGateway({
      store: (values) => ({ ...values, name: String(values.name).toUpperCase() }),
      fates: { INSERT: [WRITTEN] },
    })
    const error = await unknownOf(gateway.table.insert({ name: 'a' }))
    expect(error.tried.at(-1)).toContain('changes every value')
  })
})

test.concurrent('null and what is omitted are the same to it', async () => {
  await using gateway = await startFakeGateway({ fates: { INSERT: [WRITTEN, LOST] } })
  await gateway.table.insert({ name: 'a', note: null })
  await gateway.table.insert({ name: 'b', note: undefined as never, price: null })
  expect(gateway.records.map(({ values }) => values.name)).toEqual(['a', 'b'])
})

test.concurrent('a row without any value is resolved too', async () => {
  await using gateway = await startFakeGateway({ fates: { INSERT: [WRITTEN, LOST] } })
  gateway.put({ name: 'other' }, 10_000)
  await gateway.table.insert({})
  await gateway.table.insert({})
  expect(gateway.records).toHaveLength(3)
})

test.concurrent('where reading fails too, the row is unknown, with what was tried', async () => {
  const SELECT = Array(20).fill({ commit: true, answer: 503 })
  await using gateway = await startFakeGateway({
    fates: { INSERT: [WRITTEN], SELECT },
    client: { maxAttempts: 2 },
  })
  const error = await unknownOf(gateway.table.insert({ name: 'a' }))
  expect(error.tried).toHaveLength(2)
  expect(error.tried[0]).toContain('sent it')
  expect(error.tried[1]).toContain('could not search for it')
  expect(error.cause).toBeInstanceOf(ChatlayerError)
  expect(error.request).toMatchObject({ action: 'INSERT' })
})

test.concurrent('looking keeps to the time of the row', async () => {
  await using gateway = await startFakeGateway({
    // There may be time left to send a search.
    fates: {
      INSERT: [{ commit: true, answer: 'hang' }],
      SELECT: Array(9).fill({ answer: 'hang' }),
    },
    client: { attemptTimeoutMs: 30_000 },
  })
  await gateway.table.definition()
  const error = await unknownOf(gateway.table.insert({ name: 'a' }, { timeoutMs: 3_000 }))
  expect(error.tried.at(-1)).toMatch(/no time is left|no complete response/)
  expect(gateway.actions.filter((action) => action === 'INSERT')).toHaveLength(1)
})

describe.concurrent('an abort', () => {
  test('in flight leaves the rows unknown and rejects with its reason', async () => {
    await using gateway = await startFakeGateway({
      fates: { INSERT: Array(9).fill({ commit: true, answer: 'hang' }) },
    })
    await gateway.table.definition()
    const controller = new AbortController()
    const reason = new Error('enough')
    const write = gateway.table.insertMany([{ name: 'a' }, { name: 'b' }], {
      signal: controller.signal,
    })
    const outcomes: Outcome[] = []
    setTimeout(() => controller.abort(reason), 800)
    const read = async (): Promise<void> => {
      for await (const outcome of write) outcomes.push(outcome)
    }
    await expect(read()).rejects.toBe(reason)
    expect(outcomes.map(({ status }) => status)).toEqual(['unknown', 'unknown'])
    expect(write.progress).toMatchObject({ total: 2, unknown: 2 })
  })

  test('of one insert rejects with its reason', async () => {
    await using gateway = await startFakeGateway({
      fates: { INSERT: [{ commit: true, answer: 'hang' }] },
    })
    await gateway.table.definition()
    const controller = new AbortController()
    const reason = new Error('enough')
    setTimeout(() => controller.abort(reason), 800)
    const insert = gateway.table.insert({ name: 'a' }, { signal: controller.signal })
    await expect(insert).rejects.toBe(reason)
    await expect(
      gateway.table.insert({ name: 'a' }, { signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason)
    expect(gateway.actions).toEqual(['INSERT'])
  })
})

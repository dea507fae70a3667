/** UPDATE and DELETE by condition and by id, and the calls of a listener for them. */
import type { Emulator } from '@chatlayer-tables/emulator'
import { describe, expect, test } from 'vitest'
import type { Outcome, TableRecord, WriteIntent, WriteListener } from '../../src/index.ts'
import { collect, setUp } from './support.ts'

const COLUMNS = [
  { name: 'n', type: 'int' },
  { name: 'name', type: 'text' },
]
const RECORDS = Array.from({ length: 8 }, (_, n) => ({ n, name: `name ${n % 2}` }))
const TABLES = [{ name: 't', columns: COLUMNS, records: RECORDS }]
const UNKNOWN_ID = '0190b8a0-0000-7000-8000-000000000001'

function names(setup: Awaited<ReturnType<typeof setUp>>): unknown[] {
  return setup.emulator.tables.records('t').map(({ values }) => values.name)
}

function ids(setup: Awaited<ReturnType<typeof setUp>>): string[] {
  return setup.emulator.tables.records('t').map(({ id }) => id)
}

describe('by condition', () => {
  test('what the gateway can filter takes one request to find and one to write', async () => {
    await using setup = await setUp({ tables: TABLES })
    const table = setup.client.table('t')
    await table.definition()
    setup.emulator.requests.clear()
    const report = await table.update({ name: 'name 1', n: { lt: 6 } }, { name: 'new' })
    expect(report).toMatchObject({ total: 3, ok: 3, changes: { updated: 3 } })
    expect(setup.emulator.requests.counts.actions).toEqual({ SELECT: 1, UPDATE: 1 })
    expect(names(setup).filter((name) => name === 'new')).toHaveLength(3)
  })

  test('what it cannot is written by id, after the id filter was tried once', async () => {
    await using setup = await setUp({ tables: TABLES })
    const table = setup.client.table('t')
    const report = await table.delete({ name: { contains: '1' } })
    expect(report).toMatchObject({ ok: 4, changes: { deleted: 4 } })
    expect(setup.emulator.requests.counts.actions).toEqual({ SELECT: 2, DELETE: 4 })
    await table.delete({ name: { endsWith: '0' } })
    expect(setup.emulator.requests.counts.actions).toEqual({ SELECT: 2, DELETE: 8 })
    expect(names(setup)).toEqual([])
  })

  test('a record that holds the values already is unchanged', async () => {
    await using setup = await setUp({ tables: TABLES })
    const report = await setup.client.table('t').update({}, { name: 'name 1' }, { all: true })
    expect(report.changes).toMatchObject({ updated: 4, unchanged: 4 })
    const again = await setup.client.table('t').update({ n: { gte: 0 } }, { name: 'name 1' })
    expect(again.changes).toMatchObject({ updated: 0, unchanged: 8 })
    expect(setup.emulator.requests.counts.actions.UPDATE).toBe(1)
  })

  test.each([
    ['an empty condition', {}],
    ['an empty list of conditions', { and: [] }],
    ['the negation of what never holds', { not: { or: [] } }],
    ['an empty list of values', { n: { nin: [] } }],
  ])('%s is rejected unless all are meant', async (_, where) => {
    await using setup = await setUp({ tables: TABLES })
    const table = setup.client.table('t')
    const refused = { code: 'INVALID_INPUT', field: 'where' }
    await expect(table.delete(where)).rejects.toMatchObject(refused)
    await expect(table.update(where, { n: 1 })).rejects.toMatchObject(refused)
    await expect(table.preview.delete(where)).rejects.toMatchObject(refused)
    await expect(table.preview.update(where, { n: 1 })).rejects.toMatchObject(refused)
    expect(names(setup)).toHaveLength(8)
    expect((await table.delete(where, { all: true })).changes.deleted).toBe(8)
  })

  test.each([
    ['a forgotten variable in the condition', { name: undefined }, { n: 1 }],
    ['a forgotten variable alone in the values', { n: 1 }, { name: undefined }],
    ['no values', { n: 1 }, {}],
    ['no condition', undefined, { n: 1 }],
    ['a column that is not there', { nn: 1 }, { n: 1 }],
    ['a value for a column that is not there', { n: 1 }, { nn: 1 }],
    ['a value of another type', { n: 1 }, { n: 'x' }],
  ])('%s is rejected before anything is sent', async (_, where, set) => {
    await using setup = await setUp({ tables: TABLES })
    const write = setup.client.table('t').update(where as never, set as never, { all: true })
    await expect(write).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    expect(setup.emulator.requests.counts.actions).toEqual({})
  })

  test('nothing that matches is nothing to do', async () => {
    await using setup = await setUp({ tables: TABLES })
    const report = await setup.client.table('t').delete({ or: [] }, { all: true })
    expect(report.total).toBe(0)
    expect((await setup.client.table('t').update({ n: 99 }, { n: 1 })).total).toBe(0)
    expect(setup.emulator.requests.counts.actions).toEqual({ SELECT: 1 })
  })

  test.each([
    { kind: 'reset', when: 'after' },
    { kind: 'reset', when: 'before' },
    { kind: 'status', status: 503, when: 'after' },
    { kind: 'cut-body' },
  ] as const)('one request with an open end is made good by id: $kind $when', async (fault) => {
    for (const actions of [['UPDATE'], ['DELETE']] as const) {
      await using setup = await setUp({ tables: TABLES })
      const table = setup.client.table('t')
      await table.definition()
      setup.emulator.faults.set([{ ...fault, actions: [...actions], times: 1 }])
      const isUpdate = actions[0] === 'UPDATE'
      const outcomes = await collect(
        isUpdate ? table.update({ n: { lt: 5 } }, { name: 'new' }) : table.delete({ n: { lt: 5 } }),
      )
      expect(outcomes.map(({ status }) => status)).toEqual(Array(5).fill('ok'))
      expect(names(setup).filter((name) => name === 'new')).toHaveLength(isUpdate ? 5 : 0)
      expect(names(setup)).toHaveLength(isUpdate ? 8 : 3)
    }
  })

  test('an abort in the middle of one request for all leaves all of them unknown', async () => {
    await using setup = await setUp({ tables: TABLES })
    const table = setup.client.table('t')
    await table.definition()
    setup.emulator.faults.set([{ kind: 'hang', actions: ['UPDATE'], when: 'after' }])
    const controller = new AbortController()
    const reason = new Error('enough')
    const write = table.update({ n: { lt: 5 } }, { name: 'new' }, { signal: controller.signal })
    setTimeout(() => controller.abort(reason), 500)
    await expect(write).rejects.toBe(reason)
    expect(write.progress).toMatchObject({ total: 5, unknown: 5 })
  })
})

describe('by id', () => {
  test('takes one request for each, and rejects an id that no record has', async () => {
    await using setup = await setUp({ tables: TABLES })
    const table = setup.client.table('t')
    const [first = '', second = '', ...others] = ids(setup)
    const wanted = [first, UNKNOWN_ID, second.toUpperCase(), 'not-a-uuid']
    const outcomes = await collect(table.updateById(wanted, { name: 'new' }, { inFlight: 1 }))
    expect(outcomes.map(({ status }) => status)).toEqual(['ok', 'rejected', 'ok', 'rejected'])
    expect(outcomes.map(({ row }) => row)).toEqual(wanted)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.error).toMatchObject({ code: 'NOT_FOUND' })
    }
    expect(names(setup).filter((name) => name === 'new')).toHaveLength(2)
    setup.emulator.requests.clear()
    await table.deleteById(others.slice(0, 3))
    expect(setup.emulator.requests.counts.actions).toEqual({ DELETE: 3 })
    const report = await table.deleteById([UNKNOWN_ID, others[0] ?? '', others[4] ?? ''])
    expect(report).toMatchObject({ ok: 1, rejected: 2 })
    expect(names(setup)).toHaveLength(4)
  })

  test.each(['none', 'count', 'records', 'unknown'] as const)(
    'an id without a record is noticed with any response to a change: %s',
    async (changeAnswer) => {
      for (const setting of [changeAnswer, 'unknown'] as const) {
        await using setup = await setUp(
          { tables: TABLES, dialect: { changeAnswer } },
          { dialect: { changeAnswer: setting } },
        )
        const table = setup.client.table('t')
        const [first = '', second = ''] = ids(setup)
        const updated = await collect(table.updateById([first, UNKNOWN_ID], { n: 50 }))
        expect(updated.map(({ status }) => status)).toEqual(['ok', 'rejected'])
        const deleted = await collect(table.deleteById([second, UNKNOWN_ID, first]))
        expect(deleted.map(({ status }) => status)).toEqual(['ok', 'rejected', 'ok'])
      }
    },
  )

  test('each record its own values, in their order for one record', async () => {
    await using setup = await setUp({ tables: TABLES })
    const [id = ''] = ids(setup)
    const changes = Array.from({ length: 5 }, (_, n) => ({ id, set: { n: 100 + n } }))
    const report = await setup.client.table('t').updateMany(changes, { inFlight: 1 })
    expect(report.changes.updated).toBe(5)
    expect(setup.emulator.tables.records('t')[0]?.values.n).toBe(104)
  })

  test.each([
    ['without a listener', undefined],
    ['with a listener', { before: () => {}, after: () => {} }],
  ])('a record that has changed since it was read is not written, %s', async (_, onWrite) => {
    await using setup = await setUp({ tables: TABLES }, { onWrite })
    const table = setup.client.table('t')
    const read = await table.records({ where: { n: { lt: 3 } } }).toArray()
    const changes = read.map(({ id, values }) => ({ id, set: { n: 50 }, before: values }))
    const [first = '', second = ''] = ids(setup)
    await table.updateOne(second, { name: 'other' })
    const report = await table.updateMany(
      [
        ...changes,
        { id: first, set: { n: 51 }, before: { n: 50 } },
        { id: second, set: { n: 52 }, before: { n: 1 } },
        { id: UNKNOWN_ID, set: { n: 53 }, before: { n: 1 } },
      ],
      { inFlight: 1 },
    )
    expect(report).toMatchObject({ ok: 4, rejected: 2 })
    expect(report.problems).toMatchObject([
      { id: second, error: { code: 'CONFLICT', columns: ['name'] } },
      { id: UNKNOWN_ID, error: { code: 'NOT_FOUND' } },
    ])
    const now = setup.emulator.tables.records('t').map(({ values }) => values.n)
    expect(now.slice(0, 3)).toEqual([51, 52, 50])
  })

  test.each(['', undefined, null, 7])('an invalid id is rejected: %j', async (id) => {
    await using setup = await setUp({ tables: TABLES })
    const table = setup.client.table('t')
    const change = { id, set: { n: 1 } } as never
    for (const write of [
      table.updateMany([change]),
      table.updateById([id] as never, { n: 1 }),
      table.deleteById([id] as never),
    ]) {
      const report = await (write as PromiseLike<{ problems: readonly Outcome<unknown>[] }>)
      expect(report.problems).toMatchObject([
        { status: 'rejected', error: { code: 'INVALID_INPUT' } },
      ])
    }
    expect(setup.emulator.requests.counts.actions).toEqual({})
    expect(names(setup)).toHaveLength(8)
  })

  test('in a table with a column named id is rejected, and so is what needs it', async () => {
    const records = [
      { id: 1, name: 'a' },
      { id: 2, name: 'b' },
    ]
    const columns = [
      { name: 'id', type: 'int' },
      { name: 'name', type: 'text' },
    ]
    await using setup = await setUp({ tables: [{ name: 't', columns, records }] })
    const table = setup.client.table('t')
    const refused = { code: 'NOT_EXPRESSIBLE' }
    const report = await table.deleteById(ids(setup))
    expect(report.problems).toMatchObject([{ error: refused }, { error: refused }])
    await expect(table.delete({ '"id"': 2 })).rejects.toMatchObject(refused)
    expect(names(setup)).toEqual(['a', 'b'])
    expect((await table.delete({ name: 'b' })).ok).toBe(1)
    expect(names(setup)).toEqual(['a'])
  })
})

describe('a listener', () => {
  interface Call {
    readonly intent: WriteIntent
    readonly outcome: Outcome<unknown>
  }

  class Journal implements WriteListener {
    readonly begun = new Set<WriteIntent>()
    readonly calls: Call[] = []
    held: () => readonly { readonly id: string; readonly values: unknown }[] = () => []

    before(intent: WriteIntent): void {
      const { before } = intent
      const now = this.held().find(({ id }) => id === intent.id)
      expect(before?.values).toEqual(now?.values)
      if (intent.values?.name === 'refused' || intent.before?.values.n === 5) {
        throw new Error('the journal does not want this')
      }
      this.begun.add(intent)
    }

    async after(intent: WriteIntent, outcome: Outcome<unknown>): Promise<void> {
      await new Promise((resolve) => setTimeout(resolve, 1))
      expect(this.begun.delete(intent)).toBe(true)
      this.calls.push({ intent, outcome })
    }
  }

  async function journalled() {
    const journal = new Journal()
    const setup = await setUp({ tables: TABLES }, { onWrite: journal })
    journal.held = () => setup.emulator.tables.records('t')
    return { setup, journal, table: setup.client.table('t') }
  }

  test('is called before and after every write, with the record before it', async () => {
    const { setup, journal, table } = await journalled()
    await using _ = setup
    const outcomes: Outcome<unknown>[] = []
    outcomes.push(...(await collect(table.insertMany([{ n: 20, name: 'new' }, { n: 21 }]))))
    outcomes.push(...(await collect(table.update({ n: { lt: 2 } }, { name: 'updated' }))))
    outcomes.push(...(await collect(table.updateById(ids(setup).slice(1, 3), { name: 'by id' }))))
    outcomes.push(
      ...(await collect(table.upsert([{ n: 3, name: 'upserted' }, { n: 30 }], { key: 'n' }))),
    )
    outcomes.push(...(await collect(table.delete({ name: { contains: '4' } }))))
    outcomes.push(...(await collect(table.deleteById(ids(setup).slice(0, 1)))))
    expect(outcomes.every(({ status }) => status === 'ok')).toBe(true)
    expect(journal.begun.size).toBe(0)
    expect(journal.calls.map(({ outcome }) => outcome).toSorted(byCall)).toEqual(
      outcomes.toSorted(byCall),
    )
    for (const { intent, outcome } of journal.calls) {
      expect(outcome.status === 'ok' && outcome.change).toBe(intent.change)
      if (intent.change === 'inserted')
        expect(intent).toMatchObject({ id: undefined, before: undefined })
      else {
        expect(intent.before?.id).toBe(intent.id)
      }
      expect(intent.values === undefined).toBe(intent.change === 'deleted')
    }
  })

  test('stops a single write by an error, which becomes its outcome', async () => {
    const { setup, journal, table } = await journalled()
    await using _ = setup
    const inserted = await collect(
      table.insertMany([{ name: 'a' }, { name: 'refused' }, { name: 'b' }]),
    )
    expect(inserted.map(({ status }) => status)).toEqual(['ok', 'rejected', 'ok'])
    const [, stopped] = inserted
    expect(stopped).toMatchObject({ error: { field: 'onWrite', cause: { message: /journal/ } } })
    const updated = await collect(table.update({ n: { gte: 4 } }, { name: 'new' }))
    expect(updated.map(({ status }) => status)).toEqual(['ok', 'rejected', 'ok', 'ok'])
    const deleted = await table.delete({ n: { gte: 4 } })
    expect(deleted).toMatchObject({ ok: 3, rejected: 1 })
    expect(setup.emulator.tables.records('t').map(({ values }) => values.n)).toEqual([
      0,
      1,
      2,
      3,
      5,
      null,
      null,
    ])
    expect(journal.calls.map(({ outcome }) => outcome.status)).toEqual(Array(8).fill('ok'))
    await expect(table.insert({ name: 'refused' })).rejects.toMatchObject({ field: 'onWrite' })
  })

  test('ends the call by an error of `after`; the rows keep their outcomes', async () => {
    const failure = new Error('the disk is full')
    const onWrite: WriteListener = {
      before: () => {},
      after: () => Promise.reject(failure),
    }
    await using setup = await setUp({ tables: TABLES }, { onWrite })
    const table = setup.client.table('t')
    for (const start of [
      () => table.insertMany([{ n: 1 }, { n: 2 }], { inFlight: 1 }),
      () => table.updateById(ids(setup), { name: 'new' }, { inFlight: 1 }),
      () => table.delete({ n: { gte: 0 } }, { inFlight: 1 }),
    ] as const) {
      const write = start()
      await expect((write as PromiseLike<unknown>).then()).rejects.toBe(failure)
      expect(write.progress).toMatchObject({ total: 1, ok: 1 })
    }
    await expect(table.insert({ n: 1 })).rejects.toBe(failure)
  })

  test('is not called when there is nothing to change', async () => {
    const { setup, journal, table } = await journalled()
    await using _ = setup
    await table.update({ n: { lt: 4 } }, { name: 'name 1' })
    await table.upsert([{ n: 1, name: 'name 1' }], { key: 'n' })
    await table.deleteById([UNKNOWN_ID])
    expect(journal.calls).toHaveLength(2)
  })

  test('sees the errors that the caller sees', async () => {
    const { setup, journal, table } = await journalled()
    await using _ = setup
    await table.definition()
    const actions = ['INSERT' as const]
    setup.emulator.faults.set([{ kind: 'status', status: 400, when: 'before', actions, times: 1 }])
    const outcomes = await collect(table.insertMany([{ n: 50 }, { n: 51 }], { inFlight: 1 }))
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'ok'])
    expect(journal.calls.map(({ outcome }) => outcome)).toEqual(outcomes)
  })
})

function byCall(a: Outcome<unknown>, b: Outcome<unknown>): number {
  const key = (outcome: Outcome<unknown>): string =>
    JSON.stringify([outcome.id, outcome.index, outcome])
  return key(a) < key(b) ? -1 : 1
}

test('the record that a listener gets is the caller’s to keep', async () => {
  let before: TableRecord | undefined
  const onWrite: WriteListener = {
    before: (intent) => {
      before = intent.before
    },
    after: () => {},
  }
  await using setup = await setUp({ tables: TABLES }, { onWrite })
  const [id = ''] = ids(setup)
  await setup.client.table('t').updateById(id, { name: 'new' })
  expect(before).toMatchObject({ id, values: { n: 0, name: 'name 0' } })
  expect(before?.createdAt).toMatch(/^\d{4}-/)
})

describe('a listener on a gateway that cannot choose a record by its id', () => {
  const dialect = { idFilter: 'none' } as const

  async function update(faults: Parameters<Emulator['faults']['set']>[0]) {
    const calls: string[] = []
    const onWrite: WriteListener = {
      before: ({ id, before }) => void calls.push(`before ${id} ${before?.id === id}`),
      after: ({ id }, { status }) => void calls.push(`after ${id} ${status}`),
    }
    await using setup = await setUp(
      { tables: TABLES, dialect },
      { dialect, maxAttempts: 1, onWrite },
    )
    const table = setup.client.table('t')
    await table.definition()
    setup.emulator.faults.set(faults)
    const result = await collect(table.update({ n: { gte: 0 } }, { name: 'new' })).catch(() => [])
    return { calls, result, ids: ids(setup), names: names(setup) }
  }

  test('hears of each record that one request writes', async () => {
    const { calls, result, names, ids } = await update([])
    expect(result.map(({ status }) => status)).toEqual(ids.map(() => 'ok'))
    expect(names).toEqual(ids.map(() => 'new'))
    const expected = ids.flatMap((id) => [`before ${id} true`, `after ${id} ok`])
    expect(calls.toSorted()).toEqual(expected.toSorted())
  })

  test.each([
    ['refused', { kind: 'status', status: 400, actions: ['UPDATE'] }, 'rejected'],
    ['cut off', { kind: 'reset', when: 'after', actions: ['UPDATE'] }, 'unknown'],
  ] as const)('hears how a request that was %s ended', async (_, fault, status) => {
    const { calls, ids } = await update([{ ...fault, actions: [...fault.actions] }])
    const expected = ids.flatMap((id) => [`before ${id} true`, `after ${id} ${status}`])
    expect(calls.toSorted()).toEqual(expected.toSorted())
  })
})

import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { EmulatorError, startEmulator } from '../src/index.ts'
import { act, insert, pathOf, send, start } from './support.ts'

const table = {
  name: 't',
  columns: [
    { name: 'a', type: 'text' },
    { name: 'n', type: 'int' },
    { name: 'j', type: 'jsonb' },
  ],
  records: [{ a: 'x', n: 1, j: { k: [1] } }],
}

test('states how to connect, with a token and ids made for this start', async () => {
  const [one, other] = [await start(), await start()]
  expect(one.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  expect(one.token).toMatch(/^[0-9a-f]{24}:[0-9a-z]{32}$/)
  expect(one.teamId).toMatch(/^[0-9a-f]{24}$/)
  expect(one.botId).toMatch(/^[0-9a-f]{24}$/)
  expect(other.token).not.toBe(one.token)
  expect(other.teamId).not.toBe(one.teamId)
  expect((await send(one, pathOf(one))).json).toEqual({ data: [] })
})

describe('tables', () => {
  test('are made, filled, looked at and dropped without HTTP', async () => {
    const emulator = await start()
    const made = emulator.tables.create(table)
    expect(emulator.tables.list()).toEqual([made])
    expect(made).toMatchObject({ name: 't', description: '', columns: table.columns })
    const ids = emulator.tables.insert('t', [
      { a: '007', n: 9007199254740993n, j: 'text' },
      { j: null, n: '-5' },
    ])
    expect(emulator.tables.records('t').map(({ values }) => values)).toEqual([
      { a: 'x', n: 1, j: { k: [1] } },
      { a: '007', n: 9007199254740993n, j: 'text' },
      { a: null, n: -5, j: null },
    ])
    expect(emulator.tables.records(made.id)[2]?.id).toBe(ids[1])
    emulator.tables.insert('t', [{}], 'LIVE')
    expect(emulator.tables.count('t', 'LIVE')).toBe(1)
    emulator.tables.drop('t')
    expect(emulator.tables.list()).toEqual([])
    expect(() => emulator.tables.records('t')).toThrow(EmulatorError)
  })

  test('records go in all or none', async () => {
    const emulator = await start({ tables: [table] })
    expect(() => emulator.tables.insert('t', [{ n: 2 }, { n: 'two' }])).toThrow(
      'table "t", column "n": invalid input syntax for type int: "two"',
    )
    expect(() => emulator.tables.insert('t', [{ n: 2 }, { b: 1 }])).toThrow(
      'table "t" has no column "b"',
    )
    expect(emulator.tables.count('t')).toBe(1)
  })

  test.each([
    ['twice the same name', { ...table }],
    ['no columns', { name: 'u', columns: [] }],
    ['a type that is none', { name: 'u', columns: [{ name: 'a', type: 'money' }] }],
    ['a column twice', { name: 'u', columns: [table.columns[0]!, table.columns[0]!] }],
    ['a wrong record', { name: 'u', columns: table.columns, records: [{ n: 'x' }] }],
  ])('are rejected with %s', async (_, seed) => {
    const emulator = await start({ tables: [table] })
    expect(() => emulator.tables.create(seed)).toThrow()
    expect(emulator.tables.list().map(({ name }) => name)).toEqual(['t'])
  })
})

describe('reset', () => {
  test('puts back the start: seeds under their ids, dialect, no faults, an empty log', async () => {
    const emulator = await start({
      tables: [{ ...table, records: new Set(table.records) }],
      dialect: { intForm: 'string' },
    })
    const before = emulator.tables.list()
    emulator.tables.create({ name: 'other', columns: table.columns })
    await act(emulator, 't', { type: 'DELETE' })
    emulator.setDialect({ intForm: 'number' })
    emulator.faults.set([{ kind: 'status' }])
    emulator.reset()
    expect(emulator.tables.list()).toEqual(before)
    expect(emulator.tables.count('t')).toBe(1)
    expect(emulator.faults.list()).toEqual([])
    expect(emulator.requests.log).toEqual([])
    expect(emulator.requests.counts.total).toBe(0)
    expect((await act(emulator, 't', { type: 'SELECT' })).text).toContain('"n":"1"')
  })

  test('drops a seeded table that was created again under its name', async () => {
    const emulator = await start({ tables: [table] })
    const [seeded] = emulator.tables.list()
    emulator.tables.drop('t')
    emulator.tables.create({ name: 't', columns: [{ name: 'z', type: 'text' }] })
    emulator.reset()
    expect(emulator.tables.list()).toEqual([seeded])
  })
})

describe('the request log', () => {
  test('lists each request and counts them; it contains neither headers nor bodies', async () => {
    const emulator = await start({
      tables: [table],
      clock: () => new Date('2026-01-01T00:00:00.000Z'),
    })
    const path = `${pathOf(emulator, 't')}/action?version=DRAFT`
    await insert(emulator, 't', { a: 'secret value' })
    await send(emulator, '/nowhere?x=1')
    await send(emulator, path, { body: '{}', headers: { authorization: 'Basic eDp5' } })
    expect(emulator.requests.log).toEqual([
      {
        at: '2026-01-01T00:00:00.000Z',
        method: 'POST',
        path,
        operation: 'performTableAction',
        action: 'INSERT',
        done: true,
        status: 200,
        fault: undefined,
      },
      {
        at: '2026-01-01T00:00:00.000Z',
        method: 'GET',
        path: '/nowhere?x=1',
        operation: undefined,
        action: undefined,
        done: false,
        status: 404,
        fault: undefined,
      },
      {
        at: '2026-01-01T00:00:00.000Z',
        method: 'POST',
        path,
        operation: 'performTableAction',
        action: undefined,
        done: false,
        status: 401,
        fault: undefined,
      },
    ])
    expect(emulator.requests.counts).toEqual({
      total: 3,
      operations: { performTableAction: 2 },
      actions: { INSERT: 1 },
      statuses: { 200: 1, 401: 1, 404: 1 },
      faults: {},
    })
    const kept = JSON.stringify([emulator.requests.log, emulator.requests.counts])
    expect(kept).not.toContain('secret')
    expect(kept).not.toContain(emulator.token)
    emulator.requests.clear()
    expect(emulator.requests.log).toEqual([])
  })
})

describe('close', () => {
  test('ends connections that are idle, that hang and that have said nothing', async () => {
    const emulator = await start({ faults: [{ kind: 'hang', times: 1 }] })
    const silent = connect(Number(new URL(emulator.url).port), '127.0.0.1')
    const gone = new Promise((resolve) => silent.once('close', resolve))
    silent.on('error', () => undefined)
    await new Promise((resolve) => silent.once('connect', resolve))
    const hanging = send(emulator, pathOf(emulator)).catch((error: Error) => error)
    while (emulator.requests.log[0]?.fault !== 'hang') await new Promise(setImmediate)
    await emulator.close()
    expect(await hanging).toBeInstanceOf(Error)
    await gone
  })

  test('ends a request that waits', async () => {
    const emulator = await start({ faults: [{ kind: 'latency', ms: 60_000 }], tables: [table] })
    const waiting = insert(emulator, 't', {}).catch((error: Error) => error)
    while (emulator.requests.log.length === 0) await new Promise(setImmediate)
    await emulator.close()
    expect(await waiting).toBeInstanceOf(Error)
  })

  test('may be called twice, and comes by itself at the end of a scope', async () => {
    let url: string
    {
      await using emulator = await startEmulator()
      url = emulator.url
      await emulator.close()
      await emulator.close()
    }
    await expect(fetch(url)).rejects.toThrow()
  })
})

describe('start', () => {
  test('rejects to listen beyond this machine', async () => {
    for (const host of ['0.0.0.0', '::', '192.168.0.1', 'example.com']) {
      await expect(startEmulator({ host })).rejects.toThrow('listens on loopback only')
    }
  })

  test('listens on any loopback address', async () => {
    const emulator = await start({ host: '127.0.0.2' })
    expect(emulator.url).toMatch(/^http:\/\/127\.0\.0\.2:/)
  })

  test.each(['', 'nocolon', ':password', 'user:', 'us\ner:password'])(
    'rejects %j as a token, without repeating it',
    async (token) => {
      await expect(startEmulator({ token })).rejects.toThrow(/access token/)
    },
  )

  test('rejects for a port that is taken', async () => {
    const emulator = await start()
    const port = Number(new URL(emulator.url).port)
    await expect(startEmulator({ port })).rejects.toThrow(/EADDRINUSE/)
  })

  test('rejects for a dialect or a fault that is none', async () => {
    await expect(startEmulator({ dialect: { pageOrder: 'odd' as 'stable' } })).rejects.toThrow()
    await expect(startEmulator({ faults: [{ kind: 'odd' as 'hang' }] })).rejects.toThrow()
  })
})

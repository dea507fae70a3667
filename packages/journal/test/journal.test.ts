/** What is kept of writes, and how it is found again. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { mayNeedRecovery, openJournal } from '../src/index.ts'
import { rows, Setup } from './support.ts'

let setup: Setup

beforeEach(async () => {
  setup = await Setup.start()
})

afterEach(() => setup[Symbol.asyncDispose]())

describe('a change set', () => {
  it('keeps who, where, when and why, and how many writes ended how', async () => {
    const { journal, connection } = setup
    const set = journal.changeSet({
      tool: 'cli',
      client: 'a client',
      command: 'import',
      note: 'spring prices',
      connection,
    })
    const table = setup.client(set).table('stores')
    await table.insertMany([...rows(0, 3), { size: 'no number' }])
    const [summary] = await set.close()
    expect(summary).toMatchObject({
      status: 'settled',
      tool: 'cli',
      client: 'a client',
      command: 'import',
      note: 'spring prices',
      connection,
      table: { name: 'stores' },
      version: 'DRAFT',
      counts: { inserted: 3, updated: 0, deleted: 0, rejected: 0, unknown: 0, open: 0 },
      undoes: undefined,
      undone: 0,
    })
    expect(Date.parse(summary?.endedAt ?? '')).toBeGreaterThanOrEqual(
      Date.parse(summary?.begunAt ?? ''),
    )
    expect(await journal.list()).toEqual([summary])
    expect(await journal.show(summary?.id.slice(0, 5) ?? '')).toEqual(summary)
  })

  it('keeps each record before and after, with its outcome', async () => {
    const made = await setup.write((table) => table.insert({ code: 'a', size: 1 }))
    const [id = ''] = setup.ids()
    const changed = await setup.write((table) => table.update({ code: 'a' }, { size: 2 }))
    const gone = await setup.write((table) => table.deleteById(id))
    const of = (set: string) => setup.journal.changes(set)
    const full = { code: 'a', city: null, price: null }
    expect(await of(made)).toMatchObject([
      { seq: 1, change: 'inserted', status: 'ok', id, after: { code: 'a', size: 1 } },
    ])
    expect((await of(made))[0]?.before).toBeUndefined()
    expect(await of(changed)).toMatchObject([
      { change: 'updated', status: 'ok', id, before: { ...full, size: 1 }, after: { size: 2 } },
    ])
    expect(await of(gone)).toMatchObject([
      { change: 'deleted', status: 'ok', id, before: { ...full, size: 2 } },
    ])
    expect((await of(gone))[0]?.after).toBeUndefined()
  })

  it('keeps why a write was rejected, and which outcomes are unknown', async () => {
    setup.emulator.faults.add({ kind: 'status', status: 400, actions: ['INSERT'], times: 1 })
    const id = await setup.write((table) => table.insertMany(rows(0, 1)))
    expect((await setup.journal.show(id)).counts).toMatchObject({ inserted: 0, rejected: 1 })
    expect((await setup.journal.changes(id))[0]).toMatchObject({
      status: 'rejected',
      id: undefined,
    })
    expect((await setup.journal.changes(id))[0]?.problem).toMatch(/400/)
  })

  it('is made for each table and version, and for none where nothing was written', async () => {
    setup.emulator.tables.create({ name: 'others', columns: [{ name: 'a', type: 'text' }] })
    const { journal, connection } = setup
    const set = journal.changeSet({ tool: 'cli', connection })
    const client = setup.client(set)
    expect(await set.close()).toEqual([])
    const other = journal.changeSet({ tool: 'cli', connection })
    const writer = setup.client(other)
    await writer.table('stores').insertMany(rows(0, 2))
    await writer.table('stores', { version: 'LIVE' }).insertMany(rows(0, 1))
    await writer.table('others').insert({ a: 'x' })
    const sets = await other.close()
    expect(sets.map(({ table, version }) => `${table.name}@${version}`)).toEqual([
      'stores@DRAFT',
      'stores@LIVE',
      'others@DRAFT',
    ])
    expect(await client.table('stores').insertMany(rows(5, 1))).toMatchObject({ rejected: 1 })
  })
})

it('keeps values exactly: large integers, dates, JSON with its own numbers, odd names', async () => {
  const columns = [
    { name: 'int', type: 'int' },
    { name: 'at', type: 'timestamp' },
    { name: 'json', type: 'jsonb' },
    { name: 'num', type: 'numeric' },
    { name: '__proto__', type: 'text' },
  ]
  setup.emulator.tables.create({ name: 'odd', columns })
  const { journal, connection } = setup
  const set = journal.changeSet({ tool: 'cli', connection })
  const table = setup.client(set).table('odd')
  const values = JSON.parse('{"__proto__": "own"}')
  await table.insert({
    ...values,
    ['__proto__']: 'own',
    int: 9007199254740993n,
    at: new Date(0),
    json: { a: [1n, 2 ** 60, null], b: '\u{1f600}' },
    num: 12.5,
  })
  const [record] = await table.records().toArray()
  await table.deleteById(record?.id ?? '')
  const [summary] = await set.close()
  const back = await setup.undo(summary?.id ?? '')
  expect(back.counts).toMatchObject({ total: 2, undone: 2 })
  expect(setup.emulator.tables.count('odd')).toBe(0)
  const redone = await setup.undo(back.id ?? '', { records: [record?.id ?? ''] })
  expect(redone.problems).toEqual([])
})

describe('the files', () => {
  it('are for their owner alone, and hold no secret', async () => {
    const { token } = setup.emulator
    const { journal, connection, folder } = setup
    const secrets = [token]
    const set = journal.changeSet({ tool: 'cli', note: `with ${token}`, connection, secrets })
    await setup.client(set).table('stores').insertMany(rows(0, 5))
    const [summary] = await set.close()
    expect(summary?.note).toBe('with [secret]')
    const place = join(folder, 'journal')
    expect(statSync(place).mode & 0o777).toBe(0o700)
    for (const name of readdirSync(place)) {
      const path = join(place, name)
      const { mode } = statSync(path)
      if (statSync(path).isDirectory()) {
        expect(mode & 0o777).toBe(0o700)
        continue
      }
      expect(mode & 0o777, name).toBe(0o600)
      expect(readFileSync(path, 'latin1').includes(token.split(':')[1] ?? ''), name).toBe(false)
    }
  })

  it('leave nothing to be settled when all went well', async () => {
    const place = join(setup.folder, 'orderly')
    const journal = await openJournal({ folder: place })
    await setup.write((table) => table.insertMany(rows(0, 3)), journal)
    expect(mayNeedRecovery(place)).toBe(true)
    await journal.close()
    expect(mayNeedRecovery(place)).toBe(false)
  })
})

it('is written to by several at once', async () => {
  const others = [await openJournal({ folder: join(setup.folder, 'journal') }), setup.journal]
  const ids = await Promise.all(
    [0, 100, 200, 300].map((from, at) =>
      setup.write((table) => table.insertMany(rows(from, 50)), others[at % 2]),
    ),
  )
  for (const id of ids) expect((await setup.journal.show(id)).counts.inserted).toBe(50)
  await others[0]?.close()
})

it('is listed by table, version, tool, connection and time, and shown in pages', async () => {
  const { journal } = setup
  const before = Date.now()
  const first = await setup.write((table) => table.insertMany(rows(0, 25)))
  const live = await setup.write((table) => table.insertMany(rows(0, 1)), journal, 'LIVE')
  const listed = async (filter: Parameters<typeof journal.list>[0]) =>
    (await journal.list(filter)).map(({ id }) => id)
  expect(await listed({})).toEqual([live, first])
  expect(await listed({ limit: 1 })).toEqual([live])
  expect(await listed({ table: 'stores', version: 'DRAFT' })).toEqual([first])
  expect(await listed({ table: 'none' })).toEqual([])
  expect(await listed({ tool: 'test', since: before })).toEqual([live, first])
  expect(await listed({ until: before })).toEqual([])
  const { connection } = setup
  expect(await listed({ connection: { ...connection, botId: 'other' } })).toEqual([])
  const pages = await Promise.all(
    [0, 10, 20].map((offset) => journal.changes(first, { limit: 10, offset })),
  )
  expect(pages.map((page) => page.length)).toEqual([10, 10, 5])
  expect(pages.flat().map(({ seq }) => seq)).toEqual(Array.from({ length: 25 }, (_, at) => at + 1))
  const record = pages[2]?.[0]?.id
  expect((await journal.changes(first, { record })).map(({ seq }) => seq)).toEqual([21])
  await expect(journal.show('zzz')).rejects.toThrow('there is no change set "zzz"')
})

it('a write is refused, and not sent, when the journal cannot be written', async () => {
  const { journal, connection } = setup
  const set = journal.changeSet({ tool: 'cli', connection })
  const table = setup.client(set).table('stores')
  await table.insertMany(rows(0, 1))
  await set.close()
  await journal.close()
  const after = journal.changeSet({ tool: 'cli', connection })
  await expect(setup.client(after).table('stores').insertMany(rows(1, 50))).rejects.toThrow(
    /the journal cannot be written/,
  )
  expect(setup.ids()).toHaveLength(1)
})

/** What is kept how long. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openJournal } from '../src/index.ts'
import { rows, Setup } from './support.ts'

let setup: Setup

beforeEach(async () => {
  setup = await Setup.start()
})

afterEach(() => setup[Symbol.asyncDispose]())

const DAY_MS = 86_400_000

/** Makes a change set older, by both clocks or by one. */
function makeOlder(id: string, days: number, columns = ['begun', 'gateway_begun']): void {
  using database = new DatabaseSync(join(setup.folder, 'journal', 'journal.sqlite'))
  for (const column of columns) {
    const query = `UPDATE sets SET ${column} = ${column} - ? WHERE id = ?`
    database.prepare(query).run(days * DAY_MS, id)
  }
}

function forgetGatewayTime(id: string): void {
  using database = new DatabaseSync(join(setup.folder, 'journal', 'journal.sqlite'))
  database.prepare('UPDATE sets SET gateway_begun = NULL WHERE id = ?').run(id)
}

it('forgets what is older than 90 days, and all of it', async () => {
  const old = await setup.write((table) => table.insertMany(rows(0, 3)))
  const kept = await setup.write((table) => table.delete({ size: { gte: 1 } }))
  makeOlder(old, 91)
  makeOlder(kept, 89)
  const latest = await setup.write((table) => table.updateById(setup.ids()[0] ?? '', { size: 0 }))
  expect((await setup.journal.prune()).changeSets).toBe(1)
  expect((await setup.journal.list()).map(({ id }) => id)).toEqual([latest, kept])
  await expect(setup.journal.show(old)).rejects.toThrow(/there is no change set/)
  expect((await setup.undo(kept)).counts.undone).toBe(2)
  using database = new DatabaseSync(join(setup.folder, 'journal', 'journal.sqlite'))
  const left = database.prepare('SELECT count(*) AS count FROM changes').get()?.count
  expect(left).toBe(5)
})

describe('an age', () => {
  it('counts only by both clocks', async () => {
    const here = await setup.write((table) => table.insertMany(rows(0, 1)))
    const there = await setup.write((table) => table.insertMany(rows(1, 1)))
    const both = await setup.write((table) => table.insertMany(rows(2, 1)))
    await setup.write((table) => table.insertMany(rows(3, 1)))
    makeOlder(here, 400, ['begun'])
    makeOlder(there, 400, ['gateway_begun'])
    makeOlder(both, 400)
    expect((await setup.journal.prune()).changeSets).toBe(1)
    expect((await setup.journal.prune({ byLocalClock: true })).changeSets).toBe(1)
    const left = (await setup.journal.list()).map(({ id }) => id)
    expect(left).toContain(there)
    expect(left).not.toContain(here)
  })

  it('is measured by the newest time of its own gateway, or by one that is asked now', async () => {
    const set = await setup.write((table) => table.insertMany(rows(0, 1)))
    makeOlder(set, 400)
    expect((await setup.journal.prune()).changeSets).toBe(0)
    await using elsewhere = await Setup.start()
    const other = elsewhere.client()
    await other.tables.list()
    expect((await setup.journal.prune({}, other)).changeSets).toBe(0)
    const client = setup.client()
    expect((await setup.journal.prune({}, client)).changeSets).toBe(0)
    await client.tables.list()
    expect((await setup.journal.prune({}, client)).changeSets).toBe(1)
  })

  it('of a set that has no time of the gateway begins with the next one that has', async () => {
    const first = await setup.write((table) => table.insertMany(rows(0, 1)))
    const second = await setup.write((table) => table.insertMany(rows(1, 1)))
    const third = await setup.write((table) => table.insertMany(rows(2, 1)))
    makeOlder(first, 500)
    makeOlder(second, 80)
    forgetGatewayTime(first)
    expect((await setup.journal.prune()).changeSets).toBe(0)
    makeOlder(second, 20)
    expect((await setup.journal.prune()).changeSets).toBe(2)
    expect((await setup.journal.list()).map(({ id }) => id)).toEqual([third])
  })
})

it('forgets the oldest where there is too much, and never the newest', async () => {
  const ids: string[] = []
  const wide = (from: number) => rows(from, 40).map((row) => ({ ...row, city: 'x'.repeat(4_000) }))
  for (let n = 0; n < 4; n++) {
    ids.push(await setup.write((table) => table.insertMany(wide(n * 40))))
  }
  const { bytes } = await setup.journal.prune()
  const pruned = await setup.journal.prune({ megabytes: (bytes * 0.6) / 1_000_000 })
  expect(pruned.changeSets).toBe(2)
  expect(pruned.bytes).toBeLessThan(bytes * 0.6)
  expect((await setup.journal.list()).map(({ id }) => id)).toEqual([ids[3], ids[2]])
  await setup.journal.prune({ megabytes: 0 })
  expect((await setup.journal.list()).map(({ id }) => id)).toEqual([ids[3]])
})

it('does so unasked where writing ends, and leaves what is being written', async () => {
  const old = await setup.write((table) => table.insertMany(rows(0, 3)))
  const { journal, connection, folder } = setup
  const set = journal.changeSet({ tool: 'test', connection })
  await setup.client(set).table('stores').insertMany(rows(5, 1))
  const [running = ''] = set.ids
  makeOlder(old, 100)
  makeOlder(running, 100)
  const other = await openJournal({ folder: join(folder, 'journal') })
  const added = await setup.write((table) => table.insertMany(rows(9, 1)), other)
  await other.close()
  expect((await journal.list()).map(({ id }) => id)).toEqual([added, running])
  expect((await journal.show(running)).status).toBe('running')
  await set.close()
})

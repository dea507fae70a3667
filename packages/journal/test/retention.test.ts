/** What is kept how long. */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openJournal } from '../src/index.ts'
import { rows, Setup } from './support.ts'

let setup: Setup

beforeEach(async () => {
  setup = await Setup.start()
})

afterEach(() => setup[Symbol.asyncDispose]())

const DAY_MS = 86_400_000

/** Takes a change set back in time. */
function makeOlder(id: string, days: number): void {
  using database = new DatabaseSync(join(setup.folder, 'journal', 'journal.sqlite'))
  database.prepare('UPDATE sets SET begun = begun - ? WHERE id = ?').run(days * DAY_MS, id)
}

it('forgets what is older than 90 days, and all of it', async () => {
  const old = await setup.write((table) => table.insertMany(rows(0, 3)))
  const kept = await setup.write((table) => table.delete({ size: { gte: 1 } }))
  makeOlder(old, 91)
  makeOlder(kept, 89)
  expect(setup.journal.prune().changeSets).toBe(1)
  expect(setup.journal.list().map(({ id }) => id)).toEqual([kept])
  expect(() => setup.journal.show(old)).toThrow(/there is no change set/)
  expect((await setup.undo(kept)).counts.undone).toBe(2)
  using database = new DatabaseSync(join(setup.folder, 'journal', 'journal.sqlite'))
  const left = database.prepare('SELECT count(*) AS count FROM changes').get()?.count
  expect(left).toBe(4)
})

it('forgets the oldest where there is too much, and never the newest', async () => {
  const ids: string[] = []
  const wide = (from: number) => rows(from, 40).map((row) => ({ ...row, city: 'x'.repeat(4_000) }))
  for (let n = 0; n < 4; n++) {
    ids.push(await setup.write((table) => table.insertMany(wide(n * 40))))
  }
  const { bytes } = setup.journal.prune()
  const pruned = setup.journal.prune({ megabytes: (bytes * 0.6) / 1_000_000 })
  expect(pruned.changeSets).toBe(2)
  expect(pruned.bytes).toBeLessThan(bytes * 0.6)
  expect(setup.journal.list().map(({ id }) => id)).toEqual([ids[3], ids[2]])
  setup.journal.prune({ megabytes: 0 })
  expect(setup.journal.list().map(({ id }) => id)).toEqual([ids[3]])
})

it('does so unasked where writing ends, and leaves what is being written', async () => {
  const old = await setup.write((table) => table.insertMany(rows(0, 3)))
  const { journal, connection, folder } = setup
  const set = journal.changeSet({ tool: 'test', connection })
  await setup.client(set).table('stores').insertMany(rows(5, 1))
  const [running = ''] = set.ids
  makeOlder(old, 100)
  makeOlder(running, 100)
  const other = openJournal({ folder: join(folder, 'journal') })
  const added = await setup.write((table) => table.insertMany(rows(9, 1)), other)
  await other.close()
  expect(journal.list().map(({ id }) => id)).toEqual([added, running])
  expect(journal.show(running).status).toBe('running')
  await set.close()
})

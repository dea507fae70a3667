/** A journal that an earlier release made. */
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

/** Takes away what format 3 added. */
function toFormat2(database: DatabaseSync): void {
  database.exec(`
    DROP INDEX sets_by_call;
    DROP TABLE calls;
    ALTER TABLE sets DROP COLUMN principal;
    ALTER TABLE sets DROP COLUMN call;
    ALTER TABLE changes DROP COLUMN row;
    PRAGMA user_version = 2;
  `)
}

/** Takes away what formats 2 and 3 added. */
function toFormat1(database: DatabaseSync): void {
  toFormat2(database)
  database.exec(`
    DROP INDEX sets_by_job;
    DROP INDEX changes_stored_otherwise;
    ALTER TABLE sets DROP COLUMN job;
    ALTER TABLE sets DROP COLUMN gateway_begun;
    ALTER TABLE changes DROP COLUMN moment_records;
    ALTER TABLE changes DROP COLUMN moment_dates;
    ALTER TABLE changes DROP COLUMN sent;
    PRAGMA user_version = 1;
  `)
}

const FORMATS = { 1: toFormat1, 2: toFormat2 }

/** Makes the journal of a folder one of an earlier format. */
function toFormat(format: keyof typeof FORMATS, folder: string): void {
  using database = new DatabaseSync(join(folder, 'journal.sqlite'))
  FORMATS[format](database)
}

it.each([1, 2] as const)(
  'of format %i is brought to the present format with all that it holds, and written to',
  async (format) => {
    const folder = join(setup.folder, 'old')
    {
      await using old = await openJournal({ folder })
      await setup.write((table) => table.insertMany(rows(0, 5)), old)
    }
    toFormat(format, folder)
    await using journal = await openJournal({ folder })
    await using another = await openJournal({ folder })
    const [first] = await journal.list()
    expect(first).toMatchObject({ counts: { inserted: 5 }, job: undefined })
    expect(await journal.changes(first?.id ?? '')).toHaveLength(5)
    const second = await setup.write(
      (table) => table.update({ size: { gte: 0 } }, { city: 'Ostend' }),
      another,
    )
    expect((await setup.undo(second, {}, journal)).counts).toMatchObject({
      undone: 5,
      conflicts: 0,
    })
    expect((await journal.prune()).changeSets).toBe(0)
    expect((await setup.undo(first?.id ?? '', {}, journal)).counts.undone).toBe(5)
    expect(setup.ids()).toEqual([])
  },
)

it('its unknown outcomes are resolved; a record that may be older does not count', async () => {
  setup.emulator.tables.insert('stores', rows(0, 2))
  setup.emulator.faults.set([{ kind: 'hang', when: 'after', actions: ['INSERT'] }])
  const set = setup.journal.changeSet({ tool: 'test', connection: setup.connection })
  const cut = new AbortController()
  const writing = setup.client(set).table('stores').insertMany(rows(1, 2), { signal: cut.signal })
  Promise.resolve(writing).catch(() => undefined)
  while (setup.ids().length < 4) await new Promise((resolve) => setTimeout(resolve, 10))
  const copy = setup.killedFolder()
  cut.abort(new Error('killed'))
  await Promise.resolve(writing).catch(() => undefined)
  setup.emulator.faults.clear()
  toFormat(1, copy)
  await using journal = await openJournal({ folder: copy })
  await journal.recover(setup.client())
  expect((await journal.list())[0]).toMatchObject({
    status: 'settled',
    counts: { inserted: 0, unknown: 2, open: 0 },
  })
})

/** Columns that are kept out of the journal, and what that costs. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { openJournal, type RedactRule } from '../src/index.ts'
import { rows, Setup } from './support.ts'

let setup: Setup

async function startHiding(...redact: RedactRule[]) {
  setup = await Setup.start({ redact })
  setup.emulator.tables.insert('stores', rows(0, 3))
}

afterEach(() => setup[Symbol.asyncDispose]())

it('keeps nothing of a dropped column, and a hash of a hashed one', async () => {
  await startHiding({ column: 'stores.city', how: 'drop' }, { column: '*.code', how: 'hash' })
  const secret = 'Ghent-by-the-sea'
  const set = await setup.write((table) =>
    table.update({ size: { gte: 0 } }, { city: secret, code: `${secret} code` }),
  )
  const [change] = await setup.journal.changes(set)
  expect(change?.before).toEqual({ size: 0, price: '0.50' })
  expect(change?.after).toEqual({})
  expect(change?.hidden).toEqual({ before: ['code', 'city'], after: ['city', 'code'] })
  for (const name of ['journal.sqlite', 'journal.sqlite-wal']) {
    const text = readFileSync(join(setup.folder, 'journal', name), 'latin1')
    expect(text.includes(secret), name).toBe(false)
  }
})

it('restores the other columns, and reports those that it could not', async () => {
  await startHiding({ column: 'stores.city', how: 'drop' })
  const gone = await setup.write((table) => table.delete({ size: { lte: 1 } }))
  const { counts, problems } = await setup.undo(gone)
  expect(counts).toMatchObject({ undone: 2, incomplete: 2 })
  expect(problems[0]).toMatchObject({ status: 'incomplete', columns: ['city'] })
  expect(setup.values().filter((text) => text.includes('"city":null'))).toHaveLength(2)
  const only = await setup.write((table) => table.update({ size: 2 }, { city: 'Ostend' }))
  const nothing = await setup.undo(only)
  expect(nothing.counts).toMatchObject({ undone: 0, rejected: 1 })
  expect(nothing.problems[0]).toMatchObject({ status: 'rejected', columns: ['city'] })
  const both = await setup.write((table) => table.update({ size: 2 }, { city: 'Ypres', code: 'x' }))
  expect((await setup.undo(both)).counts).toMatchObject({ undone: 1, incomplete: 1 })
  expect(setup.values().filter((text) => text.includes('Ypres'))).toHaveLength(1)
})

it('detects by the hash that a hidden value has changed since', async () => {
  await startHiding({ column: 'stores.city', how: 'hash' })
  const set = await setup.write((table) => table.insertMany(rows(10, 2)))
  const [, id = ''] = (await setup.journal.changes(set)).map((change) => change.id)
  await setup.client().table('stores').updateById(id, { city: 'Ostend' })
  const { counts, problems } = await setup.undo(set)
  expect(counts).toMatchObject({ undone: 1, conflicts: 1 })
  expect(problems[0]).toMatchObject({ id, columns: ['city'] })
})

it('resolves interrupted inserts by their known values', async () => {
  await startHiding({ column: 'stores.city', how: 'hash' }, { column: 'stores.price', how: 'drop' })
  setup.emulator.faults.set([{ kind: 'hang', when: 'after', actions: ['INSERT'], rate: 0.5 }])
  const cut = new AbortController()
  const set = setup.journal.changeSet({ tool: 'test', connection: setup.connection })
  // Those that hang are given up soon, so that others take their connections.
  const table = setup.client(set, { attemptTimeoutMs: 500 }).table('stores')
  const writing = table.insertMany(rows(10, 20), { signal: cut.signal }).report()
  writing.catch(() => undefined)
  while (setup.ids().length < 23) await new Promise((resolve) => setTimeout(resolve, 10))
  const journal = await setup.killed()
  cut.abort()
  await writing.catch(() => undefined)
  const [summary] = await journal.list()
  await journal.recover(setup.client())
  expect((await journal.show(summary?.id ?? '')).counts).toMatchObject({ inserted: 20, open: 0 })
  await setup.undo(summary?.id ?? '', {}, journal)
  expect(setup.ids()).toHaveLength(3)
})

it('refuses a rule that names no column', async () => {
  await startHiding()
  const folder = join(setup.folder, 'other')
  const redact = [{ column: 'city', how: 'drop' as const }]
  await expect(openJournal({ folder, redact })).rejects.toThrow(/invalid rule for hidden columns/)
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { act, insert, pathOf, send, start } from './support.ts'

let folder: string
let storage: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chatlayer-tables-storage-'))
  storage = join(folder, 'tables.sqlite')
})
afterEach(() => rm(folder, { recursive: true }))

const types = ['text', 'int', 'numeric', 'uuid', 'bool', 'timestamp', 'jsonb']
const table = {
  name: 't',
  description: 'All types',
  columns: types.map((type) => ({ name: type, type })),
}
const values = {
  text: 'a\0b',
  int: '9223372036854775807',
  numeric: '1.50',
  uuid: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
  bool: 'true',
  timestamp: '2026-01-31T12:30:00.000001Z',
  jsonb: '{"a":1.0}',
}

test('a file keeps ids, tables, records, versions and order through a restart', async () => {
  const one = await start({ storage, tables: [table] })
  await insert(one, 't', values)
  await insert(one, 't', {})
  await act(one, 't', { type: 'INSERT' }, 'LIVE')
  const read = (emulator: typeof one, version: string) =>
    send(emulator, `${pathOf(emulator, 't')}/data?version=${version}`)
  const before = [await read(one, 'DRAFT'), await read(one, 'LIVE')].map(({ text }) => text)
  await one.close()

  const other = await start({ storage })
  expect([other.teamId, other.botId]).toEqual([one.teamId, one.botId])
  expect(other.token).not.toBe(one.token)
  const after = [await read(other, 'DRAFT'), await read(other, 'LIVE')].map(({ text }) => text)
  expect(after).toEqual(before)
  expect(other.tables.list()).toMatchObject([table])
  await insert(other, 't', { text: 'third' })
  expect(other.tables.records('t').map((record) => record.values.text)).toEqual([
    'a\0b',
    null,
    'third',
  ])
})

test('ids that are given take the place of those that were kept', async () => {
  await (await start({ storage })).close()
  const given = await start({ storage, teamId: 'team' })
  await given.close()
  expect((await start({ storage })).teamId).toBe('team')
})

test('a seed leaves a table alone that the file holds, and a reset puts it back', async () => {
  const seed = { ...table, records: [{ text: 'seeded' }] }
  const one = await start({ storage, tables: [seed] })
  await act(one, 't', { type: 'DELETE' })
  await insert(one, 't', { text: 'mine' })
  await one.close()
  const other = await start({ storage, tables: [seed] })
  expect(other.tables.records('t')[0]?.values.text).toBe('mine')
  other.reset()
  expect(other.tables.records('t')[0]?.values.text).toBe('seeded')
})

test('nothing secret is in the file', async () => {
  const emulator = await start({ storage, token: 'user:very-secret', tables: [table] })
  await insert(emulator, 't', values)
  await emulator.close()
  const { readFile } = await import('node:fs/promises')
  expect((await readFile(storage)).includes('very-secret')).toBe(false)
})

test('a file that is none of ours is rejected and left alone', async () => {
  await writeFile(storage, 'not a database, but long enough to be looked at as one'.repeat(20))
  await expect(start({ storage })).rejects.toThrow()
  const { DatabaseSync } = await import('node:sqlite')
  const foreign = join(folder, 'foreign.sqlite')
  const database = new DatabaseSync(foreign)
  database.exec('CREATE TABLE mine (a)')
  database.close()
  await expect(start({ storage: foreign })).rejects.toThrow(
    'is not a storage file of this emulator',
  )
})

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type PostgresServer, startPostgres } from '@chatlayer-tables/sources/test-postgres'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../src/database.ts'
import { notes as migration } from '../src/migrations/0007-notes.ts'
import { LocalNotes } from '../src/notes/local-notes.ts'
import { SharedNotes } from '../src/notes/shared-notes.ts'
import { describeNotes, MAX_NOTES, type NotesStore } from './notes-contract.ts'

let folder: string
let server: PostgresServer
const clients: pg.Client[] = []

async function connect(): Promise<SharedNotes> {
  const client = new pg.Client({ connectionString: server.url() })
  await client.connect()
  clients.push(client)
  // The library would warn of statements at once, which the database has connections for.
  let last: Promise<unknown> = Promise.resolve()
  const query: Database['query'] = (text, values = []) => {
    const result = last.then(async () => (await client.query(text, [...values])).rows)
    last = result.catch(() => undefined)
    return result
  }
  return new SharedNotes({ query }, MAX_NOTES)
}

let shared: NotesStore

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'notes-'))
  server = await startPostgres()
  const [one, other] = [await connect(), await connect()]
  await clients[0]!.query(migration.sql)
  shared = { one: (...place) => one.of(...place), other: (...place) => other.of(...place) }
})

afterAll(async () => {
  await Promise.all(clients.map((client) => client.end()))
  await server.end()
  rmSync(folder, { recursive: true })
})

const inFolder = (...place: readonly [Parameters<NotesStore['one']>[0], string]) =>
  new LocalNotes(folder, ...place, MAX_NOTES)

describeNotes('a folder', () => ({ one: inFolder, other: inFolder }))
describeNotes('PostgreSQL', () => shared)

it('files and rows reveal neither owners nor keys', async () => {
  await inFolder('pending', 'somebody').put('secret-token', 'text', 60)
  await shared.one('pending', 'somebody').put('secret-token', 'text', 60)
  const files = readdirSync(join(folder, 'notes', 'pending')).map((name) =>
    join(folder, 'notes', 'pending', name),
  )
  const { rows } = await clients[0]!.query('select * from notes')
  const kept = JSON.stringify([files, files.map((path) => readFileSync(path, 'utf8')), rows])
  expect(kept).toContain('text')
  expect(kept).not.toMatch(/secret-token|somebody/)
  for (const path of files) expect(statSync(path).mode & 0o777).toBe(0o600)
})

it('a note whose response was lost is added once, and that is reported', async () => {
  const client = clients[0]!
  let lost = 1
  const notes = new SharedNotes({
    async query(text, values = []) {
      for (;;) {
        const { rows } = await client.query(text, [...values])
        if (lost-- > 0) continue
        return rows
      }
    },
  }).of('used', 'a lost response')
  expect(await notes.add('key', '', 60)).toBe(true)
  expect(await notes.add('key', '', 60)).toBe(false)
})

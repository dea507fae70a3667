/** The airports in and out of an emulator that fails now and then. */
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Client, createClient } from '@chatlayer-tables/core'
import { type Emulator, startEmulator } from '@chatlayer-tables/emulator'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { exportTable, type ImportTarget, importFile, JobStore } from '../src/index.ts'

const AIRPORTS = fileURLToPath(
  new URL('../node_modules/vega-datasets/data/airports.csv', import.meta.url),
)

const COLUMNS = ['iata', 'name', 'city', 'state', 'country', 'latitude', 'longitude']

let folder: string
let emulator: Emulator
let client: Client

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'transfer-faults-'))
})

beforeEach(async () => {
  const columns = COLUMNS.map((name) => ({
    name,
    type: name.endsWith('itude') ? 'numeric' : 'text',
  }))
  emulator = await startEmulator({ tables: [{ name: 'airports', columns }] })
  client = createClient({
    token: emulator.token,
    baseUrl: emulator.url,
    teamId: emulator.teamId,
    botId: emulator.botId,
  })
})

afterEach(async () => {
  await client.close()
  await emulator.close()
})

afterAll(() => rm(folder, { recursive: true }))

/** What an import takes besides its table and its file. */
function importing(path: string) {
  const { origin, teamId, botId } = client.connection
  return {
    connection: { origin, teamId, botId },
    store: new JobStore(join(folder, 'jobs')),
    input: { path },
    settings: { mode: 'insert' },
  } as const
}

async function sortedLines(file: string): Promise<string[]> {
  return (await readFile(file, 'utf8')).split('\n').toSorted()
}

it('loses and doubles nothing', { timeout: 180_000 }, async () => {
  emulator.faults.set([
    { kind: 'reset', when: 'before', rate: 0.01 },
    { kind: 'reset', when: 'after', rate: 0.01 },
    { kind: 'status', status: 503, when: 'after', rate: 0.01 },
  ])
  const [source, copy] = [join(folder, 'airports.csv'), join(folder, 'copy.csv')]
  await copyFile(AIRPORTS, source)
  const table = client.table('airports')

  const report = await importFile({ table, ...importing(source) })
  expect(report).toMatchObject({ read: 3376, ok: 3376, rejected: 0, unknown: 0, unsent: 0 })
  expect(emulator.tables.count('airports')).toBe(3376)

  const exported = await exportTable({ table, to: { path: copy } })
  expect(exported).toMatchObject({ table: 'airports', records: 3376, columns: COLUMNS })
  expect(await sortedLines(copy)).toEqual(await sortedLines(AIRPORTS))
  expect((await readdir(folder)).toSorted()).toEqual(['airports.csv', 'copy.csv', 'jobs'])
})

it('an export that is interrupted leaves no file under its name', async () => {
  const records = Array.from({ length: 1000 }, (_, index) => ({ iata: `${index}` }))
  emulator.tables.insert('airports', records)
  const stop = new AbortController()
  const file = join(folder, 'broken.csv')
  const before = await readdir(folder)
  const exporting = exportTable({
    table: client.table('airports'),
    to: { path: file },
    signal: stop.signal,
    onProgress: () => stop.abort(new Error('enough')),
  })
  await expect(exporting).rejects.toThrow('enough')
  expect(await readdir(folder)).toEqual(before)
})

it('holds a few rows in memory, however long the file is', { timeout: 180_000 }, async () => {
  const file = join(folder, 'long.csv')
  await writeFile(file, `iata\n${'x\n'.repeat(20_000)}`)
  let taken = 0
  let mostAhead = 0
  const table = client.table('airports')
  const insertMany: ImportTarget['insertMany'] = (rows, options) => {
    async function* counted() {
      for await (const row of rows) {
        taken++
        yield row
      }
    }
    return table.insertMany(counted(), options)
  }
  const watched: ImportTarget = {
    version: table.version,
    preview: table.preview,
    definition: table.definition.bind(table),
    count: table.count.bind(table),
    gatewayMoment: table.gatewayMoment.bind(table),
    records: table.records.bind(table),
    upsert: table.upsert.bind(table),
    deleteById: table.deleteById.bind(table),
    insertMany,
  }
  await importFile({
    table: watched,
    ...importing(file),
    onProgress: ({ ok }) => {
      mostAhead = Math.max(mostAhead, taken - ok)
    },
  })
  expect(taken).toBe(20_000)
  expect(mostAhead).toBeLessThan(2_000)
})

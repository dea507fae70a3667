/**
 * Files that other people made: types inferred, a table made for them, imported, exported in every
 * format, compared. `WHOLE_FILES=1` takes all rows of the large ones.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { canonicalValue, createClient, type Table } from '@chatlayer-tables/core'
import { startEmulator } from '@chatlayer-tables/emulator'
import { cellReader, FORMAT_NAMES, inferColumns, openSource } from '@chatlayer-tables/files'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exportTable, importFile, JobStore } from '../src/index.ts'

const VEGA = fileURLToPath(new URL('../node_modules/vega-datasets/data/', import.meta.url))
const SPECTRUM = join(
  dirname(fileURLToPath(new URL('../node_modules/csv-spectrum/package.json', import.meta.url))),
  'csvs',
)

const MAX_ROWS = process.env.WHOLE_FILES ? undefined : 1_000

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'files-round-trip-'))
})

afterAll(() => rm(folder, { recursive: true }))

/** All rows of a file as what they mean in the columns of a table, in an order of their own. */
async function contentOf(path: string, table: Table): Promise<string[]> {
  const source = await openSource({ path })
  const read = cellReader()
  const places = table.columns.map(({ name }) => source.header.indexOf(name))
  const rows: string[] = []
  for await (const { cells } of source.rows) {
    const values = table.columns.map(({ name, type }, index) => {
      const value = read(cells[places[index] ?? -1] ?? null, type as 'text', name)
      return canonicalValue(value, name, table)
    })
    rows.push(JSON.stringify(values))
  }
  return rows.toSorted()
}

async function roundTrip(path: string): Promise<void> {
  const { columns, rows, problems } = await inferColumns(await openSource({ path }))
  expect(problems).toEqual([])
  const named = columns.map(({ name, type }) => ({ name: name ?? '', type }))
  const table = { name: 'file', columns: named }
  await using emulator = await startEmulator({ tables: [table] })
  const { url: baseUrl, token, teamId, botId } = emulator
  await using client = createClient({ baseUrl, token, teamId, botId })
  const handle = client.table('file')
  const report = await importFile({
    table: handle,
    connection: { origin: client.connection.origin, teamId, botId },
    store: new JobStore(join(folder, 'jobs')),
    input: { path },
    settings: { mode: 'insert' },
  })
  expect(report).toMatchObject({ finished: true, read: rows, ok: rows })
  const definition = await handle.definition()
  const content = await contentOf(path, definition)
  for (const format of FORMAT_NAMES) {
    const copy = join(folder, `copy.${format}`)
    await exportTable({ table: handle, to: { path: copy } })
    expect(await contentOf(copy, definition), format).toEqual(content)
  }
}

describe('vega-datasets', () => {
  it.each(['airports.csv', 'zipcodes.csv', 'birdstrikes.csv'])(
    '%s',
    async (name) => {
      const lines = (await readFile(join(VEGA, name), 'utf8')).split('\n')
      const path = join(folder, name)
      await writeFile(path, lines.slice(0, MAX_ROWS).join('\n'))
      await roundTrip(path)
    },
    300_000,
  )

  it('movies.json', async () => {
    const movies: unknown[] = JSON.parse(await readFile(join(VEGA, 'movies.json'), 'utf8'))
    const path = join(folder, 'movies.json')
    await writeFile(path, JSON.stringify(movies.slice(0, MAX_ROWS)))
    await roundTrip(path)
  }, 300_000)
})

describe('csv-spectrum', async () => {
  it.each(await readdir(SPECTRUM))('%s', (name) => roundTrip(join(SPECTRUM, name)), 60_000)
})

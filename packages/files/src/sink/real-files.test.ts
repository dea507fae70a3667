/** Files that other people made: read, written in every format, read again. */
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ColumnType } from '@chatlayer-tables/contract'
import type { Values } from '@chatlayer-tables/core'
import { describe, expect, it } from 'vitest'
import { Collector, readAll } from '../../test/reading.ts'
import { FORMAT_NAMES, type FormatName } from '../formats/format-facts.ts'
import { inferColumns } from '../infer/infer.ts'
import { openSource } from '../source/open-source.ts'
import { cellToValue } from '../values/read-cell.ts'
import { createSink, type SinkColumn } from './sink.ts'

const SPECTRUM = dirname(
  fileURLToPath(new URL('../../node_modules/csv-spectrum/package.json', import.meta.url)),
)
const VEGA = dirname(
  fileURLToPath(new URL('../../node_modules/vega-datasets/data/airports.csv', import.meta.url)),
)

interface Content {
  readonly columns: readonly SinkColumn[]
  readonly records: readonly Values[]
}

async function read(
  content: Buffer,
  name: string,
  typeOf: (name: string) => ColumnType,
): Promise<Content> {
  const { header, rows, error } = await readAll(content, { name })
  expect(error).toBeUndefined()
  const columns = header.map((title) => ({ name: title ?? '', type: typeOf(title ?? '') }))
  const records = rows.map(({ cells, problem }) => {
    expect(problem).toBeUndefined()
    const entries = columns.map((column, index) => [
      column.name,
      cellToValue(cells[index] ?? null, column.type, column.name),
    ])
    return Object.fromEntries(entries) as Values
  })
  return { columns, records }
}

async function write(format: FormatName, { columns, records }: Content): Promise<Buffer> {
  const out = new Collector()
  const sink = createSink(format, columns, out)
  await sink.write(records)
  await sink.end()
  return out.bytes
}

const SPECTRUM_FILES = (await readdir(join(SPECTRUM, 'csvs'))).map((file) => file.slice(0, -4))

/** Whose expectation is one object, with another telephone number than the file has. */
const MISPRINT = 'location_coordinates'

const asItStands = (expected: unknown) => [
  { ...(expected as object), 'Contact Phone Number': '2095257564' },
]

describe('csv-spectrum', () => {
  it('is all there', () => {
    expect(SPECTRUM_FILES).toHaveLength(12)
  })

  it.each(SPECTRUM_FILES)('%s is read as it says, and kept through every format', async (name) => {
    const file = await readFile(join(SPECTRUM, 'csvs', `${name}.csv`))
    const expected: unknown = JSON.parse(
      await readFile(join(SPECTRUM, 'json', `${name}.json`), 'utf8'),
    )
    const content = await read(file, `${name}.csv`, () => 'text')
    expect(content.records).toEqual(name === MISPRINT ? asItStands(expected) : expected)
    for (const format of FORMAT_NAMES) {
      const bytes = await write(format, content)
      expect(await read(bytes, `${name}.${format}`, () => 'text'), format).toEqual(content)
    }
  })
})

describe('vega-datasets', () => {
  it.each([
    ['airports.csv', 3376, { iata: 'text', latitude: 'numeric' }],
    ['zipcodes.csv', 42_049, { zip_code: 'text', latitude: 'numeric', city: 'text' }],
    [
      'birdstrikes.csv',
      10_000,
      { 'Flight Date': 'timestamp', 'Cost Total $': 'int', 'Speed IAS in knots': 'int' },
    ],
    ['unemployment.tsv', 3218, { id: 'int', rate: 'numeric' }],
    [
      'movies.json',
      3201,
      { Title: 'text', 'IMDB Rating': 'numeric', 'Release Date': 'timestamp', 'US Gross': 'int' },
    ],
    ['seattle-weather.csv', 1461, { date: 'timestamp', precipitation: 'numeric', weather: 'text' }],
    ['cars.json', 406, { Name: 'text', Miles_per_Gallon: 'numeric', Year: 'timestamp' }],
  ])('%s gets types under which every format keeps all of it', async (name, rows, types) => {
    const file = await readFile(join(VEGA, name))
    const inference = await inferColumns(await openSource({ path: join(VEGA, name) }))
    expect(inference).toMatchObject({ rows, problems: [] })
    const inferred = new Map(inference.columns.map((column) => [column.name, column.type]))
    for (const [column, type] of Object.entries(types)) {
      expect(inferred.get(column), column).toBe(type)
    }
    const content = await read(file, name, (column) => inferred.get(column) ?? 'text')
    const csv = await write('csv', content)
    for (const format of FORMAT_NAMES) {
      const bytes = await write(format, content)
      const again = await read(bytes, `x.${format}`, (column) => inferred.get(column) ?? 'text')
      expect(again.columns, format).toEqual(content.columns)
      expect((await write(format, again)).equals(bytes), format).toBe(true)
      expect((await write('csv', again)).equals(csv), format).toBe(true)
    }
  })

  it('movies.json has titles of both kinds, which are text', async () => {
    const file = await readFile(join(VEGA, 'movies.json'))
    const { records } = await read(file, 'movies.json', (name) =>
      name === 'Title' ? 'text' : 'jsonb',
    )
    const titles = records.map(({ Title }) => Title)
    const given = (JSON.parse(file.toString()) as { Title: unknown }[]).map(({ Title }) => Title)
    expect(given.some((title) => typeof title === 'number')).toBe(true)
    expect(titles).toEqual(given.map((title) => (title === null ? null : String(title))))
  })
})

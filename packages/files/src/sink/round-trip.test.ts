/** What a sink writes, a source and its cells read back to the same records. */
import type { Values } from '@chatlayer-tables/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Collector, readAll } from '../../test/reading.ts'
import { type SampleTable, sampleTable } from '../../test/sample-tables.ts'
import { FORMAT_FACTS, FORMAT_NAMES, type FormatName } from '../formats/format-facts.ts'
import { cellReader, cellToValue } from '../values/read-cell.ts'
import { valueToCell } from '../values/write-cell.ts'
import { createSink, type DelimitedOptions, type SinkColumn } from './sink.ts'

async function write(
  format: FormatName,
  { columns, records }: SampleTable,
  options?: DelimitedOptions,
): Promise<Buffer> {
  const out = new Collector()
  const sink = createSink(format, columns, out, options)
  const half = records.length >> 1
  await sink.write(records.slice(0, half))
  await sink.write(records.slice(half))
  await sink.end()
  return out.bytes
}

async function readBack(
  format: FormatName | undefined,
  bytes: Buffer,
  columns: readonly SinkColumn[],
  readCell = cellToValue,
) {
  const source = await readAll(bytes, { name: `x.${format ?? 'csv'}` })
  expect(source.error).toBeUndefined()
  if (format !== undefined) expect(source.format).toBe(format)
  const places = columns.map(({ name }) => source.header.indexOf(name))
  const records = source.rows.map(({ cells, problem }) => {
    expect(problem).toBeUndefined()
    expect(cells).toHaveLength(columns.length)
    const entries = columns.map(({ name, type }, index) => [
      name,
      readCell(cells[places[index] ?? -1] ?? null, type, name),
    ])
    return Object.fromEntries(entries) as Values
  })
  return { header: source.header, records }
}

/** Values as their canonical text, so that 5, 5n and "5" of an int column are the same. */
function canonical({ columns, records }: SampleTable): (string | null)[][] {
  return records.map((values) => columns.map(({ name, type }) => valueToCell(values[name], type)))
}

it.each<DelimitedOptions>([
  { bom: true },
  { delimiter: '^' },
  { bom: true, delimiter: ';', decimal: ',' },
  { delimiter: '|', decimal: ',' },
])('a table as CSV with %j is read back as it was', async (options) => {
  await fc.assert(
    fc.asyncProperty(sampleTable, async (written) => {
      const bytes = await write('csv', written, options)
      const read = cellReader({ decimal: options.decimal })
      const { records } = await readBack(undefined, bytes, written.columns, read)
      expect(canonical({ columns: written.columns, records })).toEqual(canonical(written))
    }),
    { numRuns: 100 },
  )
})

it('names a column that is its delimiter', async () => {
  const written = { columns: [{ name: '^', type: 'text' as const }], records: [{ '^': null }] }
  const bytes = await write('csv', written, { delimiter: '^' })
  expect((await readBack(undefined, bytes, written.columns)).records).toEqual(written.records)
})

describe.each([...FORMAT_NAMES])('a table as %s', (format) => {
  it('is read back as it was', async () => {
    await fc.assert(
      fc.asyncProperty(sampleTable, async (written) => {
        const bytes = await write(format, written)
        const { header, records } = await readBack(format, bytes, written.columns)
        expect([...header].sort()).toEqual(written.columns.map((column) => column.name).sort())
        const read = { columns: written.columns, records }
        expect(canonical(read)).toEqual(canonical(written))
        expect(await write(format, read)).toEqual(bytes)
      }),
      { numRuns: 300 },
    )
  })

  it('may hold no records', async () => {
    const columns: SinkColumn[] = [{ name: 'a', type: 'text' }]
    const bytes = await write(format, { columns, records: [] })
    if (FORMAT_FACTS[format].mayBeEmpty) return expect(bytes).toHaveLength(0)
    expect((await readAll(bytes)).rows).toEqual([])
  })
})

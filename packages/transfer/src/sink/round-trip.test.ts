/** What a sink writes, a source and its cells read back to the same records. */
import { COLUMN_TYPES, type ColumnType } from '@chatlayer-tables/contract'
import type { Value, Values } from '@chatlayer-tables/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Collector, readAll } from '../../test/reading.ts'
import { SOURCE_FORMATS, type SourceFormat } from '../source/source.ts'
import { cellToValue } from '../values/read-cell.ts'
import { valueToCell } from '../values/write-cell.ts'
import { createSink, type SinkColumn } from './sink.ts'

interface Table {
  readonly columns: readonly SinkColumn[]
  readonly records: readonly Values[]
}

async function write(format: SourceFormat, { columns, records }: Table): Promise<Buffer> {
  const out = new Collector()
  const sink = createSink(format, columns, out)
  const half = records.length >> 1
  await sink.write(records.slice(0, half))
  await sink.write(records.slice(half))
  await sink.end()
  return out.bytes
}

async function readBack(format: SourceFormat, bytes: Buffer, columns: readonly SinkColumn[]) {
  const source = await readAll(bytes, { name: `x.${format}` })
  expect(source.error).toBeUndefined()
  expect(source.format).toBe(format)
  const places = columns.map(({ name }) => source.header.indexOf(name))
  const records = source.rows.map(({ cells, trouble }) => {
    expect(trouble).toBeUndefined()
    expect(cells).toHaveLength(columns.length)
    const entries = columns.map(({ name, type }, index) => [
      name,
      cellToValue(cells[places[index] ?? -1] ?? null, type, name),
    ])
    return Object.fromEntries(entries) as Values
  })
  return { header: source.header, records }
}

/** Values as the text that stands for them, so that 5, 5n and "5" of an int column are the same. */
function canonical({ columns, records }: Table): (string | null)[][] {
  return records.map((values) => columns.map(({ name, type }) => valueToCell(values[name], type)))
}

const text = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  fc.constantFrom(
    '',
    ' ',
    '"',
    '\r',
    '\n',
    '\r\n',
    'a\u0000b',
    '_x0041_',
    '_x',
    '=1+1',
    '-5',
    '00501',
  ),
  fc.constantFrom(
    '1e5',
    'TRUE',
    'null',
    '[1]',
    '{"a":1}',
    "'",
    '<&>',
    ']]>',
    '\ufeff',
    '\uffff',
    '😀',
  ),
)

const int = fc.oneof(fc.integer().map(String), fc.bigInt().map(String))

const numeric = fc
  .tuple(int, fc.string({ unit: fc.constantFrom('0', '1', '5', '9'), maxLength: 18 }))
  .map(([whole, fraction]) => (fraction === '' ? whole : `${whole}.${fraction}`))

const timestamp = fc
  .tuple(
    fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
    fc.constantFrom('', '001', '500'),
  )
  .map(([date, micros]) => `${date.toISOString().slice(0, -1)}${micros}Z`)

const json: fc.Arbitrary<Value> = fc
  .jsonValue({ maxDepth: 2 })
  .map((value) => JSON.parse(JSON.stringify(value)) as Value)
  .filter((value) => value !== null)

const valuesOf: Readonly<Record<ColumnType, fc.Arbitrary<Value>>> = {
  text,
  int,
  numeric,
  bool: fc.boolean(),
  uuid: fc.uuid(),
  timestamp,
  jsonb: fc.oneof(json, fc.constant({ n: 9007199254740993n })),
}

const name = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
  fc.constantFrom(
    'sep=;',
    '[a',
    '[{',
    '{"x"',
    'a;b',
    'a|b,c',
    '\ufeffx',
    'a\nb',
    '"',
    ' a ',
    '__proto__',
    '1',
  ),
)

const table: fc.Arbitrary<Table> = fc
  .uniqueArray(fc.record({ name, type: fc.constantFrom<ColumnType>(...COLUMN_TYPES) }), {
    minLength: 1,
    maxLength: 5,
    selector: (column) => column.name,
  })
  .filter((columns) => columns.every((column) => column.name.trim() !== ''))
  .chain((columns) => {
    const record = fc
      .tuple(...columns.map(({ type }) => fc.option(valuesOf[type], { freq: 4 })))
      .map(
        (values): Values =>
          Object.fromEntries(columns.map((column, index) => [column.name, values[index] ?? null])),
      )
    return fc.record({
      columns: fc.constant(columns),
      records: fc.array(record, { minLength: 1, maxLength: 6 }),
    })
  })

describe.each([...SOURCE_FORMATS])('a table as %s', (format) => {
  it('is read back as it was', async () => {
    await fc.assert(
      fc.asyncProperty(table, async (written) => {
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
    if (format === 'ndjson') return expect(bytes).toHaveLength(0)
    expect((await readAll(bytes)).rows).toEqual([])
  })
})

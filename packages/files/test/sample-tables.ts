/** Tables with columns of every type and values that are hard to keep. */
import { COLUMN_TYPES, type ColumnType } from '@chatlayer-tables/contract'
import type { Value, Values } from '@chatlayer-tables/core'
import type { SinkColumn } from '@chatlayer-tables/files'
import fc from 'fast-check'

export interface SampleTable {
  readonly columns: readonly SinkColumn[]
  readonly records: readonly Values[]
}

const text = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .string({ unit: 'binary', maxLength: 12 })
      // No table stores NUL, and no file with it is imported.
      .map((letters) => letters.replaceAll('\0', '')),
  },
  fc.constantFrom('', ' ', '"', '\r', '\n', '\r\n', '_x0041_', '_x', '=1+1', '-5', '00501'),
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

const int = fc
  .oneof(fc.integer(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))
  .map(String)

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

export const sampleTable: fc.Arbitrary<SampleTable> = fc
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

/** Finds a key column of two tables by their first records. */
import { type ColumnType, columnTypeOf } from '@chatlayer-tables/contract'
import {
  type CallOptions,
  canonicalValue,
  type Table,
  type TableRecord,
} from '@chatlayer-tables/core'
import type { ComparedTable } from './compare-types.ts'

/** Records that are read of each table. */
const SAMPLE = 200

/** How well a name or a type promises a key, the best first. */
const PROMISES: readonly ((name: string, type: ColumnType | undefined) => boolean)[] = [
  (name) => /(?:^|[^a-z])(?:id|key|code|sku|slug|uuid|nr|number|nummer|num[eé]ro)$/i.test(name),
  (name, type) =>
    type === 'text' && /name|naam|nom|title|tit[er]|e-?mail|question|vraag/i.test(name),
  (_, type) => type === 'uuid',
  (_, type) => type === 'text',
  (_, type) => type === 'int',
]

/** A column has at least this share of the values in common that the best one has. */
const MIN_SHARE = 0.25

/**
 * The column that tells the first records of both tables apart, that both have values of in common,
 * and that is most like a key; undefined where there is none.
 *
 * @param columns names of those to choose from
 */
export async function findKey(
  a: ComparedTable,
  b: ComparedTable,
  columns: readonly string[],
  call: CallOptions = {},
): Promise<string | undefined> {
  const [one, other] = await Promise.all([sampleOf(a, call), sampleOf(b, call)])
  const candidates = columns.flatMap((name) => {
    const type = typeIn(one.definition, name)
    const promise = PROMISES.findIndex((keeps) => keeps(name, type))
    const [its, others] = [valuesOf(one, name), valuesOf(other, name)]
    if (promise < 0 || its === undefined || others === undefined) return []
    const shared = [...its].filter((value) => others.has(value)).length
    return [{ name, shared, promise }]
  })
  const most = Math.max(...candidates.map(({ shared }) => shared))
  return candidates
    .filter(({ shared }) => shared >= most * MIN_SHARE)
    .sort((x, y) => x.promise - y.promise)
    .at(0)?.name
}

function typeIn({ columns }: Table, name: string): ColumnType | undefined {
  return columnTypeOf(columns.find((column) => column.name === name)?.type ?? '')
}

interface Sample {
  readonly definition: Table
  readonly records: readonly TableRecord[]
}

async function sampleOf(table: ComparedTable, call: CallOptions): Promise<Sample> {
  const definition = await table.definition(call)
  const records: TableRecord[] = []
  for await (const record of table.records({ limit: SAMPLE }, call)) records.push(record)
  return { definition, records }
}

/** The values of a column; undefined where it cannot be a key. */
function valuesOf({ definition, records }: Sample, name: string): Set<string> | undefined {
  const values = new Set<string>()
  for (const record of records) {
    const value = canonicalValue(record.values[name], name, definition)
    if (value === null || values.has(value)) return undefined
    values.add(value)
  }
  return values
}

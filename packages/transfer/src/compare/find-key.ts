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

const KEY_TYPES: ReadonlySet<ColumnType | undefined> = new Set(['text', 'int', 'uuid'])

/** Names that promise a key. */
const KEY_NAME = /(?:^|[^a-z])(?:id|key|code|sku|slug|uuid|nr)$/i

/**
 * The column that tells the first records of both tables apart and of which they have most values in
 * common; undefined where no column does.
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
  const candidates = columns.flatMap((name, place) => {
    const [its, others] = [valuesOf(one, name), valuesOf(other, name)]
    if (its === undefined || others === undefined || its.size + others.size === 0) return []
    const shared = [...its].filter((value) => others.has(value)).length
    return [{ name, shared, named: Number(KEY_NAME.test(name)), place }]
  })
  candidates.sort((x, y) => y.shared - x.shared || y.named - x.named || x.place - y.place)
  return candidates[0]?.name
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
  const type = definition.columns.find((column) => column.name === name)?.type ?? ''
  if (!KEY_TYPES.has(columnTypeOf(type))) return undefined
  const values = new Set<string>()
  for (const record of records) {
    const value = canonicalValue(record.values[name], name, definition)
    if (value === null || values.has(value)) return undefined
    values.add(value)
  }
  return values
}

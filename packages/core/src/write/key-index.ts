/** The records of a table by their key, read once for many rows in place of a lookup for each. */
import type { Table } from '@chatlayer-tables/contract'
import { TableChangedError } from '../errors.ts'
import { RecordQuery } from '../query/record-query.ts'
import type { CallOptions, TableRecord, Values } from '../types.ts'
import { columnsOf } from '../values/table-shape.ts'
import { canonicalValue } from './same-values.ts'
import type { WriteContext } from './write-context.ts'

/** A table of more records is not read; so many take some 50 MB. */
const MAX_RECORDS = 50_000
/** What others write meanwhile is seen after this long. */
const MAX_AGE_MS = 60_000

/**
 * A text that two rows have in common exactly when their keys are equal, as the columns' types mean
 * it: 1.0 and 1 are one key. Undefined for a row that has no value in a column of the key.
 */
export function keyText(values: Values, key: readonly string[], table: Table): string | undefined {
  const parts = key.map((column) =>
    Object.hasOwn(values, column) ? canonicalValue(values[column], column, table) : null,
  )
  return parts.includes(null) ? undefined : JSON.stringify(parts)
}

type RecordsByKey = ReadonlyMap<string, readonly TableRecord[]>

/** A table read as a whole, and after a while again, for as long as that pays. */
export interface KeyIndex {
  /** The records of a key, two of them at most; undefined where it has to be looked up. */
  find(key: string): Promise<readonly TableRecord[] | undefined>
  /** Notes that a record of this key was written, or may have been. */
  noteWritten(key: string): void
}

/**
 * @param read undefined where the table cannot be kept
 * @param worthRows the number of rows for which reading costs less than looking each of them up
 * @param now milliseconds of a clock that only goes forward
 */
export async function createKeyIndex(
  read: () => Promise<RecordsByKey | undefined>,
  worthRows: number,
  now: () => number = () => performance.now(),
): Promise<KeyIndex> {
  let records: RecordsByKey | undefined
  let readAt = 0
  let reading: Promise<void> | undefined
  let asked = 0
  /** Keys that this client wrote since the reading began, and between the one before and it. */
  let written = new Set<string>()
  let writtenBefore = written

  async function load(): Promise<void> {
    writtenBefore = written
    written = new Set()
    asked = 0
    readAt = now()
    records = undefined
    records = await read()
  }

  await load()
  return {
    async find(key) {
      asked++
      const isOld = now() - readAt > MAX_AGE_MS || written.size > MAX_RECORDS
      if (records !== undefined && isOld) {
        records = undefined
        // What keeps the table from being read shows when rows are looked up.
        if (asked >= worthRows) reading = load().catch(() => {})
      }
      await reading
      const mustLook = written.has(key) || writtenBefore.has(key)
      return records === undefined || mustLook ? undefined : (records.get(key) ?? [])
    },
    noteWritten: (key) => written.add(key),
  }
}

/**
 * An index for an upsert whose input begins with so many rows, where reading the table takes fewer
 * requests than looking these rows up.
 */
export async function indexForRows(
  context: WriteContext,
  table: Table,
  key: readonly string[],
  rows: number,
  { signal }: CallOptions,
): Promise<KeyIndex | undefined> {
  const isComparable = key.every((column) => {
    const type = columnsOf(table).get(column)?.known
    return type !== undefined && type !== 'jsonb'
  })
  if (!isComparable || rows <= 2) return undefined
  const everything = new RecordQuery(context, {}, { signal })
  const { requests, total } = await everything.explain()
  if (total === undefined || total > MAX_RECORDS || requests.expected + 1 >= rows) return undefined
  return createKeyIndex(() => readByKey(everything, key, table), requests.expected)
}

async function readByKey(
  everything: RecordQuery,
  key: readonly string[],
  table: Table,
): Promise<RecordsByKey | undefined> {
  const byKey = new Map<string, TableRecord[]>()
  let count = 0
  try {
    for await (const record of everything) {
      if (++count > MAX_RECORDS) return undefined
      const text = keyText(record.values, key, table)
      if (text === undefined) continue
      const others = byKey.get(text)
      if (others === undefined) byKey.set(text, [record])
      else if (others.length < 2) others.push(record)
    }
  } catch (error) {
    // Rows are looked up then, each when its turn comes.
    if (error instanceof TableChangedError) return undefined
    throw error
  }
  return byKey
}

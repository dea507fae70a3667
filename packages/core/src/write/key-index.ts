/** The records of a table by their key, read once for many rows instead of one search per row. */
import type { Table } from '@chatlayer-tables/contract'
import { TableChangedError } from '../errors.ts'
import { RecordQuery } from '../query/record-query.ts'
import type { CallOptions, TableRecord, Values } from '../types.ts'
import { columnsOf } from '../values/table-shape.ts'
import { canonicalValue } from './same-values.ts'
import type { WriteContext } from './write-context.ts'

/** Larger tables are not read; this number takes about 50 MB. */
const MAX_RECORDS = 50_000
/** Writes by others are seen after this time. */
const MAX_AGE_MS = 60_000

/**
 * A text that is the same for two rows exactly when their keys are equal, by the meaning of the
 * columns' types: 1.0 and 1 are one key. Undefined for a row without a value in a column of the
 * key.
 */
export function keyText(values: Values, key: readonly string[], table: Table): string | undefined {
  const parts = key.map((column) =>
    Object.hasOwn(values, column) ? canonicalValue(values[column], column, table) : null,
  )
  return parts.includes(null) ? undefined : JSON.stringify(parts)
}

type RecordsByKey = ReadonlyMap<string, readonly TableRecord[]>

/** A table that is read as a whole, and again after a while, as long as that is cheaper. */
export interface KeyIndex {
  /** The records of a key, at most two; undefined where a search is needed. */
  find(key: string): Promise<readonly TableRecord[] | undefined>
  /** Records that a record of this key was written, or may have been. */
  noteWritten(key: string): void
}

/**
 * @param read resolves to undefined where the table cannot be kept
 * @param worthRows number of rows for which reading costs less than one search per row
 * @param now milliseconds of a monotonic clock
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
  /**
   * Keys that this client wrote since the read started, and between the previous read and this one.
   */
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
        // An error that prevents reading the table appears again when rows are searched for.
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
 * Creates an index for an upsert whose input begins with this many rows, where reading the table
 * takes fewer requests than one search per row.
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
    // The rows are then searched for one by one.
    if (error instanceof TableChangedError) return undefined
    throw error
  }
  return byKey
}

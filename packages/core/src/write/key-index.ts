/** The records of a table by their key, read once for many rows in place of a lookup for each. */
import type { Table } from '@chatlayer-tables/contract'
import { TableChangedError } from '../errors.ts'
import { RecordQuery } from '../query/record-query.ts'
import type { CallOptions, TableRecord, Values } from '../types.ts'
import { columnsOf } from '../values/table-shape.ts'
import { canonicalValue } from './same-values.ts'
import type { WriteContext } from './write-context.ts'

/** A table of more records is not read; so many take some 50 MB. */
const MOST_RECORDS = 50_000
/** What others write meanwhile is seen after this long. */
const MOST_AGE_MS = 60_000

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
export class KeyIndex {
  readonly #read: () => Promise<RecordsByKey | undefined>
  readonly #worthRows: number
  #records: RecordsByKey | undefined
  #readAt = Number.NEGATIVE_INFINITY
  #reading: Promise<void> | undefined
  #asked = 0
  /** Keys that this client wrote since the reading began, and between the one before and it. */
  #written = new Set<string>()
  #writtenBefore: ReadonlySet<string> = new Set()

  /**
   * @param read undefined where the table cannot be kept
   * @param worthRows the number of rows for which reading costs less than looking each of them up
   */
  constructor(read: () => Promise<RecordsByKey | undefined>, worthRows: number) {
    this.#read = read
    this.#worthRows = worthRows
  }

  /** Reads the table. */
  async load(): Promise<void> {
    this.#reading ??= this.#load()
    try {
      await this.#reading
    } finally {
      this.#reading = undefined
    }
  }

  async #load(): Promise<void> {
    this.#writtenBefore = this.#written
    this.#written = new Set()
    this.#asked = 0
    this.#records = undefined
    const startedAt = performance.now()
    this.#records = await this.#read()
    this.#readAt = startedAt
  }

  /** The records of a key, two of them at most; undefined where it has to be looked up. */
  async find(key: string): Promise<readonly TableRecord[] | undefined> {
    this.#asked++
    if (this.#isOutdated()) await this.load().catch(() => undefined)
    else await this.#reading?.catch(() => undefined)
    if (this.#records === undefined) return undefined
    if (this.#written.has(key) || this.#writtenBefore.has(key)) return undefined
    return this.#records.get(key) ?? []
  }

  /** Gives the index up where too few rows have used it. */
  #isOutdated(): boolean {
    if (this.#records === undefined) return false
    const isOld = performance.now() - this.#readAt > MOST_AGE_MS
    if (!isOld && this.#written.size <= MOST_RECORDS) return false
    if (this.#asked < this.#worthRows) this.#records = undefined
    return this.#records !== undefined
  }

  /** Notes that a record of this key was written, or may have been. */
  noteWritten(key: string): void {
    if (this.#records !== undefined || this.#reading !== undefined) this.#written.add(key)
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
  if (total === undefined || total > MOST_RECORDS || requests.expected + 1 >= rows) return undefined
  const index = new KeyIndex(() => readByKey(everything, key, table), requests.expected)
  await index.load()
  return index
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
      if (++count > MOST_RECORDS) return undefined
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

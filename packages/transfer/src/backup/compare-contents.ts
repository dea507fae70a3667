/**
 * Whether a table holds what a backup does: records counted by content, as the columns' types mean
 * equality. The counts are in a database that SQLite keeps in a file without a name and drops, so
 * that memory does not grow with them.
 */
import type { Table, TableHandle, Values } from '@chatlayer-tables/core'
import { asStorageError, openTemporaryDatabase, temporaryFolder } from '@chatlayer-tables/local'
import type { StoredRows } from '../job/stored-rows.ts'
import { contentOf } from '../rows/row-content.ts'

const SCHEMA = `
  CREATE TABLE contents (
    content BLOB PRIMARY KEY, balance INTEGER NOT NULL, line INTEGER, stored INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`

/** Maximum number of differing records in the report. */
const NAMED = 10

export interface ContentComparison {
  /** Whether records that only the table has count as a difference. */
  readonly exact: boolean
  /** Records of the table. */
  readonly records: number
  /** Records of the backup that the table lacks, and the lines of some. */
  readonly missing: number
  readonly missingLines: readonly number[]
  /** Records of the table that the backup lacks, and the ids of some; none where that is not a difference. */
  readonly extra: number
  readonly extraIds: readonly string[]
  /** Missing and extra records that the gateway stored otherwise than they were sent. */
  readonly missingStored: number
  readonly extraStored: number
}

export interface CompareOptions {
  readonly kept: AsyncIterable<{ readonly line: number; readonly values: Values }>
  readonly table: Pick<TableHandle, 'records'>
  readonly definition: Table
  /** Those that count. */
  readonly columns: readonly string[]
  readonly exact: boolean
  /** What the gateway stored otherwise, where anything was. */
  readonly stored?: Pick<StoredRows, 'hasLine' | 'hasRecord'> | undefined
  /** Called often, with the records read on both sides; may throw to end it. */
  readonly onProgress: (records: number) => void
  readonly signal: AbortSignal | undefined
}

/** @throws ChatlayerError when the table cannot be read, or kept changing while it was; StorageError */
export async function compareContents(options: CompareOptions): Promise<ContentComparison> {
  const { kept, table, definition, columns, exact, stored, onProgress, signal } = options
  const database = openTemporaryDatabase(SCHEMA)
  try {
    const add = database.prepare(`
      INSERT INTO contents VALUES (?, 1, ?, ?)
      ON CONFLICT DO UPDATE SET balance = balance + 1, stored = stored + excluded.stored
    `)
    const take = database.prepare(`
      INSERT INTO contents VALUES (?, -1, NULL, 0) ON CONFLICT DO UPDATE SET balance = balance - 1
      RETURNING balance
    `)
    let read = 0
    for await (const { line, values } of kept) {
      const content = contentOf(values, columns, definition)
      add.run(content, line, stored?.hasLine(line) ? 1 : 0)
      onProgress(++read)
    }
    let records = 0
    let [extra, extraStored] = [0, 0]
    const extraIds: string[] = []
    for await (const { id, values } of table.records({}, { signal })) {
      records++
      onProgress(++read)
      const balance = take.get(contentOf(values, columns, definition))?.balance
      if (!exact || Number(balance) >= 0) continue
      extra++
      if (stored?.hasRecord(id)) extraStored++
      if (extraIds.length < NAMED) extraIds.push(id)
    }
    const lacking = database
      .prepare(`
        SELECT total(balance) AS count, total(min(balance, stored)) AS stored
        FROM contents WHERE balance > 0
      `)
      .get()
    const missingLines = database
      .prepare(`SELECT line FROM contents WHERE balance > 0 ORDER BY line LIMIT ${NAMED}`)
      .all()
      .map(({ line }) => Number(line))
    const [missing, missingStored] = [Number(lacking?.count), Number(lacking?.stored)]
    return { exact, records, missing, missingLines, extra, extraIds, missingStored, extraStored }
  } catch (error) {
    throw asStorageError(error, temporaryFolder())
  } finally {
    database.close()
  }
}

export function isEqual({ missing, extra }: ContentComparison): boolean {
  return missing + extra === 0
}

/** Whether the table differs by nothing but values that the gateway stored otherwise. */
export function differsAsStored(comparison: ContentComparison): boolean {
  const { missing, extra, missingStored, extraStored } = comparison
  return !isEqual(comparison) && missing === missingStored && extra === extraStored
}

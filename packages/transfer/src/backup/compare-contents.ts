/**
 * Whether a table holds what a backup does: records counted by content, as the columns' types mean
 * equality. The counts stand in a database that SQLite keeps in a file without a name and drops, so
 * that memory does not grow with them.
 */
import { DatabaseSync } from 'node:sqlite'
import type { Table, TableHandle, Values } from '@chatlayer-tables/core'
import { asStorageError, temporaryFolder } from '@chatlayer-tables/local'
import { contentOf } from '../import/row-content.ts'

const SCHEMA = `
  PRAGMA journal_mode = OFF;
  PRAGMA synchronous = OFF;
  CREATE TABLE contents (
    content BLOB PRIMARY KEY, balance INTEGER NOT NULL, line INTEGER
  ) STRICT, WITHOUT ROWID;
  BEGIN;
`

/** So many of the records that differ are named. */
const NAMED = 10

export interface ContentComparison {
  /** Whether records that only the table has count as a difference. */
  readonly exact: boolean
  /** Records of the table. */
  readonly records: number
  /** Records of the backup that the table lacks, and the lines of some. */
  readonly missing: number
  readonly missingLines: readonly number[]
  /** Records of the table that the backup lacks, and the ids of some; none where that is no difference. */
  readonly extra: number
  readonly extraIds: readonly string[]
}

export interface CompareOptions {
  readonly kept: AsyncIterable<{ readonly line: number; readonly values: Values }>
  readonly table: Pick<TableHandle, 'records'>
  readonly definition: Table
  /** Those that count. */
  readonly columns: readonly string[]
  readonly exact: boolean
  /** Called often, with the records read on both sides; may throw to end it. */
  readonly onProgress: (records: number) => void
  readonly signal: AbortSignal | undefined
}

/** @throws ChatlayerError when the table cannot be read, or kept changing while it was; StorageError */
export async function compareContents(options: CompareOptions): Promise<ContentComparison> {
  const { kept, table, definition, columns, exact, onProgress, signal } = options
  const database = new DatabaseSync('')
  try {
    database.exec(SCHEMA)
    const add = database.prepare(`
      INSERT INTO contents VALUES (?, 1, ?) ON CONFLICT DO UPDATE SET balance = balance + 1
    `)
    const take = database.prepare(`
      INSERT INTO contents VALUES (?, -1, NULL) ON CONFLICT DO UPDATE SET balance = balance - 1
      RETURNING balance
    `)
    let read = 0
    for await (const { line, values } of kept) {
      add.run(contentOf(values, columns, definition), line)
      onProgress(++read)
    }
    let records = 0
    let extra = 0
    const extraIds: string[] = []
    for await (const { id, values } of table.records({}, { signal })) {
      records++
      onProgress(++read)
      const balance = take.get(contentOf(values, columns, definition))?.balance
      if (!exact || Number(balance) >= 0) continue
      extra++
      if (extraIds.length < NAMED) extraIds.push(id)
    }
    const lacking = database
      .prepare('SELECT total(balance) AS count FROM contents WHERE balance > 0')
      .get()
    const missingLines = database
      .prepare(`SELECT line FROM contents WHERE balance > 0 ORDER BY line LIMIT ${NAMED}`)
      .all()
      .map(({ line }) => Number(line))
    return { exact, records, missing: Number(lacking?.count), missingLines, extra, extraIds }
  } catch (error) {
    throw asStorageError(error, temporaryFolder())
  } finally {
    database.close()
  }
}

export function isEqual({ missing, extra }: ContentComparison): boolean {
  return missing + extra === 0
}

/** Rows of another source, such as a file, as a table for one query. */
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { ColumnType } from '@chatlayer-tables/contract'
import { type Column, InvalidInputError, type Value } from '@chatlayer-tables/core'
import {
  createPrivateFile,
  ensurePrivateFolder,
  reportStorageErrors,
} from '@chatlayer-tables/local'
import { quoteName, sqlNames } from './names.ts'
import { createTableSql, type ShapeColumn } from './shape.ts'
import { toSql } from './values.ts'

/** Columns, and rows with a value for each of them. */
export interface AttachedRows {
  readonly columns: readonly (Omit<Column, 'type'> & { readonly type?: ColumnType | undefined })[]
  readonly rows: Iterable<readonly Value[]> | AsyncIterable<readonly Value[]>
}

export interface AttachedTable extends AttachedRows {
  /** The table's name in SQL. */
  readonly name: string
}

export interface LoadedTable {
  readonly name: string
  readonly columns: readonly ShapeColumn[]
  /** The number of values by column that SQLite's numbers cannot store exactly. */
  readonly rounded: Readonly<Record<string, number>>
}

/** Further tables for one query, in a file that is deleted with it. */
export class AttachedFile {
  readonly path: string
  readonly tables: LoadedTable[] = []
  readonly #db: DatabaseSync

  constructor(folder: string) {
    ensurePrivateFolder(folder)
    this.path = join(folder, `files-${randomBytes(8).toString('hex')}.db`)
    createPrivateFile(this.path)
    this.#db = new DatabaseSync(this.path)
    this.#db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF')
  }

  /** Stores rows under a unique name. @throws StorageError */
  async load(table: AttachedTable, signal?: AbortSignal): Promise<LoadedTable> {
    if (table.columns.length === 0) {
      throw new InvalidInputError(`"${table.name}" has no columns`, { field: 'files' })
    }
    const held = this.tables.map(({ name }) => name)
    const [unique = table.name] = sqlNames([table.name], held)
    const names = sqlNames(table.columns.map((column) => column.name))
    const columns = table.columns.map(({ type, name: source }, index) => {
      return { name: names[index] ?? source, source, type, masked: false }
    })
    const rounded: Record<string, number> = {}
    this.#storing(() => this.#db.exec(`BEGIN; ${createTableSql({ columns }, quoteName(unique))}`))
    const places = columns.map(() => '?').join(', ')
    const insert = this.#db.prepare(`INSERT INTO ${quoteName(unique)} VALUES (${places})`)
    for await (const row of table.rows) {
      signal?.throwIfAborted()
      const cells = columns.map((column, index) => {
        const cell = toSql(row[index] ?? null, column.type)
        if (cell.rounded) rounded[column.name] = (rounded[column.name] ?? 0) + 1
        return cell.value
      })
      this.#storing(() => insert.run(...cells))
    }
    this.#storing(() => this.#db.exec('COMMIT'))
    const loaded = { name: unique, columns, rounded }
    this.tables.push(loaded)
    return loaded
  }

  #storing<T>(work: () => T): T {
    return reportStorageErrors(this.path, work)
  }

  [Symbol.dispose](): void {
    this.#db.close()
    rmSync(this.path, { force: true })
  }
}

import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { TableRecord } from '@chatlayer-tables/core'
import { recordValue, type Shape } from './shape.ts'
import { MASK, toSql } from './values.ts'

/** Writes records as rows. */
export class RowWriter {
  readonly #shape: Shape
  readonly #insert: StatementSync
  readonly #rounded: Record<string, number>

  constructor(db: DatabaseSync, shape: Shape, name: string, rounded: Record<string, number>) {
    this.#shape = shape
    this.#rounded = rounded
    const places = shape.columns.map(() => '?').join(', ')
    this.#insert = db.prepare(`INSERT INTO ${name} VALUES (${places})`)
  }

  write(record: TableRecord): void {
    const cells = this.#shape.columns.map((column) => {
      if (column.masked) return MASK
      const cell = toSql(recordValue(record, column), column.type)
      if (cell.rounded) this.#rounded[column.name] = (this.#rounded[column.name] ?? 0) + 1
      return cell.value
    })
    this.#insert.run(...cells)
  }
}
